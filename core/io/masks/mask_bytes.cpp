// SPDX-License-Identifier: Apache-2.0
#include "core/io/masks/mask_bytes.h"

#include "core/simd/half.h"

#include <algorithm>
#include <cstring>

namespace nms {

namespace {

/// The bits in the opposite order.
constexpr std::uint8_t reversed(std::uint8_t byte)
{
    byte = std::uint8_t((byte & 0xf0U) >> 4 | (byte & 0x0fU) << 4);
    byte = std::uint8_t((byte & 0xccU) >> 2 | (byte & 0x33U) << 2);
    return std::uint8_t((byte & 0xaaU) >> 1 | (byte & 0x55U) << 1);
}

std::uint8_t byteOf(std::span<const std::uint64_t> words, std::int64_t index)
{
    return std::uint8_t(words[std::size_t(index / 8)] >> (index % 8 * 8));
}

} // namespace

std::vector<std::byte> maskToBytes(const Mask &mask)
{
    std::vector<std::byte> bytes(std::size_t(mask.rows() * mask.cols()));
    std::byte *out = bytes.data();
    for (std::int64_t row = 0; row < mask.rows(); ++row) {
        const auto words = mask.row64(row);
        for (std::int64_t col = 0; col < mask.cols(); ++col)
            *out++ = std::byte(words[std::size_t(col / 64)] >> (col % 64) & 1U);
    }
    return bytes;
}

std::vector<std::byte> packMask(const Mask &mask)
{
    const std::int64_t perRow = packedBytesPerRow(mask.cols());
    std::vector<std::byte> bytes(std::size_t(mask.rows() * perRow));
    for (std::int64_t row = 0; row < mask.rows(); ++row)
        for (std::int64_t i = 0; i < perRow; ++i)
            bytes[std::size_t(row * perRow + i)] = std::byte(reversed(byteOf(mask.row64(row), i)));
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
        for (std::int64_t i = 0; i < perRow; ++i)
            words[std::size_t(i / 8)] |= std::uint64_t(reversed(std::uint8_t(bytes[std::size_t(row * perRow + i)])))
                << (i % 8 * 8);
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
