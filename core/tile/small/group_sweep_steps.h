// SPDX-License-Identifier: Apache-2.0
// Threshold sweeps of several tiles: tiles in the lanes, the entries of a line across registers.
#pragma once

#include "core/tile/exact/coarse_steps.h"
#include "core/tile/small/feasible_masks.h"
#include "core/tile/small/small_kernels.h"
#include "core/tile/small/tile_lanes.h"

namespace nms {

namespace {

/// Sorts in descending order. A network for eight also sorts fewer values, as if the missing ones were smaller than all
/// others: these stay at the end.
template <int M, class Ops, class Vector> [[gnu::always_inline]] inline void sortLines(Vector (&values)[M])
{
    unroll<Sorter<8>::network.size>([&]<int K>(Index<K>) __attribute__((always_inline)) {
        constexpr int upper = Sorter<8>::network.upper[K], lower = Sorter<8>::network.lower[K];
        if constexpr (lower < M) {
            const Vector a = values[upper], b = values[lower];
            values[upper] = Ops::max(a, b);
            values[lower] = Ops::min(a, b);
        }
    });
}

/// The threshold midway between the N-th and the (N+1)-th largest value; for N = M one less than the smallest. `tied` where
/// the two are equal: then fewer than N lie above the threshold.
template <int N, int M, class Ops, class Vector>
[[gnu::always_inline]] inline Vector thresholdOf(Vector (&values)[M], typename Ops::Mask &tied)
{
    sortLines<M, Ops>(values);
    if constexpr (N == M) {
        tied = Ops::less(Vector{}, Vector{}); // nowhere
        return values[N - 1] - 1;
    } else {
        tied = Ops::equal(values[N - 1], values[N]);
        return (values[N - 1] + values[N]) >> 1;
    }
}

/// Number of one bits in each byte.
template <int L> [[gnu::always_inline]] inline typename Lanes<L>::Vector countInBytes(typename Lanes<L>::Vector bytes)
{
    typename LineShape<L>::Unsigned bits = typename LineShape<L>::Unsigned(bytes);
    bits = (bits & 0x55555555) + (bits >> 1 & 0x55555555);
    bits = (bits & 0x33333333) + (bits >> 2 & 0x33333333);
    return typename Lanes<L>::Vector((bits & 0x0f0f0f0f) + (bits >> 4 & 0x0f0f0f0f));
}

/// The lanes of an array of the group that begin with tile `first`.
template <int L, class T> [[gnu::always_inline]] inline auto &lanesOf(T (&array)[SweptGroup::tiles], int first)
{
    return *reinterpret_cast<typename Lanes<L>::Vector *>(array + first);
}
template <int L, class T> [[gnu::always_inline]] inline auto &lanesOf(const T (&array)[SweptGroup::tiles], int first)
{
    return *reinterpret_cast<const typename Lanes<L>::Vector *>(array + first);
}

template <int M, int L>
[[gnu::always_inline]] inline bool loadLanes(const float *cells, std::ptrdiff_t stride, SweptGroup &group, int first)
{
    using Tiles = TileLanes<L>;
    using Ops = typename Tiles::Ops;
    using Vector = typename Tiles::Vector;
    Vector any = {}, most = {};
    for (int i = 0; i < M; ++i) {
        Vector columns[8];
        Tiles::template load<8>(cells + i * stride + 8 * first, columns);
        unroll<M>([&](auto j) __attribute__((always_inline)) {
            lanesOf<L>(group.scores[i][j], first) = columns[j];
            any |= columns[j];
            most = Ops::max(most, columns[j]); // non-negative floats are ordered like their bit patterns
        });
    }
    if (Ops::bits(Ops::less(any, Vector{})) | Ops::bits(Ops::less(Vector{} + (infinityBits - 1), most)))
        return false;
    lanesOf<L>(group.most, first) = most;
    const auto scale = Tiles::scaleOf(most);
    for (int i = 0; i < M; ++i)
        unroll<M>([&](auto j) __attribute__((always_inline)) {
            const Vector quantised = Tiles::quantise(lanesOf<L>(group.scores[i][j], first), scale);
            lanesOf<L>(group.quantised[i][j], first) = quantised;
            ShortShape<L>::store(group.coarseScores[i][j] + first, 0,
                                 ShortShape<L>::narrowed(quantised, ExactWork::coarseShift));
        });
    return true;
}

/// The coarse sweeps (coarse_steps.h) of the tiles from `first` on.
template <int N, int M, int L> void sweepShorts(SweptGroup &group, int first)
{
    using Shape = ShortShape<L>;
    using Vector = typename Shape::Vector;
    const auto at = [&](std::int16_t(&array)[SweptGroup::tiles]) __attribute__((always_inline))->Vector &
    {
        return *reinterpret_cast<Vector *>(array + first);
    };
    const auto threshold = [&](Vector(&values)[M], Vector old, bool relaxed) __attribute__((always_inline))
    {
        sortLines<M, typename Shape::Ops>(values);
        return coarseThreshold<Shape>(values[N - 1], values[N < M ? N : N - 1], N == M, old, relaxed);
    };
    for (int j = 0; j < M; ++j)
        at(group.coarseAlpha[j]) = at(group.coarseBeta[j]) = Vector{};
    for (int sweep = 0; sweep < ExactWork::coarseSweeps; ++sweep) {
        for (int i = 0; i < M; ++i) {
            Vector values[M];
            unroll<M>([&](auto j) __attribute__((always_inline)) {
                values[j] = at(group.coarseScores[i][j]) - at(group.coarseBeta[j]);
            });
            at(group.coarseAlpha[i]) = threshold(values, at(group.coarseAlpha[i]), sweep > 0);
        }
        for (int j = 0; j < M; ++j) {
            Vector values[M];
            unroll<M>([&](auto i) __attribute__((always_inline)) {
                values[i] = at(group.coarseScores[i][j]) - at(group.coarseAlpha[i]);
            });
            at(group.coarseBeta[j]) = threshold(values, at(group.coarseBeta[j]), sweep > 0);
        }
    }
}

/// The last sweep, and the masks that it leaves.
template <int N, int M, int L> void sweepLanes(SweptGroup &group, int first)
{
    using Ops = Lanes<L>;
    using Vector = typename Ops::Vector;
    const auto all = [](std::uint32_t bits) __attribute__((always_inline))
    {
        return Vector{} + std::int32_t(bits);
    };
    constexpr std::uint32_t balanced[2] = {N * 0x01010101U, (N * 0x01010101U) >> (8 * (8 - M))};

    for (int j = 0; j < M; ++j)
        widen<L>(group.coarseBeta[j] + first, group.beta[j] + first);
    for (int i = 0; i < M; ++i) {
        Vector values[M];
        typename Ops::Mask tied;
        unroll<M>([&](auto j) __attribute__((always_inline)) {
            values[j] = lanesOf<L>(group.quantised[i][j], first) - lanesOf<L>(group.beta[j], first);
        });
        lanesOf<L>(group.alpha[i], first) = thresholdOf<N, M, Ops>(values, tied);
    }
    Vector rows[2] = {};
    Vector ties = {};
    // From the last column to the first, so that each column's bits are shifted up by those before it.
    for (int j = M - 1; j >= 0; --j) {
        Vector values[M], sorted[M];
        typename Ops::Mask tied;
        unroll<M>([&](auto i) __attribute__((always_inline)) {
            values[i] = lanesOf<L>(group.quantised[i][j], first) - lanesOf<L>(group.alpha[i], first);
            sorted[i] = values[i];
        });
        const Vector beta = thresholdOf<N, M, Ops>(sorted, tied);
        lanesOf<L>(group.beta[j], first) = beta;
        ties = Ops::select(tied, Vector{} + 1, ties);
        rows[0] <<= 1;
        rows[1] <<= 1;
        unroll<M>([&](auto i) __attribute__((always_inline)) {
            Vector &half = rows[i / 4];
            half = Ops::select(Ops::less(beta, values[i]), half | (1 << i % 4 * 8), half);
        });
    }
    const Vector wrong =
        ties | (countInBytes<L>(rows[0]) ^ all(balanced[0])) | (countInBytes<L>(rows[1]) ^ all(balanced[1]));
    const auto done = Ops::equal(wrong, Vector{});
    const auto zero = Ops::equal(lanesOf<L>(group.most, first), Vector{});
    lanesOf<L>(group.iterations, first) =
        Ops::select(zero, Vector{} + 1, Ops::select(done, Vector{} + ExactWork::sweeps, Vector{}));
    lanesOf<L>(group.rows[0], first) = Ops::select(zero, all(std::uint32_t(bandOf<N, M>())), rows[0]);
    lanesOf<L>(group.rows[1], first) = Ops::select(zero, all(std::uint32_t(bandOf<N, M>() >> 32)), rows[1]);
}

template <int N, int M> bool sweepGroup(const float *cells, std::ptrdiff_t stride, SweptGroup &group)
{
    constexpr int lanes = widestLanes;
    for (int first = 0; first < SweptGroup::tiles; first += lanes)
        if (!loadLanes<M, lanes>(cells, stride, group, first))
            return false;
    constexpr int shorts = ShortShape<SweptGroup::tiles>::lanes;
    for (int first = 0; first < SweptGroup::tiles; first += shorts)
        sweepShorts<N, M, shorts>(group, first);
    for (int first = 0; first < SweptGroup::tiles; first += lanes)
        sweepLanes<N, M, lanes>(group, first);
    return true;
}

template <int M> void sumKept(const SweptGroup &group, double *objective)
{
    constexpr int lanes = widestLanes;
    using Tiles = TileLanes<lanes>;
    using Ops = typename Tiles::Ops;
    using Vector = typename Tiles::Vector;
    for (int first = 0; first < SweptGroup::tiles; first += lanes) {
        typename Tiles::DoublePair columns[8] = {};
        const Vector rows[2] = {lanesOf<lanes>(group.rows[0], first), lanesOf<lanes>(group.rows[1], first)};
        unroll<M>([&](auto j) __attribute__((always_inline)) {
            unroll<M>([&](auto i) __attribute__((always_inline)) {
                const Vector bit = rows[i / 4] & std::int32_t(1U << (i % 4 * 8 + j));
                const Vector score = lanesOf<lanes>(group.scores[i][j], first);
                const auto kept = Tiles::widened(Ops::select(Ops::equal(bit, Vector{}), Vector{}, score));
                columns[j].lower += kept.lower;
                columns[j].upper += kept.upper;
            });
        });
        unroll<3>([&](auto step) __attribute__((always_inline)) {
            unroll<(4 >> decltype(step)())>([&](auto j) __attribute__((always_inline)) {
                constexpr int half = 4 >> decltype(step)();
                columns[j].lower += columns[j + half].lower;
                columns[j].upper += columns[j + half].upper;
            });
        });
        Tiles::store(objective + first, columns[0]);
    }
}

template <int M> const SweepKernels &sweepKernelsFor(int n)
{
    static constexpr auto kernels = []<int... N>(std::integer_sequence<int, N...>)
    {
        struct {
            SweepKernels of[M];
        } table = {{{sweepGroup<N + 1, M>, sumKept<M>}...}};
        return table;
    }
    (std::make_integer_sequence<int, M>());
    return kernels.of[n - 1];
}

inline const SweepKernels &sweepKernelsOf(int n, int m)
{
    return m == 5 ? sweepKernelsFor<5>(n)
        : m == 6  ? sweepKernelsFor<6>(n)
        : m == 7  ? sweepKernelsFor<7>(n)
                  : sweepKernelsFor<8>(n);
}

} // namespace

} // namespace nms
