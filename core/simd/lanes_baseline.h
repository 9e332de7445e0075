// SPDX-License-Identifier: Apache-2.0
// Four lanes with the compiler's generic vectors, for any processor. Only lanes.h includes this.
#pragma once

#include <cstdint>

namespace nms {

namespace {

inline constexpr int widestLanes = 4;

template <int L> struct Lanes;

template <> struct Lanes<4> {
    typedef std::int32_t Vector __attribute__((vector_size(16), may_alias));
    typedef Vector Mask;

    [[gnu::always_inline]] static Vector select(Mask mask, Vector yes, Vector no) { return (mask & yes) | (~mask & no); }
    /// 0 in the other lanes.
    [[gnu::always_inline]] static Vector valueWhere(Mask mask, Vector value) { return mask & value; }
    [[gnu::always_inline]] static Mask less(Vector a, Vector b) { return a < b; }
    [[gnu::always_inline]] static Mask equal(Vector a, Vector b) { return a == b; }
    [[gnu::always_inline]] static Vector min(Vector a, Vector b) { return select(a < b, a, b); }
    [[gnu::always_inline]] static Vector max(Vector a, Vector b) { return select(a < b, b, a); }
    [[gnu::always_inline]] static Vector minWhere(Mask mask, Vector a, Vector b) { return select(mask, min(a, b), a); }
    [[gnu::always_inline]] static Vector maxWhere(Mask mask, Vector a, Vector b) { return select(mask, max(a, b), a); }
    [[gnu::always_inline]] static std::uint64_t bits(Mask mask)
    {
#ifdef __SSE2__
        typedef float Floats __attribute__((vector_size(16)));
        return std::uint64_t(__builtin_ia32_movmskps((Floats)mask));
#else
        return std::uint64_t((mask[0] & 1) | (mask[1] & 2) | (mask[2] & 4) | (mask[3] & 8));
#endif
    }
    [[gnu::always_inline]] static Mask ofBits(std::uint64_t bits)
    {
        const Vector lane = {1, 2, 4, 8};
        return (lane & std::int32_t(bits & 15)) == lane;
    }
};

template <int L> struct DoubleLanes;

template <> struct DoubleLanes<4> {
    typedef double Half __attribute__((vector_size(16), may_alias));

    /// Two floats from memory.
    [[gnu::always_inline]] static Half load(const float *from)
    {
        typedef float Pair __attribute__((vector_size(8)));
        Pair pair;
        __builtin_memcpy(&pair, from, sizeof pair);
        return __builtin_convertvector(pair, Half);
    }
    /// Of floats, given as their bit patterns.
    [[gnu::always_inline]] static Half lower(Lanes<4>::Vector bits)
    {
        const Floats floats = Floats(bits);
        return __builtin_convertvector(__builtin_shufflevector(floats, floats, 0, 1), Half);
    }
    [[gnu::always_inline]] static Half upper(Lanes<4>::Vector bits)
    {
        const Floats floats = Floats(bits);
        return __builtin_convertvector(__builtin_shufflevector(floats, floats, 2, 3), Half);
    }
    /// Rounded towards 0.
    [[gnu::always_inline]] static Lanes<4>::Vector truncated(Half lower, Half upper)
    {
        return __builtin_shufflevector(__builtin_convertvector(lower, HalfLanes), __builtin_convertvector(upper, HalfLanes),
                                       0, 1, 2, 3);
    }

private:
    typedef float Floats __attribute__((vector_size(16), may_alias));
    typedef std::int32_t HalfLanes __attribute__((vector_size(8), may_alias));
};

} // namespace

} // namespace nms
