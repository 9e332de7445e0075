// SPDX-License-Identifier: Apache-2.0
// Threshold sweeps of several tiles: tiles in the lanes, the entries of a line across registers.
#pragma once

#include "core/tile/exact/sweep_steps.h"
#include "core/tile/small/feasible_masks.h"
#include "core/tile/small/small_kernels.h"
#include "core/tile/small/tile_lanes.h"

namespace nms {

namespace {

/// The threshold midway between the N-th and the (N+1)-th largest value; for N = M one less than the smallest. `tied` where
/// the two are equal: then fewer than N lie above the threshold.
template <int N, int M, class Ops, class Vector>
[[gnu::always_inline]] inline Vector thresholdOf(Vector (&values)[M], typename Ops::Mask &tied)
{
    // A network for eight also sorts fewer values, as if the missing ones were smaller than all others: these stay at the
    // end.
    unroll<Sorter<8>::network.size>([&]<int K>(Index<K>) __attribute__((always_inline)) {
        constexpr int upper = Sorter<8>::network.upper[K], lower = Sorter<8>::network.lower[K];
        if constexpr (lower < M) {
            const Vector a = values[upper], b = values[lower];
            values[upper] = Ops::max(a, b);
            values[lower] = Ops::min(a, b);
        }
    });
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
            lanesOf<L>(group.quantised[i][j], first) = Tiles::quantise(lanesOf<L>(group.scores[i][j], first), scale);
        });
    return true;
}

template <int N, int M, int L> void sweepLanes(int sweeps, SweptGroup &group, int first)
{
    using Ops = Lanes<L>;
    using Vector = typename Ops::Vector;
    const auto all = [](std::uint32_t bits) __attribute__((always_inline))
    {
        return Vector{} + std::int32_t(bits);
    };
    constexpr std::uint32_t balanced[2] = {N * 0x01010101U, (N * 0x01010101U) >> (8 * (8 - M))};

    for (int j = 0; j < M; ++j)
        lanesOf<L>(group.beta[j], first) = Vector{};
    // Tiles of zeros need no sweep.
    const auto zero = Ops::equal(lanesOf<L>(group.most, first), Vector{});
    Vector iterations = Ops::select(zero, Vector{} + 1, Vector{});
    Vector rows[2] = {}, settled[2] = {all(std::uint32_t(bandOf<N, M>())), all(std::uint32_t(bandOf<N, M>() >> 32))};
    for (int sweep = 1; sweep <= sweeps; ++sweep) {
        for (int i = 0; i < M; ++i) {
            Vector values[M];
            typename Ops::Mask tied;
            unroll<M>([&](auto j) __attribute__((always_inline)) {
                values[j] = lanesOf<L>(group.quantised[i][j], first) - lanesOf<L>(group.beta[j], first);
            });
            lanesOf<L>(group.alpha[i], first) = thresholdOf<N, M, Ops>(values, tied);
        }
        rows[0] = rows[1] = Vector{};
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
        const auto now = Ops::equal(wrong | iterations, Vector{});
        iterations = Ops::select(now, Vector{} + sweep, iterations);
        settled[0] = Ops::select(now, rows[0], settled[0]);
        settled[1] = Ops::select(now, rows[1], settled[1]);
        if (!Ops::bits(Ops::equal(iterations, Vector{})))
            break;
    }
    lanesOf<L>(group.iterations, first) = iterations;
    const auto open = Ops::equal(iterations, Vector{});
    lanesOf<L>(group.rows[0], first) = Ops::select(open, rows[0], settled[0]);
    lanesOf<L>(group.rows[1], first) = Ops::select(open, rows[1], settled[1]);
}

template <int N, int M> bool sweepGroup(const float *cells, std::ptrdiff_t stride, int sweeps, SweptGroup &group)
{
    constexpr int lanes = widestLanes;
    for (int first = 0; first < SweptGroup::tiles; first += lanes) {
        if (!loadLanes<M, lanes>(cells, stride, group, first))
            return false;
        sweepLanes<N, M, lanes>(sweeps, group, first);
    }
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
