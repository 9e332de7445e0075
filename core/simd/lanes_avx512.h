// SPDX-License-Identifier: Apache-2.0
// Four, eight and sixteen lanes with AVX-512. Only lanes.h includes this.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace nms {

namespace {

inline constexpr int widestLanes = 16;

/// A mask as an integer, with an explicit instruction: GCC 12 keeps a mask that it has widened to 64 bits in a mask
/// register, and where it has to spill it around a call it stores 16 bits and loads 64 (README.md shows it).
[[gnu::always_inline]] inline std::uint64_t bitsOf16(__mmask16 mask)
{
    std::uint32_t bits;
    asm("kmovw %1, %0" : "=r"(bits) : "k"(mask));
    return bits;
}

[[gnu::always_inline]] inline std::uint64_t bitsOf8(__mmask8 mask)
{
    std::uint32_t bits;
    asm("kmovb %1, %0" : "=r"(bits) : "k"(mask));
    return bits;
}

template <int L> struct Lanes;

template <> struct Lanes<4> {
    typedef std::int32_t Vector __attribute__((vector_size(16), may_alias));
    typedef __mmask8 Mask;

    [[gnu::always_inline]] static Vector select(Mask mask, Vector yes, Vector no)
    {
        return Vector(_mm_mask_blend_epi32(mask, __m128i(no), __m128i(yes)));
    }
    /// 0 in the other lanes.
    [[gnu::always_inline]] static Vector valueWhere(Mask mask, Vector value)
    {
        return Vector(_mm_maskz_mov_epi32(mask, __m128i(value)));
    }
    [[gnu::always_inline]] static Mask less(Vector a, Vector b) { return _mm_cmplt_epi32_mask(__m128i(a), __m128i(b)); }
    [[gnu::always_inline]] static Mask equal(Vector a, Vector b) { return _mm_cmpeq_epi32_mask(__m128i(a), __m128i(b)); }
    [[gnu::always_inline]] static Vector min(Vector a, Vector b) { return Vector(_mm_min_epi32(__m128i(a), __m128i(b))); }
    [[gnu::always_inline]] static Vector max(Vector a, Vector b) { return Vector(_mm_max_epi32(__m128i(a), __m128i(b))); }
    [[gnu::always_inline]] static Vector minWhere(Mask mask, Vector a, Vector b)
    {
        return Vector(_mm_mask_min_epi32(__m128i(a), mask, __m128i(a), __m128i(b)));
    }
    [[gnu::always_inline]] static Vector maxWhere(Mask mask, Vector a, Vector b)
    {
        return Vector(_mm_mask_max_epi32(__m128i(a), mask, __m128i(a), __m128i(b)));
    }
    [[gnu::always_inline]] static std::uint64_t bits(Mask mask) { return bitsOf8(mask); }
    [[gnu::always_inline]] static Mask ofBits(std::uint64_t bits) { return Mask(bits & 15); }
};

template <> struct Lanes<8> {
    typedef std::int32_t Vector __attribute__((vector_size(32), may_alias));
    typedef __mmask8 Mask;

    [[gnu::always_inline]] static Vector select(Mask mask, Vector yes, Vector no)
    {
        return Vector(_mm256_mask_blend_epi32(mask, __m256i(no), __m256i(yes)));
    }
    /// 0 in the other lanes.
    [[gnu::always_inline]] static Vector valueWhere(Mask mask, Vector value)
    {
        return Vector(_mm256_maskz_mov_epi32(mask, __m256i(value)));
    }
    [[gnu::always_inline]] static Mask less(Vector a, Vector b) { return _mm256_cmplt_epi32_mask(__m256i(a), __m256i(b)); }
    [[gnu::always_inline]] static Mask equal(Vector a, Vector b) { return _mm256_cmpeq_epi32_mask(__m256i(a), __m256i(b)); }
    [[gnu::always_inline]] static Vector min(Vector a, Vector b) { return Vector(_mm256_min_epi32(__m256i(a), __m256i(b))); }
    [[gnu::always_inline]] static Vector max(Vector a, Vector b) { return Vector(_mm256_max_epi32(__m256i(a), __m256i(b))); }
    [[gnu::always_inline]] static Vector minWhere(Mask mask, Vector a, Vector b)
    {
        return Vector(_mm256_mask_min_epi32(__m256i(a), mask, __m256i(a), __m256i(b)));
    }
    [[gnu::always_inline]] static Vector maxWhere(Mask mask, Vector a, Vector b)
    {
        return Vector(_mm256_mask_max_epi32(__m256i(a), mask, __m256i(a), __m256i(b)));
    }
    [[gnu::always_inline]] static std::uint64_t bits(Mask mask) { return bitsOf8(mask); }
    [[gnu::always_inline]] static Mask ofBits(std::uint64_t bits) { return Mask(bits); }
};

template <> struct Lanes<16> {
    typedef std::int32_t Vector __attribute__((vector_size(64), may_alias));
    typedef __mmask16 Mask;

    [[gnu::always_inline]] static Vector select(Mask mask, Vector yes, Vector no)
    {
        return Vector(_mm512_mask_blend_epi32(mask, __m512i(no), __m512i(yes)));
    }
    /// 0 in the other lanes.
    [[gnu::always_inline]] static Vector valueWhere(Mask mask, Vector value)
    {
        return Vector(_mm512_maskz_mov_epi32(mask, __m512i(value)));
    }
    [[gnu::always_inline]] static Mask less(Vector a, Vector b) { return _mm512_cmplt_epi32_mask(__m512i(a), __m512i(b)); }
    [[gnu::always_inline]] static Mask equal(Vector a, Vector b) { return _mm512_cmpeq_epi32_mask(__m512i(a), __m512i(b)); }
    [[gnu::always_inline]] static Vector min(Vector a, Vector b) { return Vector(_mm512_min_epi32(__m512i(a), __m512i(b))); }
    [[gnu::always_inline]] static Vector max(Vector a, Vector b) { return Vector(_mm512_max_epi32(__m512i(a), __m512i(b))); }
    [[gnu::always_inline]] static Vector minWhere(Mask mask, Vector a, Vector b)
    {
        return Vector(_mm512_mask_min_epi32(__m512i(a), mask, __m512i(a), __m512i(b)));
    }
    [[gnu::always_inline]] static Vector maxWhere(Mask mask, Vector a, Vector b)
    {
        return Vector(_mm512_mask_max_epi32(__m512i(a), mask, __m512i(a), __m512i(b)));
    }
    [[gnu::always_inline]] static std::uint64_t bits(Mask mask) { return bitsOf16(mask); }
    [[gnu::always_inline]] static Mask ofBits(std::uint64_t bits) { return Mask(bits); }
};

template <int L> struct DoubleLanes;

template <> struct DoubleLanes<4> {
    typedef double Half __attribute__((vector_size(16), may_alias));

    /// Floats from memory: without the shuffle that a conversion from a register takes.
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
    [[gnu::always_inline]] static Half lower(Lanes<8>::Vector bits)
    {
        return Half(_mm256_cvtps_pd(_mm256_castps256_ps128(__m256(bits))));
    }
    [[gnu::always_inline]] static Half upper(Lanes<8>::Vector bits)
    {
        return Half(_mm256_cvtps_pd(_mm256_extractf128_ps(__m256(bits), 1)));
    }
    [[gnu::always_inline]] static Lanes<8>::Vector truncated(Half lower, Half upper)
    {
        return Lanes<8>::Vector(_mm256_inserti128_si256(_mm256_castsi128_si256(_mm256_cvttpd_epi32(__m256d(lower))),
                                                        _mm256_cvttpd_epi32(__m256d(upper)), 1));
    }
};

template <> struct DoubleLanes<16> {
    typedef double Half __attribute__((vector_size(64), may_alias));

    [[gnu::always_inline]] static Half load(const float *from) { return Half(_mm512_cvtps_pd(_mm256_loadu_ps(from))); }
    /// Of floats, given as their bit patterns.
    [[gnu::always_inline]] static Half lower(Lanes<16>::Vector bits)
    {
        return Half(_mm512_cvtps_pd(_mm512_castps512_ps256(__m512(bits))));
    }
    [[gnu::always_inline]] static Half upper(Lanes<16>::Vector bits)
    {
        return Half(_mm512_cvtps_pd(_mm512_extractf32x8_ps(__m512(bits), 1)));
    }
    /// Rounded towards 0.
    [[gnu::always_inline]] static Lanes<16>::Vector truncated(Half lower, Half upper)
    {
        return Lanes<16>::Vector(_mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvttpd_epi32(__m512d(lower))),
                                                    _mm512_cvttpd_epi32(__m512d(upper)), 1));
    }
};

} // namespace

} // namespace nms
