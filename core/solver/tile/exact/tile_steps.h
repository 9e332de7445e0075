// SPDX-License-Identifier: Apache-2.0
// The rest of the kernels, and their table.
#pragma once

#include "core/solver/tile/exact/equal_optima.h"
#include "core/solver/tile/exact/search_steps.h"
#include "core/solver/tile/exact/sweep_steps.h"

namespace nms {

namespace {

/// By blocks of 4×4.
template <int P> [[gnu::always_inline]] inline void transposeTable(const std::int32_t *from, std::int32_t *to)
{
    typedef std::int32_t Four __attribute__((vector_size(16), may_alias));
    for (int i = 0; i < P; i += 4)
        for (int j = 0; j < P; j += 4) {
            const auto at = [&](int k) __attribute__((always_inline))
            {
                return *reinterpret_cast<const Four *>(from + (i + k) * P + j);
            };
            const Four a = at(0), b = at(1), c = at(2), d = at(3);
            const Four ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
            const Four cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
            Four *out = reinterpret_cast<Four *>(to + j * P + i);
            out[0] = __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5);
            out[P / 4] = __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7);
            out[2 * (P / 4)] = __builtin_shufflevector(ab2, cd2, 0, 1, 4, 5);
            out[3 * (P / 4)] = __builtin_shufflevector(ab2, cd2, 2, 3, 6, 7);
        }
}

template <int P> void quantise(ExactWork &work, const float *scores, double scale)
{
    const int m = work.m;
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < P; ++j)
            // Scores are not negative, and lround() would not vectorise.
            work.scores[i * P + j] =
                std::int32_t(double(scores[i * P + j]) * scale + 0.5); // NOLINT(bugprone-incorrect-roundings)
    for (int k = m * P; k < P * P; ++k)
        work.scores[k] = 0;
    transposeTable<P>(work.scores, work.transposed);
    for (int k = m * P; k < P * P; ++k)
        work.scores[k] = work.transposed[k] = ExactWork::padding;
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

template <int P> void keepTies(ExactWork &work)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    const int n = work.n, m = work.m;
    const std::uint64_t real = firstBits(m);
    for (int j = 0; j < m; ++j) {
        std::uint64_t column = 0;
        const auto beta = Shape::all(work.beta[j]);
        for (int v = 0; v < Shape::vectors; ++v)
            column |= Shape::bits(Ops::less(beta, Shape::load(work.transposed + j * P, v) - Shape::load(work.alpha, v)), v);
        work.columns[j] = column & real;
    }
    // Taking ties now spares an augmentation each (a tile of equal scores would need n·m of them, a few in each search).
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

/// Leaves of the graph of tight entries, in which lines are nodes, lie on no cycle: what is left of it when all are gone
/// (and what they leave behind) is empty just when the optimum is the only one.
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
/// are those of α + β over the kept entries, so the bound exceeds the objective by Σ max(0, α + β − A) over the kept and
/// Σ max(0, A − α − β) over the others, and equals it where none of these is positive.
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

template <int P> double keptScore(const ExactWork &work, const float *scores)
{
    using Shape = LineShape<P>;
    using Vector = typename Shape::Vector;
    double sums[P] = {};
    alignas(64) float kept[P];
    for (int i = 0; i < work.m; ++i) {
        for (int v = 0; v < Shape::vectors; ++v)
            reinterpret_cast<Vector *>(kept)[v] = Shape::Ops::select(
                Shape::ofBits(work.rows[i], v), reinterpret_cast<const Vector *>(scores + i * P)[v], Vector{});
        for (int j = 0; j < P; ++j)
            sums[j] += double(kept[j]);
    }
    for (int half = P / 2; half > 0; half /= 2)
        for (int j = 0; j < half; ++j)
            sums[j] += sums[j + half];
    return sums[0];
}

template <int P>
constexpr ExactKernels kernels = {quantise<P>, sweep<P>, countLines<P>, keepTies<P>, augment<P>, conclude<P>, keptScore<P>};

const ExactKernels &kernelsOf(int stride)
{
    switch (stride) {
    case 4:
        return kernels<4>;
    case 8:
        return kernels<8>;
    case 16:
        return kernels<16>;
    case 32:
        return kernels<32>;
    default:
        return kernels<64>;
    }
}

} // namespace

} // namespace nms
