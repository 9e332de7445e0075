// SPDX-License-Identifier: Apache-2.0
#include "core/simd/weights_view.h"

#include "core/base/cpu_clones.h"
#include "core/base/parallel.h"
#include "core/simd/half.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nms {

namespace {

/// Whether all elements without their sign bits are below `infinity`. Its exponent is that of all NaN and Inf, so this
/// means that all are finite.
template <class Word> NMS_INLINE bool allBelow(const std::byte *elements, std::size_t bytes, Word infinity)
{
    using Vector [[gnu::vector_size(64)]] = Word;
    constexpr Word magnitude = Word(~Word(0)) >> 1;
    Vector reached = {};
    std::size_t at = 0;
    for (; at + sizeof(Vector) <= bytes; at += sizeof(Vector)) {
        Vector some;
        std::memcpy(&some, elements + at, sizeof some);
        reached |= Vector((some & magnitude) >= infinity);
    }
    Word rest = 0;
    for (std::size_t k = 0; k < sizeof(Vector) / sizeof(Word); ++k)
        rest |= reached[k];
    for (; at < bytes; at += sizeof(Word)) {
        Word one;
        std::memcpy(&one, elements + at, sizeof one);
        rest |= Word((one & magnitude) >= infinity);
    }
    return rest == 0;
}

NMS_CPU_CLONES bool finite32(const std::byte *elements, std::size_t bytes)
{
    return allBelow<std::uint32_t>(elements, bytes, 0x7f800000U);
}

NMS_CPU_CLONES bool finite16(const std::byte *elements, std::size_t bytes, std::uint16_t infinity)
{
    return allBelow<std::uint16_t>(elements, bytes, infinity);
}

std::span<const std::uint16_t> halves(std::span<const std::byte> row)
{
    return {reinterpret_cast<const std::uint16_t *>(row.data()), row.size() / sizeof(std::uint16_t)};
}

std::span<const std::byte> cellsOf(const WeightsView &weights, std::int64_t row, std::int64_t col0, std::size_t count)
{
    const auto width = std::size_t(bytesOf(weights.type));
    return weights.row(row).subspan(std::size_t(col0) * width, count * width);
}

// As vectors: at -O2 GCC leaves the loop over single elements as it is.
NMS_CPU_CLONES void magnitudes32(const std::byte *from, float *to, std::size_t count)
{
    constexpr std::size_t lanes = 16;
    typedef std::uint32_t Words __attribute__((vector_size(4 * lanes)));
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        Words words;
        std::memcpy(&words, from + i * sizeof(float), sizeof words);
        words &= 0x7fffffffU;
        std::memcpy(to + i, &words, sizeof words);
    }
    for (; i < count; ++i) {
        std::memcpy(to + i, from + i * sizeof(float), sizeof(float));
        to[i] = std::abs(to[i]);
    }
}

} // namespace

void rowToFloat(const WeightsView &weights, std::int64_t row, std::span<float> to)
{
    cellsToFloat(weights, row, 0, to);
}

void cellsToFloat(const WeightsView &weights, std::int64_t row, std::int64_t col0, std::span<float> to)
{
    const std::span<const std::byte> from = cellsOf(weights, row, col0, to.size());
    switch (weights.type) {
    case WeightType::F32:
        std::copy_n(reinterpret_cast<const float *>(from.data()), to.size(), to.data());
        return;
    case WeightType::F16:
        halfToFloat(halves(from), to);
        return;
    case WeightType::BF16:
        bfloat16ToFloat(halves(from), to);
        return;
    }
}

void cellsToMagnitudes(const WeightsView &weights, std::int64_t row, std::int64_t col0, std::span<float> to)
{
    const std::span<const std::byte> from = cellsOf(weights, row, col0, to.size());
    switch (weights.type) {
    case WeightType::F32:
        magnitudes32(from.data(), to.data(), to.size());
        return;
    case WeightType::F16:
        halfToMagnitude(halves(from), to);
        return;
    case WeightType::BF16:
        bfloat16ToMagnitude(halves(from), to);
        return;
    }
}

bool isFiniteRow(const WeightsView &weights, std::int64_t row)
{
    const std::span<const std::byte> from = weights.row(row);
    switch (weights.type) {
    case WeightType::F32:
        return finite32(from.data(), from.size());
    case WeightType::F16:
        return finite16(from.data(), from.size(), 0x7c00U);
    case WeightType::BF16:
        break;
    }
    return finite16(from.data(), from.size(), 0x7f80U);
}

void toMagnitudes(const WeightsView &weights, int threads, Span2d<float> to)
{
    constexpr std::int64_t cellsPerBlock = 1 << 16;
    parallelBlocks(weights.rows, cellsPerBlock / std::max<std::int64_t>(1, weights.cols), threads, {},
                   [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t row = begin; row < end; ++row)
                           cellsToMagnitudes(weights, row, 0, to.row(row));
                   });
}

} // namespace nms
