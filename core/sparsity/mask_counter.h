// SPDX-License-Identifier: Apache-2.0
// What a mask must keep, and the check of that when it is handed over: to a file, a view, a comparison.
#pragma once

#include "core/base/result.h"
#include "core/sparsity/mask.h"
#include "core/sparsity/nm_pattern.h"
#include "core/sparsity/tile_grid.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nms {

/// What a method guarantees of every mask that it makes. Rows and columns of a ragged tile keep at most n.
struct MaskPromise {
    enum class Lines {
        RowsAndColumns, // of every tile: a transposable mask
        Rows, // n of every m along the rows
        Columns, // n of every m along the columns
        None, // no lines: the whole matrix keeps ⌊elements · n/m⌋
    };

    NmPattern pattern;
    Lines lines = Lines::RowsAndColumns;
    bool exactly = true; // lines of a full tile (for None, the whole matrix) keep exactly n; otherwise n or fewer
};

/// Counts the bits of a mask by popcount, row block by row block from the top, as they are written or shown: 4 ms for 8192
/// × 8192 on one core. Needs ⌈log₂(m + 1)⌉ bits of memory per column. One thread at a time.
///
///     MaskCounter counter({{8, 16}}, mask.rows(), mask.cols());
///     Status status = counter.add(mask, 0, mask.rows());
///     if (status)
///         status = counter.finish();
class MaskCounter
{
public:
    /// For rows × cols weights; their first row is row `row0` (a multiple of m) of the matrix, for the places in error
    /// messages.
    MaskCounter(const MaskPromise &promise, std::int64_t rows, std::int64_t cols, std::int64_t row0 = 0);

    /// Rows [first, first + rows) of `mask`, which has all columns, are the next ones to count. An Internal error names the
    /// tile and its first line that breaks the promise (columns are checked where their tile ends), and says that this is a
    /// bug of nmscope.
    Status add(const Mask &mask, std::int64_t first, std::int64_t rows);

    /// Call it after all rows. Internal error where rows are missing or, for Lines::None, the number kept is wrong.
    Status finish() const;

    std::int64_t kept() const { return m_kept; } // ones so far

    /// After all rows: true where every row and every column of every full tile kept exactly n (of ragged ones at most n),
    /// which may be more than was promised.
    bool transposable() const { return m_promise.lines == MaskPromise::Lines::RowsAndColumns && m_allFull; }

private:
    using Row = std::span<const std::uint64_t>;

    Status countRow(Row words);
    Status countColumns();
    Status findRow(Row words);
    bool isRaggedTileRow() const { return m_grid.rows - m_row / m_grid.m * m_grid.m < m_grid.m; }
    Status broken(const char *line, std::int64_t number, std::int64_t tileCol, int kept, bool atMost) const;

    const MaskPromise m_promise;
    const TileGrid m_grid;
    const std::int64_t m_row0;
    const int m_planes; // number of bits of a column's count
    std::int64_t m_row = 0; // the next row
    std::int64_t m_kept = 0;
    bool m_allFull = true;
    std::vector<std::uint64_t> m_counts; // bit p of column j's count is bit j of plane p: words of a row for each plane
    std::vector<std::uint64_t> m_fullTiles; // mask words of a row: 1 for columns in tiles of full width
};

/// An Internal error: the mask is not handed over, and the user is told that this is a bug of nmscope.
Unexpected<Error> refused(std::string where, const std::string &what);

} // namespace nms
