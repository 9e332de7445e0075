// SPDX-License-Identifier: Apache-2.0
// Which N:M patterns do given weights already obey?
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/hardware_groups.h"
#include "core/sparsity/nm_pattern.h"

#include <cstdint>
#include <vector>

namespace nms {

/// What holds for a matrix, or for every one of a stack. A pattern n:m is listed for rows when every m consecutive entries
/// of a row (from column 0, ragged rest included) have at most n non-zeros, and likewise for columns; it is transposable
/// when both hold. Only m in {4, 8, 16, 32, 64} are tried where the matrix is at least m long in that direction, and of each
/// m only the smallest n < m that holds.
struct DetectedPatterns {
    std::int64_t zeros = 0;
    double sparsity = 0; // zeros / elements
    std::vector<NmPattern> alongRows;
    std::vector<NmPattern> alongColumns;
    std::vector<NmPattern> transposable; // smallest n that holds along both
    HardwareGroups rowGroups; // groupings of hardware that are not among the above, along rows
    HardwareGroups columnGroups;
};

/// Fed row panel by row panel (top to bottom), so that a tensor larger than memory can be looked at; a stack of matrices one
/// after the other, with nextMatrix() between them.
class PatternDetector
{
public:
    explicit PatternDetector(std::int64_t cols);
    void addRows(Span2d<const float> rows);
    void nextMatrix(); // groups along columns end here
    DetectedPatterns finish() const;

private:
    std::int64_t m_cols = 0;
    std::int64_t m_rows = 0; // of all matrices
    std::int64_t m_row = 0; // of this one
    std::int64_t m_height = 0; // the most that a matrix had
    std::int64_t m_zeros = 0;
    std::vector<int> m_rowMaximum; // by m: most non-zeros seen in one group of a row
    std::vector<int> m_columnMaximum; // by m: the same along columns, whole groups only
    std::vector<std::vector<std::uint8_t>> m_open; // by m: non-zeros in each column's current group, a closed group of
                                                   // the next smaller m at a time
    std::vector<std::uint8_t> m_group; // one row's groups, while it is being looked at
    HardwareGroupsDetector m_hardware;
};

} // namespace nms
