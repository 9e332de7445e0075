// SPDX-License-Identifier: Apache-2.0
// Greedy selection in rounds of vectors.
//
// An entry that is among the first n of its row (kept entries count first, closed ones not at all) and among the first n of
// its column is also taken by the sequential selection: among its predecessors in either line fewer than n can be kept. The
// first open entry overall is such an entry, so every round takes at least one. Entries of full rows and columns are
// closed. The remaining problem has the same form, so the result is the mask of the sequential selection, in a handful of
// rounds.
#pragma once

#include "core/simd/transpose.h"
#include "core/tile/exact/sweep_steps.h"
#include "core/tile/masks/mask_kernels.h"

namespace nms {

namespace {

alignas(64) inline constexpr std::int32_t noOffset[SelectionWork::maxM] = {};

/// Maps the bits of floats (or of the upper halves of doubles) to integers with the same order; −0 equals 0.
template <class Vector> [[gnu::always_inline]] inline Vector orderOf(Vector bits)
{
    const Vector sign = bits >> 31;
    return ((bits & 0x7fffffff) ^ sign) - sign;
}

/// The even (First = 0) or odd (First = 1) elements of 2·L integers.
template <int First, class Vector, int... Lane>
[[gnu::always_inline]] inline Vector everyOther(Vector a, Vector b, std::integer_sequence<int, Lane...>)
{
    return __builtin_shufflevector(a, b, (2 * Lane + First)...);
}

/// The exact keys: those of the tables, or the doubles where the tables only hold their upper halves.
struct ScoreKeys {
    [[gnu::always_inline]] bool differ(int, int) const { return false; }
    [[gnu::always_inline]] bool greater(int, int) const { return false; }
};

struct PlanKeys {
    const double *plan;
    [[gnu::always_inline]] bool differ(int a, int b) const { return plan[a] != plan[b]; }
    [[gnu::always_inline]] bool greater(int a, int b) const { return plan[a] > plan[b]; }
};

/// `equal` without the `count` entries that come first (by exact key, then by index). Bit k of `equal` is the entry at
/// first + k·step; all these have the same key in the table.
template <class Keys>
[[gnu::always_inline]] inline std::uint64_t beyondFirst(const Keys &keys, std::uint64_t equal, int count, int first,
                                                        int step)
{
    bool differ = false;
    for (std::uint64_t bits = equal & (equal - 1); bits; bits &= bits - 1)
        differ |= keys.differ(first + lowestBit(equal) * step, first + lowestBit(bits) * step);
    for (; count > 0; --count) {
        int best = lowestBit(equal);
        if (differ)
            for (std::uint64_t bits = equal & (equal - 1); bits; bits &= bits - 1)
                if (keys.greater(first + lowestBit(bits) * step, first + best * step))
                    best = lowestBit(bits);
        equal &= ~(std::uint64_t(1) << best);
    }
    return equal;
}

/// Thresholds of one side, the n-th largest key of every lane; returns the lanes in which more entries reach the threshold
/// than n.
template <int P>
[[gnu::always_inline]] inline std::uint64_t thresholdsOf(const std::int32_t *table, int n, std::int32_t *thresholds)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    using Vector = typename Shape::Vector;
    std::uint64_t tied = 0;
    const Vector open = Shape::all(SelectionWork::closed + 1);
    for (int v = 0; v < Shape::vectors; ++v) {
        Vector nth, next;
        selectTwo<P>(table, noOffset, v, n, nth, next);
        nth = Ops::max(nth, open);
        Shape::store(thresholds, v, nth);
        tied |= Shape::bits(Ops::equal(nth, next), v);
    }
    return tied;
}

/// bits[k]: which lanes of row k reach both thresholds, that of the row and that of the lane. Returns the lanes in which n
/// rows do.
template <int P>
[[gnu::always_inline]] inline std::uint64_t reaching(const std::int32_t *table, const std::int32_t *ofRow,
                                                     const std::int32_t *ofLane, int n, int m, std::uint64_t *bits)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    using Vector = typename Shape::Vector;
    const std::uint64_t real = firstBits(m);
    Vector others[Shape::vectors]; // counts down: 0 where exactly n rows reach the thresholds
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) { others[v] = Shape::all(P - n); });
#pragma GCC unroll 8
    for (int k = 0; k < P; ++k) {
        std::uint64_t below = 0;
        const auto threshold = Shape::all(ofRow[k]);
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            const auto isBelow = Ops::less(Shape::load(table + k * P, v), Ops::max(threshold, Shape::load(ofLane, v)));
            others[v] = Ops::select(isBelow, others[v] - 1, others[v]);
            below |= Shape::bits(isBelow, v);
        });
        bits[k] = ~below & real;
    }
    std::uint64_t full = 0;
    unroll<Shape::vectors>([&](auto v)
                               __attribute__((always_inline)) { full |= Shape::bits(Ops::equal(others[v], Vector{}), v); });
    return full & real;
}

