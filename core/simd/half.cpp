// SPDX-License-Identifier: Apache-2.0
#include "core/simd/half.h"

#include "core/base/cpu_clones.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#define NMS_F16C_POSSIBLE
#endif

namespace nms {

float halfToFloat(std::uint16_t half)
{
    const std::uint32_t sign = std::uint32_t(half & 0x8000U) << 16;
    const std::uint32_t magnitude = half & 0x7fffU;
    if (magnitude >= 0x7c00U) { // Inf, NaN
        const std::uint32_t quiet = magnitude > 0x7c00U ? 0x400000U : 0;
        return std::bit_cast<float>(sign | 0x7f800000U | quiet | (magnitude & 0x3ffU) << 13);
    }
    if (magnitude >= 0x0400U) // normal: move the exponent's bias from 15 to 127
        return std::bit_cast<float>(sign | ((magnitude << 13) + (112U << 23)));
    const float value = float(magnitude) * 0x1p-24F; // subnormal or zero: exact in float
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(value));
}

std::uint16_t floatToHalf(float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = std::uint16_t(bits >> 16 & 0x8000U);
    const std::uint32_t magnitude = bits & 0x7fffffffU;
    if (magnitude > 0x7f800000U) // NaN
        return std::uint16_t(sign | 0x7e00U | (magnitude >> 13 & 0x3ffU));
    if (magnitude >= 0x477ff000U) // ≥ 65520, the tie between 65504 and 2^16, which is even and overflows
        return std::uint16_t(sign | 0x7c00U);
    if (magnitude >= 0x38800000U) { // normal in half: round away 13 bits; a carry correctly increments the exponent
        const std::uint32_t rounded = magnitude + 0xfffU + (magnitude >> 13 & 1U);
        return std::uint16_t(sign | ((rounded - (112U << 23)) >> 13));
    }
    if (magnitude < 0x33000000U) // < 2^-25
        return sign;
    // Subnormal in half: the significand, shifted so that its last kept bit is worth 2^-24.
    const std::uint32_t shift = 126U - (magnitude >> 23);
    const std::uint32_t significand = (magnitude & 0x7fffffU) | 0x800000U;
    const std::uint32_t kept = significand >> shift;
    const std::uint32_t rest = significand & ((1U << shift) - 1U);
    const std::uint32_t half = 1U << (shift - 1U);
    return std::uint16_t(sign | (kept + (rest > half || (rest == half && (kept & 1U)) ? 1U : 0U)));
}

float bfloat16ToFloat(std::uint16_t bits)
{
    return std::bit_cast<float>(std::uint32_t(bits) << 16);
}

std::uint16_t floatToBfloat16(float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffU) > 0x7f800000U)
        return std::uint16_t(bits >> 16 | 0x40U);
    return std::uint16_t((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
}

namespace {

#ifdef NMS_F16C_POSSIBLE
bool hasF16c()
{
    // Clang's builtin does not know "f16c"; every processor with AVX2 has it.
    static const bool has = __builtin_cpu_supports("avx2");
    return has;
}

// Converts whole groups of eight, of which only the bits in `mask` count; returns how many elements were converted.
__attribute__((target("avx,f16c"))) std::size_t halfToFloatF16c(const std::uint16_t *from, float *to, std::size_t count,
                                                                std::uint16_t mask)
{
    const __m128i masks = _mm_set1_epi16(std::int16_t(mask));
    std::size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m128i halves;
        std::memcpy(&halves, from + i, sizeof halves);
        _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_and_si128(halves, masks)));
    }
    return i;
}

__attribute__((target("avx,f16c"))) std::size_t floatToHalfF16c(const float *from, std::uint16_t *to, std::size_t count)
{
    std::size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const __m128i halves = _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        std::memcpy(to + i, &halves, sizeof halves);
    }
    return i;
}
#endif

void maskedHalfToFloat(std::span<const std::uint16_t> from, std::span<float> to, std::uint16_t mask)
{
    std::size_t i = 0;
#ifdef NMS_F16C_POSSIBLE
    if (hasF16c())
        i = halfToFloatF16c(from.data(), to.data(), from.size(), mask);
#endif
    for (; i < from.size(); ++i)
        to[i] = halfToFloat(std::uint16_t(from[i] & mask));
}

// As vectors: at -O2 GCC leaves the loop over single elements as it is.
NMS_CPU_CLONES void maskedBfloat16ToFloat(const std::uint16_t *from, float *to, std::size_t count, std::uint32_t mask)
{
    constexpr std::size_t lanes = 16;
    typedef std::uint16_t Halves __attribute__((vector_size(2 * lanes)));
    typedef std::uint32_t Words __attribute__((vector_size(4 * lanes)));
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        Halves halves;
        std::memcpy(&halves, from + i, sizeof halves);
        const Words words = (__builtin_convertvector(halves, Words) & mask) << 16;
        std::memcpy(to + i, &words, sizeof words);
    }
    for (; i < count; ++i)
        to[i] = bfloat16ToFloat(std::uint16_t(from[i] & mask));
}

constexpr std::uint16_t allBits = 0xffff, withoutSign = 0x7fff;

template <class Word> void swapWords(std::span<std::byte> data, Word (*swapped)(Word))
{
    for (std::size_t i = 0; i + sizeof(Word) <= data.size(); i += sizeof(Word)) {
        Word word;
        std::memcpy(&word, data.data() + i, sizeof word);
        word = swapped(word);
        std::memcpy(data.data() + i, &word, sizeof word);
    }
}

} // namespace

void halfToFloat(std::span<const std::uint16_t> from, std::span<float> to)
{
    maskedHalfToFloat(from, to, allBits);
}

void halfToMagnitude(std::span<const std::uint16_t> from, std::span<float> to)
{
    maskedHalfToFloat(from, to, withoutSign);
}

void floatToHalf(std::span<const float> from, std::span<std::uint16_t> to)
{
    std::size_t i = 0;
#ifdef NMS_F16C_POSSIBLE
    if (hasF16c())
        i = floatToHalfF16c(from.data(), to.data(), from.size());
#endif
    for (; i < from.size(); ++i)
        to[i] = floatToHalf(from[i]);
}

void bfloat16ToFloat(std::span<const std::uint16_t> from, std::span<float> to)
{
    maskedBfloat16ToFloat(from.data(), to.data(), from.size(), allBits);
}

void bfloat16ToMagnitude(std::span<const std::uint16_t> from, std::span<float> to)
{
    maskedBfloat16ToFloat(from.data(), to.data(), from.size(), withoutSign);
}

void floatToBfloat16(std::span<const float> from, std::span<std::uint16_t> to)
{
    for (std::size_t i = 0; i < from.size(); ++i)
        to[i] = floatToBfloat16(from[i]);
}

void swapBytes(std::span<std::byte> data, int elementBytes)
{
    if (elementBytes == 2)
        swapWords<std::uint16_t>(data, [](std::uint16_t word) { return __builtin_bswap16(word); });
    else if (elementBytes == 4)
        swapWords<std::uint32_t>(data, [](std::uint32_t word) { return __builtin_bswap32(word); });
    else if (elementBytes == 8)
        swapWords<std::uint64_t>(data, [](std::uint64_t word) { return __builtin_bswap64(word); });
}

} // namespace nms
