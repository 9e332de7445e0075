// SPDX-License-Identifier: Apache-2.0
// A line of a tile, as doubles in vectors. Every operation rounds the same on every processor.
#pragma once

#include "core/simd/lane_line.h"
#include "core/simd/reals.h"

namespace nms {

namespace {

template <int L> struct FloatVector;
template <> struct FloatVector<2> {
    typedef float Type __attribute__((vector_size(8), may_alias));
};
template <> struct FloatVector<4> {
    typedef float Type __attribute__((vector_size(16), may_alias));
};
template <> struct FloatVector<8> {
    typedef float Type __attribute__((vector_size(32), may_alias));
};
template <> struct FloatVector<16> {
    typedef float Type __attribute__((vector_size(64), may_alias));
};

/// P doubles in the fewest vectors that the processor allows.
template <int P> struct RealLine {
    static constexpr int lanes = P < widestReals ? P : widestReals;
    static constexpr int vectors = P / lanes;
    using Vector = typename RealVector<lanes>::Type;
    using Floats = typename FloatVector<lanes>::Type;

    [[gnu::always_inline]] static Vector load(const double *line, int v)
    {
        return *reinterpret_cast<const Vector *>(line + v * lanes);
    }
    [[gnu::always_inline]] static Vector load(const float *line, int v)
    {
        return __builtin_convertvector(*reinterpret_cast<const Floats *>(line + v * lanes), Vector);
    }
    [[gnu::always_inline]] static void store(double *line, int v, Vector value)
    {
        *reinterpret_cast<Vector *>(line + v * lanes) = value;
    }
    [[gnu::always_inline]] static Vector all(double value) { return Vector{} + value; }
    /// Requires 0 ≤ x < 2⁵².
    [[gnu::always_inline]] static Vector roundedUp(Vector x)
    {
        const Vector nearest = (x + 0x1p52) - 0x1p52;
        return nearest < x ? nearest + 1 : nearest;
    }
    [[gnu::always_inline]] static double sum(Vector x)
    {
        double total = 0;
        for (int l = 0; l < lanes; ++l)
            total += x[l];
        return total;
    }
};

/// m rows of scores times a power of two, truncated to integers, which must be less than 2³¹.
template <int P>
[[gnu::always_inline]] inline void scaleToIntegers(const float *scores, int m, double scale, std::int32_t *to)
{
    using Shape = LineShape<P>;
    using Floats = typename FloatVector<Shape::lanes>::Type;
    // In two steps: the factor for denormal scores exceeds the range of float.
    const float first = scale > 0x1p64 ? 0x1p64F : 1.0F, second = float(scale / double(first));
    for (int i = 0; i < m; ++i)
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            const Floats scaled = reinterpret_cast<const Floats *>(scores + i * P)[v] * first * second;
            Shape::store(to + i * P, v, __builtin_convertvector(scaled, typename Shape::Vector));
        });
}

} // namespace

} // namespace nms
