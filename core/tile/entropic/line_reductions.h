// SPDX-License-Identifier: Apache-2.0
// Reductions of the lanes of a line to one number.
#pragma once

#include "core/simd/reals.h"

namespace nms {

namespace {

/// The sum of the lanes: lane l with l + W/2, then with l + W/4, ….
template <int W, class T> NMS_REALS T total(Reals<W, T> line)
{
    alignas(64) T lanes[W];
    line.store(lanes);
    for (int half = W / 2; half > 0; half /= 2)
        for (int l = 0; l < half; ++l)
            lanes[l] += lanes[l + half];
    return lanes[0];
}

/// The largest of all lanes, in every lane.
template <int Distance, class Vector, int... Lane>
NMS_REALS Vector greatestOfLanes(Vector value, std::integer_sequence<int, Lane...> lanes)
{
    value = greater(value, Vector(__builtin_shufflevector(value, value, (Lane ^ Distance)...)));
    if constexpr (Distance > 1)
        return greatestOfLanes<Distance / 2>(value, lanes);
    else
        return value;
}

template <int W, class T> NMS_REALS T largest(Reals<W, T> line)
{
    constexpr int lanes = Reals<W, T>::lanes;
    for (int k = 1; k < Reals<W, T>::parts; ++k)
        line.part[0] = greater(line.part[0], line.part[k]);
    return greatestOfLanes<lanes / 2>(line.part[0], std::make_integer_sequence<int, lanes>())[0];
}

template <int W, class T> NMS_REALS Reals<W, T> distance(Reals<W, T> a, Reals<W, T> b)
{
    return max(a - b, b - a);
}

} // namespace

} // namespace nms
