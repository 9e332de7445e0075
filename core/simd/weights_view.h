// SPDX-License-Identifier: Apache-2.0
// Weights in memory, in the type of their file.
#pragma once

#include "core/base/matrix.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace nms {

/// IEEE 754 binary32 and binary16; bfloat16, the upper half of a binary32.
enum class WeightType { F32, F16, BF16 };

constexpr std::int64_t bytesOf(WeightType type)
{
    return type == WeightType::F32 ? 4 : 2;
}

/// A view of `rows` × `cols` weights, aligned to an element; consecutive rows start `stride` elements apart.
struct WeightsView {
    const std::byte *data = nullptr;
    WeightType type = WeightType::F32;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t stride = 0;

    WeightsView() = default;
    WeightsView(const std::byte *data_, WeightType type_, std::int64_t rows_, std::int64_t cols_)
        : data(data_), type(type_), rows(rows_), cols(cols_), stride(cols_)
    { }
    WeightsView(Span2d<const float> from)
        : data(reinterpret_cast<const std::byte *>(from.data)), rows(from.rows), cols(from.cols), stride(from.stride)
    { }
    WeightsView(Span2d<float> from) : WeightsView(Span2d<const float>(from)) { }

    std::int64_t rowBytes() const { return cols * bytesOf(type); }
    std::int64_t strideBytes() const { return stride * bytesOf(type); }
    std::span<const std::byte> row(std::int64_t row) const
    {
        return {data + row * strideBytes(), static_cast<std::size_t>(rowBytes())};
    }
    WeightsView rowsFrom(std::int64_t row0, std::int64_t count) const
    {
        WeightsView part = *this;
        part.data += row0 * strideBytes();
        part.rows = count;
        return part;
    }
    /// Requires type F32.
    Span2d<const float> floats() const { return {reinterpret_cast<const float *>(data), rows, cols, stride}; }
    bool empty() const { return rows == 0 || cols == 0; }
};

/// Exact; `to` has weights.cols elements.
void rowToFloat(const WeightsView &weights, std::int64_t row, std::span<float> to);

/// The same for the columns [col0, col0 + to.size()).
void cellsToFloat(const WeightsView &weights, std::int64_t row, std::int64_t col0, std::span<float> to);

/// Their magnitudes; NaN and Inf only lose their sign.
void cellsToMagnitudes(const WeightsView &weights, std::int64_t row, std::int64_t col0, std::span<float> to);

/// As many elements of a row as are converted at once where they are then used from the first-level cache; a multiple of 64.
constexpr std::int64_t cellsInCache = 1024;

/// True where the row has neither NaN nor Inf.
bool isFiniteRow(const WeightsView &weights, std::int64_t row);

/// |w| of each element, as cellsToMagnitudes(). `threads`: 0 uses all cores.
void toMagnitudes(const WeightsView &weights, int threads, Span2d<float> to);

} // namespace nms
