// SPDX-License-Identifier: Apache-2.0
// Rows of a NumPy array, in either order. Private to core/io.
#pragma once

#include "core/io/npy/header.h"

#include <vector>

namespace nms {

/// One array, read by rows. In C order they are read where they lie. In Fortran order columns lie together, so blocks of
/// rows are gathered from all columns (64 MiB, or one row where that is more) and kept for the rows that are asked for next.
class NpyRows
{
public:
    NpyRows(NpyHeader header, ReadAt readAt) : m_header(std::move(header)), m_readAt(std::move(readAt)) { }

    /// Raw little-endian rows [row0, row0 + rows) as TensorInfo::rawRows counts them; the range is checked, `out` has the
    /// exact size and is not empty. Errors of `readAt`; throws std::bad_alloc.
    Status read(std::int64_t row0, std::int64_t rows, std::span<std::byte> out);

private:
    Status gather(std::int64_t row0);

    NpyHeader m_header;
    ReadAt m_readAt;
    std::vector<std::byte> m_block; // rows from m_blockRow on, in C order
    std::int64_t m_blockRow = 0;
    std::int64_t m_blockRows = 0;
};

} // namespace nms
