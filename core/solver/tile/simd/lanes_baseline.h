// SPDX-License-Identifier: Apache-2.0
// Four lanes in the compiler's own vectors: any processor. Included by one file, hence the anonymous namespace.
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

} // namespace

} // namespace nms
