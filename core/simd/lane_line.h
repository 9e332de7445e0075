// SPDX-License-Identifier: Apache-2.0
// A line of a tile in vectors. Everything is in the anonymous namespace, so that code compiled for one processor has
// internal linkage and is never shared with other files. For the same reason no standard library function with code is used
// here.
#pragma once

#include "core/simd/lanes.h"

#include <cstdint>
#include <utility>

namespace nms {

namespace {

/// A loop counter that is a compile-time constant: arrays indexed by it are put into registers before GCC's loop passes.
template <int I> struct Index {
    [[gnu::always_inline]] constexpr operator int() const { return I; }
};

template <class F, int... I> [[gnu::always_inline]] inline void unrolled(F &&body, std::integer_sequence<int, I...>)
{
    (body(Index<I>()), ...);
}

/// body(Index<0>()), …, body(Index<Count − 1>())
template <int Count, class F> [[gnu::always_inline]] inline void unroll(F &&body)
{
    unrolled(body, std::make_integer_sequence<int, Count>());
}

/// P lanes in the fewest vectors that the processor allows.
template <int P> struct LineShape {
    static constexpr int lanes = P < widestLanes ? P : widestLanes;
    static constexpr int vectors = P / lanes;
    using Ops = Lanes<lanes>;
    using Vector = typename Ops::Vector;
    using Mask = typename Ops::Mask;
    typedef std::uint32_t Unsigned __attribute__((vector_size(lanes * 4)));
    static constexpr std::int32_t greatest = 2147483647, least = -2147483647 - 1;

    [[gnu::always_inline]] static Vector load(const std::int32_t *line, int v)
    {
        return *reinterpret_cast<const Vector *>(line + v * lanes);
    }
    /// From any address and of any type.
    [[gnu::always_inline]] static Vector loadUnaligned(const void *from)
    {
        Vector value;
        __builtin_memcpy(&value, from, sizeof value);
        return value;
    }
    [[gnu::always_inline]] static void store(std::int32_t *line, int v, Vector value)
    {
        *reinterpret_cast<Vector *>(line + v * lanes) = value;
    }
    [[gnu::always_inline]] static Vector all(std::int32_t value) { return Vector{} + value; }
    /// Modulo 2³²: unused lanes may hold anything.
    [[gnu::always_inline]] static Vector plus(Vector a, Vector b) { return Vector(Unsigned(a) + Unsigned(b)); }
    [[gnu::always_inline]] static Vector minus(Vector a, Vector b) { return Vector(Unsigned(a) - Unsigned(b)); }
    [[gnu::always_inline]] static Mask ofBits(std::uint64_t bits, int v) { return Ops::ofBits(bits >> (v * lanes)); }
    [[gnu::always_inline]] static std::uint64_t bits(Mask mask, int v) { return Ops::bits(mask) << (v * lanes); }
};

[[gnu::always_inline]] inline int lowestBit(std::uint64_t bits)
{
    return __builtin_ctzll(bits);
}

[[gnu::always_inline]] inline int countBits(std::uint64_t bits)
{
    return __builtin_popcountll(bits);
}

[[gnu::always_inline]] inline std::uint64_t firstBits(int count)
{
    return ~std::uint64_t(0) >> (64 - count);
}

} // namespace

} // namespace nms
