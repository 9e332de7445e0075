// SPDX-License-Identifier: Apache-2.0
// Four and eight lanes with AVX2. Included by one file, hence the anonymous namespace.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace nms {

namespace {

inline constexpr int widestLanes = 8;

template <int L> struct Lanes;

template <> struct Lanes<4> {
    typedef std::int32_t Vector __attribute__((vector_size(16), may_alias));
    typedef Vector Mask;

    [[gnu::always_inline]] static Vector select(Mask mask, Vector yes, Vector no)
    {
        return Vector(_mm_blendv_epi8(__m128i(no), __m128i(yes), __m128i(mask)));
    }
    [[gnu::always_inline]] static Mask less(Vector a, Vector b) { return a < b; }
    [[gnu::always_inline]] static Mask equal(Vector a, Vector b) { return a == b; }
    [[gnu::always_inline]] static Vector min(Vector a, Vector b) { return Vector(_mm_min_epi32(__m128i(a), __m128i(b))); }
    [[gnu::always_inline]] static Vector max(Vector a, Vector b) { return Vector(_mm_max_epi32(__m128i(a), __m128i(b))); }
    [[gnu::always_inline]] static Vector minWhere(Mask mask, Vector a, Vector b) { return select(mask, min(a, b), a); }
    [[gnu::always_inline]] static Vector maxWhere(Mask mask, Vector a, Vector b) { return select(mask, max(a, b), a); }
    [[gnu::always_inline]] static std::uint64_t bits(Mask mask) { return std::uint64_t(_mm_movemask_ps(__m128(mask))); }
    [[gnu::always_inline]] static Mask ofBits(std::uint64_t bits)
    {
        const Vector lane = {1, 2, 4, 8};
        return (lane & std::int32_t(bits & 15)) == lane;
    }
};

template <> struct Lanes<8> {
    typedef std::int32_t Vector __attribute__((vector_size(32), may_alias));
    typedef Vector Mask;

    [[gnu::always_inline]] static Vector select(Mask mask, Vector yes, Vector no)
    {
        return Vector(_mm256_blendv_epi8(__m256i(no), __m256i(yes), __m256i(mask)));
    }
    [[gnu::always_inline]] static Mask less(Vector a, Vector b) { return a < b; }
    [[gnu::always_inline]] static Mask equal(Vector a, Vector b) { return a == b; }
    [[gnu::always_inline]] static Vector min(Vector a, Vector b) { return Vector(_mm256_min_epi32(__m256i(a), __m256i(b))); }
    [[gnu::always_inline]] static Vector max(Vector a, Vector b) { return Vector(_mm256_max_epi32(__m256i(a), __m256i(b))); }
    [[gnu::always_inline]] static Vector minWhere(Mask mask, Vector a, Vector b) { return select(mask, min(a, b), a); }
    [[gnu::always_inline]] static Vector maxWhere(Mask mask, Vector a, Vector b) { return select(mask, max(a, b), a); }
    [[gnu::always_inline]] static std::uint64_t bits(Mask mask)
    {
        return std::uint64_t(_mm256_movemask_ps(__m256(mask))) & 255;
    }
    [[gnu::always_inline]] static Mask ofBits(std::uint64_t bits)
    {
        const Vector lane = {1, 2, 4, 8, 16, 32, 64, 128};
        return (lane & std::int32_t(bits & 255)) == lane;
    }
};

} // namespace

} // namespace nms
