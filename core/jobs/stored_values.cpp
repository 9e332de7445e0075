// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/stored_values.h"

#include "core/simd/half.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace nms::jobs {

namespace {

constexpr std::uint16_t signBit = 0x8000;

/// The smallest nonzero number of the value's sign if rounding turned a nonzero value into 0.
std::uint16_t awayFromZero(std::uint16_t bits, float value)
{
    return value != 0 && (bits & ~signBit) == 0 ? std::uint16_t(bits | 1) : bits;
}

} // namespace

bool canStore(DType dtype)
{
    return dtype == DType::F16 || dtype == DType::BF16 || dtype == DType::F32 || dtype == DType::F64;
}

StoredValues::StoredValues(const TensorInfo &tensor) : m_tensor(tensor) { }

void StoredValues::put(std::int64_t matrix, const Mask &mask, Span2d<float> values)
{
    // Allocated as late as possible: until now the layer's own matrices need the memory.
    m_bytes.resize(static_cast<std::size_t>(m_tensor.rawRows() * m_tensor.rawCols()) * std::size_t(bytesOf(m_tensor.dtype)));
    const Stack stack = m_tensor.stack();
    std::vector<std::int64_t> columns(static_cast<std::size_t>(values.cols));
    for (std::int64_t col = 0; col < values.cols; ++col)
        columns[std::size_t(col)] = stack.columnOffset(col);
    for (std::int64_t row = 0; row < values.rows; ++row) {
        const std::int64_t place = stack.rowOffset(matrix * values.rows + row);
        for (std::int64_t col = 0; col < values.cols; ++col) {
            float &value = values(row, col);
            value = store(mask.at(row, col) ? value : 0.0F, place + columns[std::size_t(col)]);
        }
    }
}

float StoredValues::store(float value, std::int64_t place)
{
    std::byte *to = m_bytes.data() + place * bytesOf(m_tensor.dtype);
    const auto write = [to](auto stored) {
        std::memcpy(to, &stored, sizeof stored);
    };
    switch (m_tensor.dtype) {
    case DType::F16: {
        const std::uint16_t bits = awayFromZero(floatToHalf(value), value);
        write(bits);
        return halfToFloat(bits);
    }
    case DType::BF16: {
        const std::uint16_t bits = awayFromZero(floatToBfloat16(value), value);
        write(bits);
        return bfloat16ToFloat(bits);
    }
    case DType::F64:
        write(std::ldexp(double(value), m_tensor.exponent));
        return value;
    default:
        write(value);
        return value;
    }
}

} // namespace nms::jobs
