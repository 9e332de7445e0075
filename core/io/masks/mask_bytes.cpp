// SPDX-License-Identifier: Apache-2.0
#include "core/io/masks/mask_bytes.h"

#include "core/base/cpu_clones.h"
#include "core/simd/half.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace nms {

namespace {

/// The bits of each byte in the opposite order.
constexpr std::uint64_t reversedBytes(std::uint64_t word)
{
    word = (word >> 4 & 0x0f0f0f0f0f0f0f0fU) | (word & 0x0f0f0f0f0f0f0f0fU) << 4;
    word = (word >> 2 & 0x3333333333333333U) | (word & 0x3333333333333333U) << 2;
    return (word >> 1 & 0x5555555555555555U) | (word & 0x5555555555555555U) << 1;
}

/// Copies the first `count` bytes of the words, in the order of a little-endian processor, which is the only one supported.
NMS_CPU_CLONES void packRow(const std::uint64_t *words, std::size_t count, std::byte *out)
{
    static_assert(std::endian::native == std::endian::little);
    std::size_t at = 0;
    for (; at + 8 <= count; at += 8) {
        const std::uint64_t word = reversedBytes(words[at / 8]);
        std::memcpy(out + at, &word, 8);
    }
    if (at < count) {
        const std::uint64_t word = reversedBytes(words[at / 8]);
        std::memcpy(out + at, &word, count - at);
    }
}

/// For each value of a byte its eight bits as bytes that are 0 or 1, the lowest first.
constexpr std::array<std::uint64_t, 256> bitsAsBytes = [] {
    std::array<std::uint64_t, 256> table = {};
    for (std::uint64_t byte = 0; byte < 256; ++byte)
        for (unsigned bit = 0; bit < 8; ++bit)
            table[byte] |= (byte >> bit & 1U) << 8 * bit;
    return table;
}();

void expandRow(const std::uint64_t *words, std::int64_t cols, std::byte *out)
{
    for (std::int64_t col = 0; col < cols; col += 8) {
        const std::uint64_t eight = bitsAsBytes[words[col / 64] >> (col % 64) & 0xffU];
        std::memcpy(out + col, &eight, std::size_t(std::min<std::int64_t>(8, cols - col)));
    }
}

} // namespace

std::vector<std::byte> maskToBytes(const Mask &mask)
{
    std::vector<std::byte> bytes(std::size_t(mask.rows() * mask.cols()));
    for (std::int64_t row = 0; row < mask.rows(); ++row)
        expandRow(mask.row64(row).data(), mask.cols(), bytes.data() + row * mask.cols());
    return bytes;
}

std::vector<std::byte> packMask(const Mask &mask)
{
    const std::int64_t perRow = packedBytesPerRow(mask.cols());
    std::vector<std::byte> bytes(std::size_t(mask.rows() * perRow));
    for (std::int64_t row = 0; row < mask.rows(); ++row)
        packRow(mask.row64(row).data(), std::size_t(perRow), bytes.data() + row * perRow);
    return bytes;
}

namespace {

std::vector<std::int64_t> columnOffsets(const Stack &stack)
{
    std::vector<std::int64_t> places(std::size_t(stack.cols()));
    for (std::size_t col = 0; col < places.size(); ++col)
        places[col] = stack.columnOffset(std::int64_t(col));
    return places;
}

/// Calls visit(place, words) for the rows of the stacked view that begin within `elements` elements from `first` on; `place`
/// is relative to `first`.
template <class Visit>
void forEachRowWithin(const Stack &stack, const Mask &mask, std::int64_t first, std::int64_t elements, const Visit &visit)
{
    for (std::int64_t row = 0; row < mask.rows(); ++row) {
        const std::int64_t place = stack.rowOffset(row) - first;
        if (place >= 0 && place < elements)
            visit(place, mask.row64(row));
    }
}

} // namespace

std::vector<std::byte> maskInFileOrder(const Stack &stack, const Mask &mask, std::int64_t rawRow0, std::int64_t rawRows,
                                       std::int64_t rawCols)
{
    std::vector<std::byte> bytes(std::size_t(rawRows * rawCols));
    const std::vector<std::int64_t> columns = columnOffsets(stack);
    const auto write = [&](std::int64_t place, std::span<const std::uint64_t> words) {
        for (std::size_t col = 0; col < columns.size(); ++col)
            bytes[std::size_t(place + columns[col])] = std::byte(words[col / 64] >> (col % 64) & 1U);
    };
    forEachRowWithin(stack, mask, rawRow0 * rawCols, rawRows * rawCols, write);
    return bytes;
}

