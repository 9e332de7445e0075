// SPDX-License-Identifier: Apache-2.0
// Non-zeros of every row and column of a matrix, and what follows from them: density, dead rows and columns.
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/mask.h"

#include <cstdint>
#include <vector>

namespace nms {

struct LineCounts {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::vector<std::int64_t> inRow; // non-zeros (NaN is one) of every row; of a mask, kept entries
    std::vector<std::int64_t> inColumn;

    /// Share of non-zeros, 0 to 1.
    double densityOfRow(std::int64_t row) const { return double(inRow[std::size_t(row)]) / double(cols); }
    double densityOfColumn(std::int64_t col) const { return double(inColumn[std::size_t(col)]) / double(rows); }
    /// Indices of those without any non-zero, ascending.
    std::vector<std::int64_t> deadRows() const;
    std::vector<std::int64_t> deadColumns() const;
};

/// Takes a matrix row panel by row panel, so that a tensor larger than memory can be counted; of a stack of matrices, all
/// of them below each other. One thread at a time.
class LineCounter
{
public:
    explicit LineCounter(std::int64_t cols) : m_columns(static_cast<std::size_t>(cols)) { m_counts.cols = cols; }

    void addRows(Span2d<const float> rows);
    LineCounts finish() const;

private:
    LineCounts m_counts;
    std::vector<std::int64_t> m_columns;
};

LineCounts countLines(const Mask &mask);

/// Counts rows and columns without any non-zero, in memory for the columns alone: for tensors of any number of rows. Of a
/// stack of matrices, a column is one of all of them below each other. One thread at a time.
class DeadLineCounter
{
public:
    explicit DeadLineCounter(std::int64_t cols) : m_hasValue(static_cast<std::size_t>(cols)) { }

    void addRows(Span2d<const float> rows);
    std::int64_t deadRows() const { return m_deadRows; }
    std::int64_t deadColumns() const; // 0 before the first row

private:
    std::vector<std::uint8_t> m_hasValue; // by column: 1 if it has a non-zero
    std::int64_t m_rows = 0;
    std::int64_t m_deadRows = 0;
};

} // namespace nms
