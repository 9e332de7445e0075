// SPDX-License-Identifier: Apache-2.0
// Rows of a NumPy array in C or Fortran order. Private to core/io.
#pragma once

#include "core/io/npy/header.h"

#include <vector>

namespace nms {

/// Reads one array by rows. In C order they are read directly. In Fortran order columns are contiguous, so blocks of rows
/// (64 MiB, or one row if that is larger) are gathered from all columns and kept for the next reads.
class NpyRows
{
public:
    NpyRows(NpyHeader header, ReadAt readAt) : m_header(std::move(header)), m_readAt(std::move(readAt)) { }

    /// Raw little-endian rows [row0, row0 + rows) as TensorInfo::rawRows counts them; the range has been checked, `out` has
    /// the exact size and is not empty. Errors of `readAt`; throws std::bad_alloc.
    Status read(std::int64_t row0, std::int64_t rows, std::span<std::byte> out);

    /// Elements in the file's order, from number `first` on. Requires C order; any thread.
    Status readElements(std::int64_t first, std::span<std::byte> out) const;
    bool isFortranOrder() const { return m_header.fortranOrder; }

private:
    Status gather(std::int64_t row0);

    NpyHeader m_header;
    ReadAt m_readAt;
    std::vector<std::byte> m_block; // rows from m_blockRow on, in C order
    std::int64_t m_blockRow = 0;
    std::int64_t m_blockRows = 0;
};

} // namespace nms
