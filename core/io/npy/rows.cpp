// SPDX-License-Identifier: Apache-2.0
#include "core/io/npy/rows.h"

#include "core/simd/half.h"

#include <algorithm>
#include <cstring>

namespace nms {

namespace {

constexpr std::int64_t blockBytes = 64 << 20;
constexpr std::int64_t readBytes = 1 << 20;

/// Iterates over the columns of a tensor (all dimensions but the first) in Fortran order, the second dimension fastest, and
/// returns the position of each in C order.
class ColumnPlaces
{
public:
    explicit ColumnPlaces(std::span<const std::int64_t> shape)
        : m_sizes(shape.begin() + 1, shape.end()), m_index(m_sizes.size()), m_strides(m_sizes.size(), 1)
    {
        for (std::size_t i = m_sizes.size(); i-- > 1;)
            m_strides[i - 1] = m_strides[i] * m_sizes[i];
    }

    std::int64_t next()
    {
        const std::int64_t place = m_place;
        for (std::size_t i = 0; i < m_sizes.size(); ++i) {
            m_place += m_strides[i];
            if (++m_index[i] < m_sizes[i])
                break;
            m_place -= m_strides[i] * m_sizes[i];
            m_index[i] = 0;
        }
        return place;
    }

private:
    std::vector<std::int64_t> m_sizes, m_index, m_strides;
    std::int64_t m_place = 0;
};

/// `columns` holds places.size() columns of `rows` elements, `stride` elements apart. Column i is written to position
/// places[i] of the rows of `cols` elements at `out`.
template <std::size_t Bytes>
void transpose(const std::byte *columns, std::int64_t stride, std::span<const std::int64_t> places, std::int64_t rows,
               std::int64_t cols, std::byte *out)
{
    constexpr std::size_t together = 8; // so many lines stay in the L1 cache even if they compete for one set
    for (std::size_t first = 0; first < places.size(); first += together) {
        const std::size_t last = std::min(first + together, places.size());
        for (std::int64_t row = 0; row < rows; ++row)
            for (std::size_t i = first; i < last; ++i)
                std::memcpy(out + std::size_t(row * cols + places[i]) * Bytes,
                            columns + std::size_t(std::int64_t(i) * stride + row) * Bytes, Bytes);
    }
}

} // namespace

Status NpyRows::read(std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    const TensorInfo &tensor = m_header.tensor;
    const int elementBytes = bytesOf(tensor.dtype);
    const std::int64_t rowBytes = tensor.rawCols() * elementBytes; // no overflow: the array was checked to be in the file
    if (m_header.fortranOrder) {
        for (std::int64_t done = 0; done < rows;) {
            const std::int64_t row = row0 + done;
            if (row < m_blockRow || row >= m_blockRow + m_blockRows)
                if (Status gathered = gather(row); !gathered)
                    return gathered;
            const std::int64_t count = std::min(rows - done, m_blockRow + m_blockRows - row);
            std::memcpy(out.data() + done * rowBytes, m_block.data() + (row - m_blockRow) * rowBytes,
                        std::size_t(count * rowBytes));
            done += count;
        }
        if (m_header.bigEndian)
            swapBytes(out, elementBytes);
        return {};
    }
    return readElements(row0 * tensor.rawCols(), out);
}

Status NpyRows::readElements(std::int64_t first, std::span<std::byte> out) const
{
    const int elementBytes = bytesOf(m_header.tensor.dtype);
    if (Status read = m_readAt(m_header.dataOffset + first * elementBytes, out); !read)
        return read;
    if (m_header.bigEndian)
        swapBytes(out, elementBytes);
    return {};
}

/// Reads rows from `row0` on into the block, as many as it holds.
Status NpyRows::gather(std::int64_t row0)
{
    const TensorInfo &tensor = m_header.tensor;
    const std::int64_t bytes = bytesOf(tensor.dtype), cols = tensor.rawCols(), allRows = tensor.rawRows();
    const std::int64_t rows = std::clamp<std::int64_t>(blockBytes / (cols * bytes), 1, allRows - row0);
    m_blockRows = 0; // the block stays empty if an error occurs
    m_block.resize(std::size_t(rows * cols * bytes));
    // The gaps between the pieces of columns are read with them if that costs less than separate reads.
    constexpr std::int64_t smallGap = 4096;
    const bool gapsToo = (allRows - rows) * bytes <= smallGap;
    const std::int64_t stride = gapsToo ? allRows : rows;
    const std::int64_t together = std::clamp<std::int64_t>(readBytes / (stride * bytes), 1, cols);
    std::vector<std::byte> columns(std::size_t(together * stride * bytes));
    std::vector<std::int64_t> places;
    ColumnPlaces counter(tensor.shape);
    for (std::int64_t col = 0; col < cols; col += together) {
        const std::int64_t count = std::min(together, cols - col);
        const std::int64_t pieces = gapsToo ? 1 : count;
        const auto pieceBytes = std::size_t((gapsToo ? (count - 1) * stride + rows : rows) * bytes);
        for (std::int64_t piece = 0; piece < pieces; ++piece) {
            const std::int64_t offset = m_header.dataOffset + ((col + piece) * allRows + row0) * bytes;
            if (Status read = m_readAt(offset, std::span(columns).subspan(std::size_t(piece) * pieceBytes, pieceBytes));
                !read)
                return read;
        }
        places.clear();
        for (std::int64_t i = 0; i < count; ++i)
            places.push_back(counter.next());
        const auto move = bytes == 1 ? transpose<1> : bytes == 2 ? transpose<2> : bytes == 4 ? transpose<4> : transpose<8>;
        move(columns.data(), stride, places, rows, cols, m_block.data());
    }
    m_blockRow = row0;
    m_blockRows = rows;
    return {};
}

} // namespace nms
