// SPDX-License-Identifier: Apache-2.0
// Four, eight and sixteen lanes with AVX-512. Included by one file, hence the anonymous namespace.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace nms {

namespace {

inline constexpr int widestLanes = 16;

/// A mask as a number, by hand: GCC 12 keeps a mask that it has widened to 64 bits in a mask register, and where that does
/// not outlive a call stores 16 bits and loads 64 (README.md shows it).
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

} // namespace

} // namespace nms
