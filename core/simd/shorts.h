// SPDX-License-Identifier: Apache-2.0
// A line of a tile as 16-bit integers, in vectors of the instruction set that this file is compiled for. In the anonymous
// namespace, as lanes.h.
#pragma once

#include "core/simd/lanes.h"

#include <cstdint>

namespace nms {

namespace {

/// P lanes in the fewest vectors that the processor allows.
template <int P> struct ShortShape {
    static constexpr int lanes = P < 2 * widestLanes ? P : 2 * widestLanes;
    static constexpr int vectors = P / lanes;
    typedef std::int16_t Vector __attribute__((vector_size(2 * lanes), may_alias));
    static constexpr std::int16_t greatest = 32767, least = -32768;

    struct Ops {
        [[gnu::always_inline]] static Vector min(Vector a, Vector b) { return a < b ? a : b; }
        [[gnu::always_inline]] static Vector max(Vector a, Vector b) { return a < b ? b : a; }
    };

    [[gnu::always_inline]] static Vector load(const std::int16_t *line, int v)
    {
        return *reinterpret_cast<const Vector *>(line + v * lanes);
    }
    [[gnu::always_inline]] static void store(std::int16_t *line, int v, Vector value)
    {
        *reinterpret_cast<Vector *>(line + v * lanes) = value;
    }
    [[gnu::always_inline]] static Vector all(std::int16_t value) { return Vector{} + value; }
    /// All bits of the lanes that hold the first `count` entries of the line.
    [[gnu::always_inline]] static Vector firstLanes(int count, int v)
    {
        alignas(64) static constexpr std::int16_t index[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                                               11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                                               22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
        return load(index, 0) < all(std::int16_t(count - v * lanes));
    }
    /// 32-bit integers, shifted right; the results fit.
    template <class Wide> [[gnu::always_inline]] static Vector narrowed(Wide values, int shift)
    {
        return __builtin_convertvector(values >> shift, Vector);
    }
};

} // namespace

} // namespace nms
