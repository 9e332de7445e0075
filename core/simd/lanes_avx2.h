// SPDX-License-Identifier: Apache-2.0
// Four and eight lanes with AVX2. Only lanes.h includes this.
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
    /// 0 in the other lanes.
    [[gnu::always_inline]] static Vector valueWhere(Mask mask, Vector value) { return mask & value; }
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
    /// 0 in the other lanes.
    [[gnu::always_inline]] static Vector valueWhere(Mask mask, Vector value) { return mask & value; }
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

template <int L> struct DoubleLanes;

template <> struct DoubleLanes<4> {
    typedef double Half __attribute__((vector_size(16), may_alias));

    /// Two floats from memory: without the shuffle that a conversion from a register takes.
    [[gnu::always_inline]] static Half load(const float *from)
    {
        return Half(_mm_cvtps_pd(_mm_castsi128_ps(_mm_loadu_si64(from))));
    }
    [[gnu::always_inline]] static Half lower(Lanes<4>::Vector bits) { return Half(_mm_cvtps_pd(__m128(bits))); }
    [[gnu::always_inline]] static Half upper(Lanes<4>::Vector bits)
    {
        return Half(_mm_cvtps_pd(_mm_movehl_ps(__m128(bits), __m128(bits))));
    }
    [[gnu::always_inline]] static Lanes<4>::Vector truncated(Half lower, Half upper)
    {
        return Lanes<4>::Vector(_mm_unpacklo_epi64(_mm_cvttpd_epi32(__m128d(lower)), _mm_cvttpd_epi32(__m128d(upper))));
    }
};

template <> struct DoubleLanes<8> {
    typedef double Half __attribute__((vector_size(32), may_alias));

    [[gnu::always_inline]] static Half load(const float *from) { return Half(_mm256_cvtps_pd(_mm_loadu_ps(from))); }
    /// Of floats, given as their bit patterns.
    [[gnu::always_inline]] static Half lower(Lanes<8>::Vector bits)
    {
        return Half(_mm256_cvtps_pd(_mm256_castps256_ps128(__m256(bits))));
    }
    [[gnu::always_inline]] static Half upper(Lanes<8>::Vector bits)
    {
        return Half(_mm256_cvtps_pd(_mm256_extractf128_ps(__m256(bits), 1)));
    }
    /// Rounded towards 0.
    [[gnu::always_inline]] static Lanes<8>::Vector truncated(Half lower, Half upper)
    {
        return Lanes<8>::Vector(_mm256_inserti128_si256(_mm256_castsi128_si256(_mm256_cvttpd_epi32(__m256d(lower))),
                                                        _mm256_cvttpd_epi32(__m256d(upper)), 1));
    }
};

} // namespace

} // namespace nms
