// SPDX-License-Identifier: Apache-2.0
// Threshold sweeps: rows (columns) in the lanes, the entries of a row across registers.
#pragma once

#include "core/simd/lane_line.h"
#include "core/tile/exact/exact_kernels.h"

namespace nms {

namespace {

/// Batcher's merge exchange (Knuth, TAOCP 5.2.2, algorithm M) as a list of the compared pairs; count must be a power of
/// two.
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

    /// Sorts every lane in descending order. All indices are constants: the values stay in registers.
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

/// The K-th largest of two lists sorted in descending order: the maximum over i + j = K of min(aᵢ, bⱼ), indices counted
/// from 1, where index 0 stands for a value greater than all. This is the part with First ≤ i ≤ Last.
template <class Ops, int K, int First, int Last, class Vector>
[[gnu::always_inline]] inline Vector kthOfTwo(const Vector *a, const Vector *b)
{
    if constexpr (First < Last) {
        constexpr int middle = (First + Last) / 2;
        return Ops::max(kthOfTwo<Ops, K, First, middle>(a, b), kthOfTwo<Ops, K, middle + 1, Last>(a, b));
    } else if constexpr (First == 0) {
        return b[K - 1];
    } else if constexpr (First == K) {
        return a[K - 1];
    } else {
        return Ops::min(a[First - 1], b[K - First - 1]);
    }
}

template <class Ops, int K, int Length, class Vector>
[[gnu::always_inline]] inline Vector kthOfTwo(const Vector *a, const Vector *b)
{
    return kthOfTwo<Ops, K, (K > Length ? K - Length : 0), (K < Length ? K : Length)>(a, b);
}

/// body(Index<n>()) for First ≤ n ≤ Last.
template <int First, int Last, class F> [[gnu::always_inline]] inline void withConstant(int n, F &&body)
{
    if constexpr (First == Last)
        body(Index<Last>());
    else if (n == First)
        body(Index<First>());
    else
        withConstant<First + 1, Last>(n, body);
}

/// For few entries: two lists, sorted in registers.
template <class Shape, int P, class Entry>
[[gnu::always_inline]] inline void selectInRegisters(int n, Entry entry, typename Shape::Vector &nth,
                                                     typename Shape::Vector &next)
{
    using Ops = typename Shape::Ops;
    using Vector = typename Shape::Vector;
    constexpr int half = P / 2;
    Vector a[half], b[half];
    unroll<half>([&](auto e) __attribute__((always_inline)) { a[e] = entry(e); });
    Sorter<half>::template sort<Ops>(a);
    unroll<half>([&](auto e) __attribute__((always_inline)) { b[e] = entry(e + half); });
    Sorter<half>::template sort<Ops>(b);
    withConstant<1, P>(
        n, [&]<int N>(Index<N>) __attribute__((always_inline)) {
            nth = kthOfTwo<Ops, N, half>(a, b);
            next = kthOfTwo<Ops, (N < P ? N + 1 : N), half>(a, b);
        });
}

/// For many entries: two lists in memory, merged from sorted runs of 16. Two such runs form a bitonic list once one of them
/// is reversed: five rounds merge it.
template <class Shape, int P, class Entry>
[[gnu::always_inline]] inline void selectInMemory(int n, Entry entry, typename Shape::Vector &nth,
                                                  typename Shape::Vector &next)
{
    using Ops = typename Shape::Ops;
    using Vector = typename Shape::Vector;
    constexpr int run = 16, half = P / 2;
    Vector lists[2][half + 2]; // element [0] is greater than all
    for (int list = 0; list < 2; ++list) {
        Vector *to = lists[list] + 1;
        to[-1] = Shape::all(Shape::greatest);
        for (int first = 0; first < half; first += run) {
            Vector values[run];
            unroll<run>([&](auto e) __attribute__((always_inline)) { values[e] = entry(list * half + first + e); });
            Sorter<run>::template sort<Ops>(values);
            unroll<run>([&](auto e) __attribute__((always_inline)) { to[first + e] = values[e]; });
        }
        if constexpr (half > run) {
            for (int e = 0; e < run / 2; ++e) {
                const Vector swapped = to[run + e];
                to[run + e] = to[half - 1 - e];
                to[half - 1 - e] = swapped;
            }
            for (int distance = run; distance > 0; distance /= 2)
                for (int e = 0; e < half; ++e)
                    if (!(e & distance)) {
                        const Vector x = to[e], y = to[e + distance];
                        to[e] = Ops::max(x, y);
                        to[e + distance] = Ops::min(x, y);
                    }
        }
        to[half] = Shape::all(Shape::least);
    }
    // Sentinels before the first and after the last entry of a list allow i and j to go one further, so that both values
    // come from one loop: no maximum selects a sentinel instead of an entry.
    const int first = n > half ? n - half : 0, last = n < half ? n : half;
    nth = Ops::min(lists[0][first], lists[1][n - first]);
    next = Ops::min(lists[0][first], lists[1][n - first + 1]);
    for (int i = first + 1; i <= last; ++i) {
        nth = Ops::max(nth, Ops::min(lists[0][i], lists[1][n - i]));
        next = Ops::max(next, Ops::min(lists[0][i], lists[1][n - i + 1]));
    }
    next = Ops::max(next, Ops::min(lists[0][last + 1], lists[1][n - last]));
}

/// For the lanes of vector v: the n-th and the (n+1)-th largest of table[e] − offset[e]. The latter is undefined for n = P.
template <int P>
[[gnu::always_inline]] inline void selectTwo(const std::int32_t *table, const std::int32_t *offset, int v, int n,
                                             typename LineShape<P>::Vector &nth, typename LineShape<P>::Vector &next)
{
    using Shape = LineShape<P>;
    const auto entry = [&](int e) __attribute__((always_inline))
    {
        return Shape::minus(Shape::load(table + e * P, v), Shape::all(offset[e]));
    };
    if constexpr (P <= 16)
        selectInRegisters<Shape, P>(n, entry, nth, next);
    else
        selectInMemory<Shape, P>(n, entry, nth, next);
}

/// The thresholds of one side. For n = m no entry may be below: a threshold of one less than the smallest keeps them all.
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

template <int P> [[gnu::always_inline]] inline void sweepAlpha(ExactWork &work)
{
    sweepSide<P>(work.transposed, work.beta, work.n, work.m, work.alpha);
}

template <int P> [[gnu::always_inline]] inline void sweepBeta(ExactWork &work)
{
    sweepSide<P>(work.scores, work.alpha, work.n, work.m, work.beta);
}

template <int P> void sweep(ExactWork &work)
{
    sweepAlpha<P>(work);
    sweepBeta<P>(work);
}

} // namespace

} // namespace nms
