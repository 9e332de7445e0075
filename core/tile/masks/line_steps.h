// SPDX-License-Identifier: Apache-2.0
// The n largest of every row or column by itself; the first on ties.
#pragma once

#include "core/tile/masks/greedy_steps.h"

namespace nms {

namespace {

/// Of m entries, `step` apart from `first` on: those equal to the threshold that exceed the n largest.
[[gnu::always_inline]] inline std::uint64_t excessTies(const std::int32_t *first, int step, int n, int m,
                                                       std::int32_t threshold)
{
    int room = n;
    for (int k = 0; k < m; ++k)
        room -= first[k * step] > threshold;
    std::uint64_t lost = 0;
    for (int k = 0; k < m; ++k)
        if (first[k * step] == threshold && --room < 0)
            lost |= std::uint64_t(1) << k;
    return lost;
}

template <int P> [[gnu::always_inline]] inline void selectInRows(SelectionWork &work)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    const int n = work.n, m = work.m;
    alignas(64) std::int32_t thresholds[P];
    const std::uint64_t tied = thresholdsOf<P>(work.transposed, n, thresholds);
    for (int i = 0; i < m; ++i) {
        std::uint64_t below = 0;
        const auto threshold = Shape::all(thresholds[i]);
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            below |= Shape::bits(Ops::less(Shape::load(work.keys + i * P, v), threshold), v);
        });
        work.rows[i] = ~below & firstBits(m);
    }
    for (std::uint64_t lines = n < m ? tied & firstBits(m) : 0; lines; lines &= lines - 1) {
        const int i = lowestBit(lines);
        work.rows[i] &= ~excessTies(work.keys + i * P, 1, n, m, thresholds[i]);
    }
}

template <int P> [[gnu::always_inline]] inline void selectInColumns(SelectionWork &work)
{
    using Shape = LineShape<P>;
    using Ops = typename Shape::Ops;
    const int n = work.n, m = work.m;
    alignas(64) std::int32_t thresholds[P];
    const std::uint64_t tied = thresholdsOf<P>(work.keys, n, thresholds);
    for (int i = 0; i < m; ++i) {
        std::uint64_t below = 0;
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            below |= Shape::bits(Ops::less(Shape::load(work.keys + i * P, v), Shape::load(thresholds, v)), v);
        });
        work.rows[i] = ~below & firstBits(m);
    }
    for (std::uint64_t lines = n < m ? tied & firstBits(m) : 0; lines; lines &= lines - 1) {
        const int j = lowestBit(lines);
        for (std::uint64_t lost = excessTies(work.keys + j, P, n, m, thresholds[j]); lost; lost &= lost - 1)
            work.rows[lowestBit(lost)] &= ~(std::uint64_t(1) << j);
    }
}

template <int P> void largestInRows(SelectionWork &work, const float *scores)
{
    takeScores<P>(work, scores);
    transpose<P>(work.keys, work.transposed);
    selectInRows<P>(work);
}

template <int P> void largestInColumns(SelectionWork &work, const float *scores)
{
    takeScores<P>(work, scores);
    selectInColumns<P>(work);
}

template <int P> void largestInBoth(SelectionWork &work, const float *scores)
{
    largestInRows<P>(work, scores);
    using Shape = LineShape<P>;
    const auto closed = Shape::all(SelectionWork::closed);
    for (int i = 0; i < work.m; ++i)
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            const auto key = Shape::load(work.keys + i * P, v);
            Shape::store(work.keys + i * P, v, Shape::Ops::select(Shape::ofBits(work.rows[i], v), key, closed));
        });
    selectInColumns<P>(work);
}

} // namespace

} // namespace nms
