// SPDX-License-Identifier: Apache-2.0
// Transpose of a P×P table, in square blocks of the length of a vector.
#pragma once

#include "core/simd/lane_line.h"

namespace nms {

namespace {

/// Exchanges the off-diagonal Distance × Distance blocks of two rows; done for every power of two below the block's size,
/// this transposes the block.
template <int Distance, class Vector, int... Lane>
[[gnu::always_inline]] inline void exchange(Vector &upper, Vector &lower, std::integer_sequence<int, Lane...>)
{
    constexpr int lanes = sizeof...(Lane);
    const Vector a = upper, b = lower;
    upper = __builtin_shufflevector(a, b, (Lane & Distance ? Lane - Distance + lanes : Lane)...);
    lower = __builtin_shufflevector(a, b, (Lane & Distance ? Lane + lanes : Lane + Distance)...);
}

template <int Distance, int Lanes, class Vector> [[gnu::always_inline]] inline void exchangeAll(Vector (&rows)[Lanes])
{
    unroll<Lanes>([&](auto k) __attribute__((always_inline)) {
        if constexpr (!(int(decltype(k)()) & Distance))
            exchange<Distance>(rows[k], rows[k + Distance], std::make_integer_sequence<int, Lanes>());
    });
    if constexpr (Distance > 1)
        exchangeAll<Distance / 2>(rows);
}

template <int P> [[gnu::always_inline]] inline void transpose(const std::int32_t *from, std::int32_t *to)
{
    using Shape = LineShape<P>;
    constexpr int lanes = Shape::lanes;
    for (int i = 0; i < Shape::vectors; ++i)
        for (int j = 0; j < Shape::vectors; ++j) {
            typename Shape::Vector block[lanes];
            unroll<lanes>([&](auto k)
                              __attribute__((always_inline)) { block[k] = Shape::load(from + (i * lanes + k) * P, j); });
            exchangeAll<lanes / 2>(block);
            unroll<lanes>([&](auto k)
                              __attribute__((always_inline)) { Shape::store(to + (j * lanes + k) * P, i, block[k]); });
        }
}

} // namespace

} // namespace nms