/// Removes from line `line` of `table` the entries at the threshold that exceed its n.
template <int P, class Keys>
[[gnu::always_inline]] inline void giveBack(const Keys &keys, const std::int32_t *table, std::int32_t threshold, int line,
                                            int first, int step, int n, int m, std::uint64_t *lines, std::uint64_t *across)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    std::uint64_t above = 0, equal = 0;
    const auto at = Shape::all(threshold);
    for (int v = 0; v < Shape::vectors; ++v) {
        const auto key = Shape::load(table + line * P, v);
        above |= Shape::bits(Ops::less(at, key), v);
        equal |= Shape::bits(Ops::equal(at, key), v);
    }
    const std::uint64_t real = firstBits(m);
    const std::uint64_t lost = beyondFirst(keys, equal & real, n - countBits(above & real), first, step) & lines[line];
    lines[line] &= ~lost;
    for (std::uint64_t bits = lost; bits; bits &= bits - 1)
        across[lowestBit(bits)] &= ~(std::uint64_t(1) << line);
}

[[gnu::always_inline]] inline std::uint64_t fullLines(const std::uint64_t *lines, int n, int m)
{
    std::uint64_t full = 0;
    for (int k = 0; k < m; ++k)
        full |= std::uint64_t(countBits(lines[k]) == n) << k;
    return full;
}

/// Marks kept and closed entries in `table`.
template <int P>
[[gnu::always_inline]] inline void mark(std::int32_t *table, const std::uint64_t *lines, std::uint64_t full,
                                        std::uint64_t fullAcross)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    const auto kept = Shape::all(SelectionWork::kept), closed = Shape::all(SelectionWork::closed);
#pragma GCC unroll 8
    for (int k = 0; k < P; ++k) {
        const std::uint64_t shut = fullAcross | (0 - (full >> k & 1));
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            const auto key = Ops::select(Shape::ofBits(shut, v), closed, Shape::load(table + k * P, v));
            Shape::store(table + k * P, v, Ops::select(Shape::ofBits(lines[k], v), kept, key));
        });
    }
}

template <int P, class Keys> [[gnu::always_inline]] inline void selectGreedily(SelectionWork &work, const Keys &keys)
{
    const int n = work.n, m = work.m;
    const std::uint64_t real = firstBits(m);
    alignas(64) std::int32_t ofRow[P], ofColumn[P];
    for (;;) {
        const std::uint64_t tiedRows = thresholdsOf<P>(work.transposed, n, ofRow);
        const std::uint64_t tiedColumns = thresholdsOf<P>(work.keys, n, ofColumn);
        std::uint64_t fullColumns = reaching<P>(work.keys, ofRow, ofColumn, n, m, work.rows);
        std::uint64_t fullRows = reaching<P>(work.transposed, ofColumn, ofRow, n, m, work.columns);
        if (n < m && ((tiedRows | tiedColumns) & real)) {
            for (std::uint64_t tied = tiedRows & real; tied; tied &= tied - 1) {
                const int i = lowestBit(tied);
                giveBack<P>(keys, work.keys, ofRow[i], i, i * P, 1, n, m, work.rows, work.columns);
            }
            for (std::uint64_t tied = tiedColumns & real; tied; tied &= tied - 1) {
                const int j = lowestBit(tied);
                giveBack<P>(keys, work.transposed, ofColumn[j], j, j, P, n, m, work.columns, work.rows);
            }
            fullRows = fullLines(work.rows, n, m);
            fullColumns = fullLines(work.columns, n, m);
        }
        std::uint64_t open = 0;
        for (int i = 0; i < m; ++i)
            open |= ~(work.rows[i] | fullColumns | (0 - (fullRows >> i & 1)));
        if (!(open & real))
            return;
        mark<P>(work.keys, work.rows, fullRows, fullColumns);
        mark<P>(work.transposed, work.columns, fullColumns, fullRows);
    }
}

