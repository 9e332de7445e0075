// SPDX-License-Identifier: Apache-2.0
// From potentials to a mask: the entries above the thresholds, and the check that proves the mask optimal.
#pragma once

#include "core/simd/lane_line.h"
#include "core/tile/exact/equal_optima.h"
#include "core/tile/exact/exact_kernels.h"

namespace nms {

namespace {

[[gnu::always_inline]] inline void recount(std::uint64_t kept, int line, int n, std::uint64_t &below, std::uint64_t &above)
{
    const int count = countBits(kept);
    const std::uint64_t bit = std::uint64_t(1) << line;
    below = count < n ? below | bit : below & ~bit;
    above = count > n ? above | bit : above & ~bit;
}

/// The masks of one side's lines, and which lines of the other side keep fewer or more than n.
template <int P>
[[gnu::always_inline]] inline void keepLines(const std::int32_t *table, const std::int32_t *own, const std::int32_t *other,
                                             int n, int m, std::uint64_t *masks, std::uint64_t &below, std::uint64_t &above)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    using Vector = typename Shape::Vector;
    const std::uint64_t real = firstBits(m);
    Vector offset[Shape::vectors], count[Shape::vectors];
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        offset[v] = Shape::load(other, v);
        count[v] = Vector{};
    });
    for (int line = 0; line < m; ++line) {
        std::uint64_t mask = 0;
        const Vector threshold = Shape::all(own[line]);
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            const auto kept = Ops::less(threshold, Shape::minus(Shape::load(table + line * P, v), offset[v]));
            count[v] = Ops::select(kept, count[v] + 1, count[v]);
            mask |= Shape::bits(kept, v);
        });
        masks[line] = mask & real;
    }
    std::uint64_t fewer = 0, more = 0;
    const Vector wanted = Shape::all(n);
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        fewer |= Shape::bits(Ops::less(count[v], wanted), v);
        more |= Shape::bits(Ops::less(wanted, count[v]), v);
    });
    below = fewer & real;
    above = more & real;
}

/// The masks of the rows alone. True where every row and column keeps n: the kept entries lie above the thresholds, so that
/// complementary slackness leaves no other mask that is as good, and the potentials prove it.
template <int P> [[gnu::always_inline]] inline bool keepRows(ExactWork &work)
{
    keepLines<P>(work.scores, work.alpha, work.beta, work.n, work.m, work.rows, work.columnsBelow, work.columnsAbove);
    bool full = true;
    for (int i = 0; i < work.m; ++i)
        full &= countBits(work.rows[i]) == work.n;
    return full && !(work.columnsBelow | work.columnsAbove);
}

/// After keepRows(): the masks of the columns, and which rows are below and above n.
template <int P> [[gnu::always_inline]] inline void keepColumns(ExactWork &work)
{
    keepLines<P>(work.transposed, work.beta, work.alpha, work.n, work.m, work.columns, work.rowsBelow, work.rowsAbove);
}

template <int P> void keep(ExactWork &work)
{
    keepRows<P>(work);
    keepColumns<P>(work);
}

template <int P> void countLines(ExactWork &work)
{
    work.rowsBelow = work.rowsAbove = work.columnsBelow = work.columnsAbove = 0;
    for (int j = 0; j < work.m; ++j)
        work.columns[j] = 0;
    for (int i = 0; i < work.m; ++i)
        for (std::uint64_t bits = work.rows[i]; bits; bits &= bits - 1)
            work.columns[lowestBit(bits)] |= std::uint64_t(1) << i;
    for (int k = 0; k < work.m; ++k) {
        recount(work.rows[k], k, work.n, work.rowsBelow, work.rowsAbove);
        recount(work.columns[k], k, work.n, work.columnsBelow, work.columnsAbove);
    }
}

/// Adding ties now saves an augmentation for each (a tile of equal scores would need n·m of them, a few in each search).
template <int P> void keepTies(ExactWork &work)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    const int n = work.n;
    for (std::uint64_t lines = work.rowsBelow; lines; lines &= lines - 1) {
        const int i = lowestBit(lines);
        std::uint64_t ties = 0;
        const auto alpha = Shape::all(work.alpha[i]);
        for (int v = 0; v < Shape::vectors; ++v)
            ties |= Shape::bits(Ops::equal(alpha, Shape::load(work.scores + i * P, v) - Shape::load(work.beta, v)), v);
        for (ties &= work.columnsBelow; ties && (work.rowsBelow >> i & 1); ties &= ties - 1) {
            const int j = lowestBit(ties);
            work.rows[i] |= std::uint64_t(1) << j;
            work.columns[j] |= std::uint64_t(1) << i;
            recount(work.rows[i], i, n, work.rowsBelow, work.rowsAbove);
            recount(work.columns[j], j, n, work.columnsBelow, work.columnsAbove);
        }
    }
}

/// Lines are the nodes and tight entries the arcs of a graph. A line without both kept and free arcs lies on no cycle; such
/// lines are removed repeatedly. Nothing is left exactly when the optimum is unique.
template <int P> [[gnu::always_inline]] inline bool severalOptima(TightEntries &tight, std::uint64_t both, int m)
{
    while (both) {
        std::uint64_t kept = 0, free = 0;
        for (std::uint64_t lines = both; lines; lines &= lines - 1) {
            kept |= tight.kept[lowestBit(lines)];
            free |= tight.free[lowestBit(lines)];
        }
        const std::uint64_t columns = kept & free;
        std::uint64_t left = 0;
        bool changed = columns != (kept | free);
        for (std::uint64_t lines = both; lines; lines &= lines - 1) {
            const int i = lowestBit(lines);
            tight.kept[i] &= columns;
            tight.free[i] &= columns;
            if (tight.kept[i] && tight.free[i])
                left |= std::uint64_t(1) << i;
        }
        changed |= left != both;
        both = left;
        if (!changed) {
            for (std::uint64_t lines = firstBits(m) & ~both; lines; lines &= lines - 1)
                tight.kept[lowestBit(lines)] = tight.free[lowestBit(lines)] = 0;
            return true;
        }
    }
    return false;
}

/// Weak duality: N·Σα + N·Σβ + Σ max(0, A − α − β) is at least what any mask keeps. With N everywhere the sums of α and β
/// equal the sum of α + β over the kept entries, so the bound exceeds the objective by Σ max(0, α + β − A) over the kept
/// entries plus Σ max(0, A − α − β) over the others, and equals it where none of these terms is positive.
template <int P> bool conclude(ExactWork &work)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    TightEntries tight;
    const std::uint64_t real = firstBits(work.m);
    std::uint64_t wrong = 0, both = 0;
    for (int i = 0; i < work.m; ++i) {
        std::uint64_t more = 0, equal = 0;
        const auto alpha = Shape::all(work.alpha[i]);
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            const auto reduced = Shape::load(work.scores + i * P, v) - Shape::load(work.beta, v);
            more |= Shape::bits(Ops::less(alpha, reduced), v);
            equal |= Shape::bits(Ops::equal(alpha, reduced), v);
        });
        wrong |= (more ^ work.rows[i]) & ~equal;
        tight.kept[i] = equal & work.rows[i];
        tight.free[i] = equal & ~work.rows[i] & real;
        both |= std::uint64_t(tight.kept[i] && tight.free[i]) << i;
    }
    if (wrong & real)
        return false;
    if (severalOptima<P>(tight, both, work.m))
        takeFirstOptimum(work.rows, tight, work.m);
    return true;
}

} // namespace

} // namespace nms
