// SPDX-License-Identifier: Apache-2.0
// Threshold sweeps: rows (columns) in the lanes, the entries of a row across registers.
#pragma once

#include "core/solver/tile/simd/lane_line.h"

namespace nms {

namespace {

/// Batcher's merge exchange (Knuth, TAOCP 5.2.2, algorithm M) as a list of the pairs it compares; count a power of two.
struct SortingNetwork {
    int size = 0;
    std::uint8_t upper[63] = {}; // enough for 16
    std::uint8_t lower[63] = {};
};

constexpr SortingNetwork sortingNetwork(int count)
{
    SortingNetwork network;
    for (int p = count / 2; p > 0; p /= 2) {
        int r = 0, d = p;
        for (int q = count / 2;; q /= 2) {
            for (int e = 0; e < count - d; ++e)
                if ((e & p) == r) {
                    network.upper[network.size] = std::uint8_t(e);
                    network.lower[network.size] = std::uint8_t(e + d);
                    ++network.size;
                }
            if (q == p)
                break;
            d = q - p;
            r = p;
        }
    }
    return network;
}

template <int Count> struct Sorter {
    static constexpr SortingNetwork network = sortingNetwork(Count);

    /// Descending in every lane. All places are constants: the values stay in registers.
    template <class Ops, class Vector> [[gnu::always_inline]] static void sort(Vector (&values)[Count])
    {
        unroll<network.size>([&](auto k) __attribute__((always_inline)) {
            constexpr int upper = network.upper[int(decltype(k)())], lower = network.lower[int(decltype(k)())];
            const Vector a = values[upper], b = values[lower];
            values[upper] = Ops::max(a, b);
            values[lower] = Ops::min(a, b);
        });
    }
};

/// Of two lists, sorted descending, with something greater than all in front: the k-th largest, which is
/// max over i + j = k of min(aᵢ, bⱼ).
template <class Ops, class Vector, int Half>
[[gnu::always_inline]] inline Vector kthOfTwo(const Vector *a, const Vector *b, int k)
{
    int i = k > Half ? k - Half : 0;
    const int end = k < Half ? k : Half;
    Vector found = Ops::min(a[i], b[k - i]);
    for (++i; i <= end; ++i)
        found = Ops::max(found, Ops::min(a[i], b[k - i]));
    return found;
}

/// For the lanes of vector v: the n-th and the (n+1)-th largest of table[e] − offset[e]. The latter is of no use for n = P.
template <int P>
[[gnu::always_inline]] inline void selectTwo(const std::int32_t *table, const std::int32_t *offset, int v, int n,
                                             typename LineShape<P>::Vector &nth, typename LineShape<P>::Vector &next)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    using Vector = typename Shape::Vector;
    constexpr int run = P < 16 ? P : 16; // what registers hold
    constexpr int runs = P / run;
    constexpr int length = P == 64 ? 32 : run;
    constexpr int lists = P / length;
    Vector sorted[lists][length + 1];
    const auto sortRun = [&](int first, Vector *to) __attribute__((always_inline))
    {
        Vector values[run];
        unroll<run>([&](auto e) __attribute__((always_inline)) {
            values[e] = Shape::load(table + (first + e) * P, v) - Shape::all(offset[first + e]);
        });
        Sorter<run>::template sort<Ops>(values);
        unroll<run>([&](auto e) __attribute__((always_inline)) { to[e] = values[e]; });
    };
    if constexpr (lists == runs) {
        for (int list = 0; list < lists; ++list)
            sortRun(list * run, sorted[list] + 1);
    } else {
        // Two sorted runs are a bitonic list once one of them is turned round: five rounds merge it.
        for (int list = 0; list < lists; ++list) {
            Vector *to = sorted[list] + 1;
            sortRun(list * length, to);
            sortRun(list * length + run, to + run);
            for (int e = 0; e < run / 2; ++e) {
                const Vector swapped = to[run + e];
                to[run + e] = to[length - 1 - e];
                to[length - 1 - e] = swapped;
            }
            for (int distance = run; distance > 0; distance /= 2)
                for (int e = 0; e < length; ++e)
                    if (!(e & distance)) {
                        const Vector a = to[e], b = to[e + distance];
                        to[e] = Ops::max(a, b);
                        to[e + distance] = Ops::min(a, b);
                    }
        }
    }
    if constexpr (lists == 1) {
        nth = sorted[0][n];
        next = sorted[0][n < P ? n + 1 : n];
    } else {
        sorted[0][0] = sorted[1][0] = Shape::all(2147483647);
        nth = kthOfTwo<Ops, Vector, length>(sorted[0], sorted[1], n);
        next = kthOfTwo<Ops, Vector, length>(sorted[0], sorted[1], n < P ? n + 1 : n);
    }
}

/// One side's thresholds. For n = m nothing is below: one unit under the least keeps it all.
template <int P>
[[gnu::always_inline]] inline void sweepSide(const std::int32_t *table, const std::int32_t *offset, int n, int m,
                                             std::int32_t *to)
{
    using Shape = LineShape<P>;
    typename Shape::Vector nth, next;
    for (int v = 0; v < Shape::vectors; ++v) {
        selectTwo<P>(table, offset, v, n, nth, next);
        Shape::store(to, v, n < m ? (nth + next) >> 1 : nth - Shape::all(1));
    }
}

/// Keeps what lies above the thresholds, and counts.
template <int P> [[gnu::always_inline]] inline void keepAbove(ExactWork &work)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    using Vector = typename Shape::Vector;
    const std::uint64_t real = firstBits(work.m);
    Vector beta[Shape::vectors], count[Shape::vectors];
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        beta[v] = Shape::load(work.beta, v);
        count[v] = Vector{};
    });
    std::uint64_t below = 0, above = 0;
    for (int i = 0; i < work.m; ++i) {
        std::uint64_t row = 0;
        const Vector alpha = Shape::all(work.alpha[i]);
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            const auto kept = Ops::less(alpha, Shape::load(work.scores + i * P, v) - beta[v]);
            count[v] = Ops::select(kept, count[v] + 1, count[v]);
            row |= Shape::bits(kept, v);
        });
        row &= real;
        work.rows[i] = row;
        const int kept = countBits(row);
        below |= std::uint64_t(kept < work.n) << i;
        above |= std::uint64_t(kept > work.n) << i;
    }
    work.rowsBelow = below;
    work.rowsAbove = above;
    below = above = 0;
    const Vector n = Shape::all(work.n);
    unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
        below |= Shape::bits(Ops::less(count[v], n), v);
        above |= Shape::bits(Ops::less(n, count[v]), v);
    });
    work.columnsBelow = below & real;
    work.columnsAbove = above & real;
}

template <int P> void sweep(ExactWork &work)
{
    sweepSide<P>(work.transposed, work.beta, work.n, work.m, work.alpha);
    sweepSide<P>(work.scores, work.alpha, work.n, work.m, work.beta);
    keepAbove<P>(work);
}

} // namespace

} // namespace nms