void applyInFileOrder(const Stack &stack, const Mask &mask, std::int64_t rawRow0, std::int64_t rawCols, int elementBytes,
                      std::span<std::byte> weights)
{
    const auto size = std::size_t(elementBytes);
    const std::vector<std::int64_t> columns = columnOffsets(stack);
    const auto zero = [&](std::int64_t place, std::span<const std::uint64_t> words) {
        for (std::size_t col = 0; col < columns.size(); ++col)
            if (!(words[col / 64] >> (col % 64) & 1U))
                std::memset(weights.data() + std::size_t(place + columns[col]) * size, 0, size);
    };
    forEachRowWithin(stack, mask, rawRow0 * rawCols, std::int64_t(weights.size()) / elementBytes, zero);
}

std::optional<BadEntry> bytesToMask(std::span<const std::byte> bytes, std::int64_t row0, std::int64_t rows, Mask &mask)
{
    const std::byte *in = bytes.data();
    for (std::int64_t row = 0; row < rows; ++row) {
        const auto words = mask.row64(row0 + row);
        for (std::int64_t col = 0; col < mask.cols(); ++col, ++in) {
            const auto value = std::uint64_t(*in);
            if (value > 1)
                return BadEntry{row0 + row, col, double(value)};
            words[std::size_t(col / 64)] |= value << (col % 64);
        }
    }
    return std::nullopt;
}

std::optional<BadEntry> unpackMask(std::span<const std::byte> bytes, std::int64_t row0, std::int64_t rows, Mask &mask)
{
    const std::int64_t perRow = packedBytesPerRow(mask.cols());
    for (std::int64_t row = 0; row < rows; ++row) {
        const auto words = mask.row64(row0 + row);
        for (std::int64_t i = 0; i < perRow; i += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes.data() + row * perRow + i, std::size_t(std::min<std::int64_t>(8, perRow - i)));
            words[std::size_t(i / 8)] |= reversedBytes(word);
        }
        if (mask.cols() % 64 != 0 && words.back() >> (mask.cols() % 64) != 0)
            return BadEntry{row0 + row, mask.cols(), 1};
    }
    return std::nullopt;
}

namespace {

double numberAt(const std::byte *in, DType dtype)
{
    const auto as = [in]<class T>(T number) {
        std::memcpy(&number, in, sizeof number);
        return double(number);
    };
    std::uint16_t word = 0;
    float number = 0;
    switch (dtype) {
    case DType::F16:
    case DType::BF16:
        std::memcpy(&word, in, sizeof word);
        if (dtype == DType::F16)
            halfToFloat({&word, 1}, {&number, 1});
        else
            bfloat16ToFloat({&word, 1}, {&number, 1});
        return double(number);
    case DType::F32:
        return as(number);
    case DType::F64:
        return as(0.0);
    case DType::I8:
        return as(std::int8_t(0));
    case DType::U16:
        return as(word);
    case DType::I16:
        return as(std::int16_t(0));
    case DType::U32:
        return as(std::uint32_t(0));
    case DType::I32:
        return as(std::int32_t(0));
    case DType::U64:
        return as(std::uint64_t(0));
    case DType::I64:
        return as(std::int64_t(0));
    default:
        return as(std::uint8_t(0));
    }
}

} // namespace

std::optional<BadEntry> valuesToMask(std::span<const std::byte> values, DType dtype, std::int64_t row0, std::int64_t rows,
                                     Mask &mask)
{
    const std::byte *in = values.data();
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t col = 0; col < mask.cols(); ++col, in += bytesOf(dtype)) {
            const double value = numberAt(in, dtype);
            if (value != 0 && value != 1)
                return BadEntry{row0 + row, col, value};
            mask.set(row0 + row, col, value == 1);
        }
    return std::nullopt;
}

void nonzerosToMask(std::span<const std::byte> weights, DType dtype, std::int64_t row0, std::int64_t rows, Mask &mask)
{
    const std::size_t elementBytes = std::size_t(bytesOf(dtype));
    const std::uint64_t sign = std::uint64_t(1) << (8 * elementBytes - 1); // cleared: −0 is zero
    const std::byte *in = weights.data();
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t col = 0; col < mask.cols(); ++col, in += elementBytes) {
            std::uint64_t bits = 0;
            std::memcpy(&bits, in, elementBytes);
            mask.set(row0 + row, col, (bits & ~sign) != 0);
        }
}

} // namespace nms