/// Closes the lanes and rows from m on.
template <int P> [[gnu::always_inline]] inline void closePadding(SelectionWork &work)
{
    using Shape = LineShape<P>;
    const auto closed = Shape::all(SelectionWork::closed);
    const int m = work.m;
    if (m == P)
        return;
    for (int i = 0; i < P; ++i)
        for (int v = 0; v < Shape::vectors; ++v) {
            const auto key = i < m ? Shape::load(work.keys + i * P, v) : closed;
            Shape::store(work.keys + i * P, v, Shape::Ops::select(Shape::ofBits(firstBits(m), v), key, closed));
        }
}

template <int P> [[gnu::always_inline]] inline void takeScores(SelectionWork &work, const float *scores)
{
    using Shape = LineShape<P>;
    const auto *bits = reinterpret_cast<const typename Shape::Vector *>(scores);
    for (int k = 0; k < work.m * Shape::vectors; ++k)
        Shape::store(work.keys, k, orderOf(bits[k]));
    closePadding<P>(work);
}

template <int P> [[gnu::always_inline]] inline void takePlan(SelectionWork &work, const double *plan)
{
    using Shape = LineShape<P>;
    constexpr int upper = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 1 : 0;
    const auto *bits = reinterpret_cast<const typename Shape::Vector *>(plan);
    for (int k = 0; k < work.m * Shape::vectors; ++k) {
        const auto halves = everyOther<upper>(bits[2 * k], bits[2 * k + 1], std::make_integer_sequence<int, Shape::lanes>());
        Shape::store(work.keys, k, orderOf(halves));
    }
    closePadding<P>(work);
}

template <int P> void greedyByScore(SelectionWork &work, const float *scores)
{
    takeScores<P>(work, scores);
    transpose<P>(work.keys, work.transposed);
    selectGreedily<P>(work, ScoreKeys{});
}

/// Computes the columns of the mask from its rows.
template <int P> [[gnu::always_inline]] inline void transposeBits(SelectionWork &work)
{
    using Shape = LineShape<P>;
    alignas(64) std::int32_t half[P];
    for (int first = 0; first < P; first += 32) {
        typename Shape::Vector bits[Shape::vectors] = {};
        for (int i = first; i < work.m && i < first + 32; ++i) {
            const auto bit = Shape::all(std::int32_t(std::uint32_t(1) << (i - first)));
            unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
                bits[v] = Shape::Ops::select(Shape::ofBits(work.rows[i], v), bits[v] | bit, bits[v]);
            });
        }
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) { Shape::store(half, v, bits[v]); });
        for (int j = 0; j < P; ++j)
            work.columns[j] = (first ? work.columns[j] : 0) | std::uint64_t(std::uint32_t(half[j])) << first;
    }
}

/// Continues a selection that has already kept `rows`.
template <int P> void greedyFrom(SelectionWork &work, const float *scores)
{
    for (int i = work.m; i < P; ++i)
        work.rows[i] = 0;
    transposeBits<P>(work);
    takeScores<P>(work, scores);
    transpose<P>(work.keys, work.transposed);
    const std::uint64_t fullRows = fullLines(work.rows, work.n, work.m);
    const std::uint64_t fullColumns = fullLines(work.columns, work.n, work.m);
    mark<P>(work.keys, work.rows, fullRows, fullColumns);
    mark<P>(work.transposed, work.columns, fullColumns, fullRows);
    selectGreedily<P>(work, ScoreKeys{});
}

template <int P> void greedyByPlan(SelectionWork &work, const double *plan)
{
    takePlan<P>(work, plan);
    transpose<P>(work.keys, work.transposed);
    selectGreedily<P>(work, PlanKeys{plan});
}

} // namespace

} // namespace nms
