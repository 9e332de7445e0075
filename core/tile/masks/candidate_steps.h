// SPDX-License-Identifier: Apache-2.0
// Selects the best of many masks.
#pragma once

#include "core/tile/masks/mask_kernels.h"
#include "core/tile/masks/real_line.h"

namespace nms {

namespace {

/// The sum of all lanes, in every lane.
template <int Distance, class Vector, int... Lane>
[[gnu::always_inline]] inline Vector sumOfLanes(Vector value, std::integer_sequence<int, Lane...> lanes)
{
    value += __builtin_shufflevector(value, value, (Lane ^ Distance)...);
    if constexpr (Distance > 1)
        return sumOfLanes<Distance / 2>(value, lanes);
    else
        return value;
}

template <int P>
int bestCandidate(SelectionWork &work, const float *scores, double scale, const std::uint64_t *rows, int count)
{
    using Shape = LineShape<P>;
    using Vector = typename Shape::Vector;
    const int m = work.m;
    scaleToIntegers<P>(scores, m, scale, work.keys);
    std::int32_t most = -1;
    int best = 0;
    for (int candidate = 0; candidate < count; ++candidate, rows += m) {
        Vector sums[Shape::vectors] = {};
        for (int i = 0; i < m; ++i)
            unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
                const Vector sum = sums[v] + Shape::load(work.keys + i * P, v);
                sums[v] = Shape::Ops::select(Shape::ofBits(rows[i], v), sum, sums[v]);
            });
        unroll<Shape::vectors - 1>([&](auto v) __attribute__((always_inline)) { sums[0] += sums[v + 1]; });
        const Vector total = sumOfLanes<Shape::lanes / 2>(sums[0], std::make_integer_sequence<int, Shape::lanes>());
        if (total[0] > most) {
            most = total[0];
            best = candidate;
        }
    }
    return best;
}

} // namespace

} // namespace nms
