// SPDX-License-Identifier: Apache-2.0
// Search through the table of feasible masks in vectors: tiles in the lanes, the entries of a tile across registers.
#pragma once

#include "core/tile/small/feasible_masks.h"
#include "core/tile/small/small_kernels.h"
#include "core/tile/small/tile_lanes.h"

namespace nms {

namespace {

/// The sum of the scores kept by each choice for the rows from First on, in the order of PartialMasks. Rows ≤ 2.
template <int N, int M, int First, int Rows, class Vector>
[[gnu::always_inline]] inline void sumRows(const Vector (&scores)[4][4], Vector *sums)
{
    if constexpr (Rows == 0) {
        sums[0] = Vector{};
    } else if constexpr (Rows == 1) {
        static constexpr PartialMasks<N, M, 0, 1> patterns;
        unroll<patterns.count>([&]<int P>(Index<P>) __attribute__((always_inline)) {
            Vector sum = {};
            unroll<M>([&]<int J>(Index<J>) __attribute__((always_inline)) {
                if constexpr (patterns.rows[P] >> J & 1)
                    sum += scores[First][J];
            });
            sums[P] = sum;
        });
    } else {
        constexpr int patterns = PartialMasks<N, M, 0, 1>().count;
        Vector one[patterns], two[patterns];
        sumRows<N, M, First, 1>(scores, one);
        sumRows<N, M, First + 1, 1>(scores, two);
        unroll<patterns>([&](auto a) __attribute__((always_inline)) {
            unroll<patterns>([&](auto b) __attribute__((always_inline)) { sums[a * patterns + b] = one[a] + two[b]; });
        });
    }
}

/// The best mask of each tile, row i in byte i; of equal ones the first.
template <int N, int M, int L>
[[gnu::always_inline]] inline typename Lanes<L>::Vector bestMask(const typename Lanes<L>::Vector (&scores)[4][4])
{
    using Ops = Lanes<L>;
    using Vector = typename Ops::Vector;
    static constexpr FeasibleMasks<N, M> masks;
    const auto all = [](std::uint32_t bits) __attribute__((always_inline))
    {
        return Vector{} + std::int32_t(bits);
    };

    Vector bottom[masks.bottoms.count], bottomBest[masks.classes], bottomRows[masks.classes];
    sumRows<N, M, masks.topRows, M - masks.topRows>(scores, bottom);
    unroll<masks.bottoms.count>([&]<int B>(Index<B>) __attribute__((always_inline)) {
        Vector &best = bottomBest[masks.classOfBottom[B]], &rows = bottomRows[masks.classOfBottom[B]];
        if constexpr (masks.firstOfClass[B]) {
            best = bottom[B];
            rows = all(masks.bottoms.rows[B]);
        } else {
            rows = Ops::select(Ops::less(best, bottom[B]), all(masks.bottoms.rows[B]), rows);
            best = Ops::max(best, bottom[B]);
        }
    });

    Vector top[masks.tops.count], best = Vector{} - 1, rows = {};
    sumRows<N, M, 0, masks.topRows>(scores, top);
    unroll<masks.tops.count>([&]<int T>(Index<T>) __attribute__((always_inline)) {
        if constexpr (constexpr int c = masks.classOfTop[T]; c >= 0) {
            const Vector sum = top[T] + bottomBest[c];
            rows = Ops::select(Ops::less(best, sum), all(masks.tops.rows[T]) | bottomRows[c], rows);
            best = Ops::max(best, sum);
        }
    });
    return rows;
}

/// Solves L tiles. `kept` receives their masks, row i in byte i.
template <int N, int M, int L>
[[gnu::always_inline]] inline bool solveLanes(const float *cells, std::ptrdiff_t stride, std::uint32_t *kept,
                                              double *objective)
{
    using Tiles = TileLanes<L>;
    using Ops = typename Tiles::Ops;
    using Vector = typename Tiles::Vector;

    Vector scores[4][4], any = {}, most = {};
    unroll<M>([&](auto i) __attribute__((always_inline)) {
        Tiles::template load<4>(cells + i * stride, scores[i]);
        unroll<M>([&](auto j) __attribute__((always_inline)) {
            any |= scores[i][j];
            most = Ops::max(most, scores[i][j]); // non-negative floats are ordered like their bit patterns
        });
    });
    if (Ops::bits(Ops::less(any, Vector{})) | Ops::bits(Ops::less(Vector{} + (infinityBits - 1), most)))
        return false;

    Vector quantised[4][4];
    const typename Tiles::DoublePair scale = Tiles::scaleOf(most);
    unroll<M>([&](auto i) __attribute__((always_inline)) {
        unroll<M>([&](auto j) __attribute__((always_inline)) { quantised[i][j] = Tiles::quantise(scores[i][j], scale); });
    });
    const Vector band = Vector{} + std::int32_t(bandOf<N, M>());
    const Vector rows = Ops::select(Ops::equal(most, Vector{}), band, bestMask<N, M, L>(quantised));
    *reinterpret_cast<Vector *>(kept) = rows;

    typename Tiles::DoublePair columns[4] = {};
    unroll<M>([&](auto j) __attribute__((always_inline)) {
        unroll<M>([&](auto i) __attribute__((always_inline)) {
            const Vector bit = rows & (1 << (8 * i + j));
            const auto score = Tiles::widened(Ops::select(Ops::equal(bit, Vector{}), Vector{}, scores[i][j]));
            columns[j].lower += score.lower;
            columns[j].upper += score.upper;
        });
    });
    Tiles::store(objective,
                 {(columns[0].lower + columns[2].lower) + (columns[1].lower + columns[3].lower),
                  (columns[0].upper + columns[2].upper) + (columns[1].upper + columns[3].upper)});
    return true;
}

template <int N, int M> bool solveTable(const float *cells, std::ptrdiff_t stride, std::uint32_t *rows, double *objective)
{
    constexpr int lanes = widestLanes;
    for (int first = 0; first < TableGroup::tiles; first += lanes)
        if (!solveLanes<N, M, lanes>(cells + 4 * first, stride, rows + first, objective + first))
            return false;
    return true;
}

inline TableKernel tableKernelOf(int n, int m)
{
    static constexpr TableKernel kernels[] = {solveTable<1, 1>, solveTable<1, 2>, solveTable<2, 2>, solveTable<1, 3>,
                                              solveTable<2, 3>, solveTable<3, 3>, solveTable<1, 4>, solveTable<2, 4>,
                                              solveTable<3, 4>, solveTable<4, 4>};
    return kernels[m * (m - 1) / 2 + n - 1];
}

} // namespace

} // namespace nms
