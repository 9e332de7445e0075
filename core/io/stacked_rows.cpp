// SPDX-License-Identifier: Apache-2.0
#include "core/io/stacked_rows.h"

#include <algorithm>
#include <cstring>

namespace nms {

namespace {

constexpr std::int64_t keptBytes = 64 << 20;

template <std::size_t Bytes> void gather(const std::byte *from, const Stack &stack, std::span<std::byte> out)
{
    const std::int64_t cols = stack.cols();
    const std::int64_t step = cols > 1 ? stack.columnOffset(1) : 0;
    const bool isEven = stack.columnOffset(cols - 1) == step * (cols - 1); // one dimension, or joined ones that are adjacent
    for (std::int64_t col = 0; col < cols; ++col) {
        const std::int64_t place = isEven ? col * step : stack.columnOffset(col);
        std::memcpy(out.data() + std::size_t(col) * Bytes, from + std::size_t(place) * Bytes, Bytes);
    }
}

} // namespace

Result<std::span<const std::byte>> RawRowCache::row(std::size_t tensor, std::int64_t row, std::int64_t count,
                                                    std::int64_t rowBytes, const Read &read)
{
    if (tensor != m_tensor || row < m_row0 || row >= m_row0 + m_rows) {
        m_rows = 0; // the cache stays empty if an error occurs
        const std::int64_t rows = std::clamp<std::int64_t>(keptBytes / std::max<std::int64_t>(1, rowBytes), 1, count);
        m_row0 = rows == count ? 0 : row;
        const std::int64_t taken = std::min(rows, count - m_row0);
        m_bytes.resize(std::size_t(taken * rowBytes));
        if (Status status = read(m_row0, taken, m_bytes); !status)
            return fail(status.error());
        m_tensor = tensor;
        m_rows = taken;
        m_rowBytes = rowBytes;
    }
    return std::span<const std::byte>(m_bytes).subspan(std::size_t((row - m_row0) * m_rowBytes), std::size_t(m_rowBytes));
}

void gatherRow(const Stack &stack, std::int64_t viewRow, std::int64_t rawCols, int elementBytes,
               std::span<const std::byte> rawRow, std::span<std::byte> out)
{
    const std::byte *from = rawRow.data() + stack.rowOffset(viewRow) % rawCols * elementBytes;
    const auto move = elementBytes == 1 ? gather<1>
        : elementBytes == 2             ? gather<2>
        : elementBytes == 4             ? gather<4>
                                        : gather<8>;
    move(from, stack, out);
}

} // namespace nms
