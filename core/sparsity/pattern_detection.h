// SPDX-License-Identifier: Apache-2.0
// Which N:M patterns given weights already satisfy.
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/hardware_groups.h"
#include "core/sparsity/nm_pattern.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nms {

/// What holds for a matrix, or for every matrix of a stack. A pattern n:m is listed for rows when every m consecutive
/// entries of a row (from column 0, ragged rest included) have at most n non-zeros, and likewise for columns; it is
/// transposable when both hold. Only m in {4, 8, 16, 32, 64} are tried, and only where the matrix is at least m long in
/// that direction; for each m only the smallest n < m that holds is listed.
struct DetectedPatterns {
    std::int64_t elements = 0;
    std::int64_t zeros = 0;
    double sparsity = 0; // zeros / elements
    std::vector<NmPattern> alongRows;
    std::vector<NmPattern> alongColumns;
    std::vector<NmPattern> transposable; // smallest n that holds along both
    HardwareGroups rowGroups; // hardware's groupings that are not among the above, along rows
    HardwareGroups columnGroups;
};

/// "2:4 along rows"
struct PatternStatement {
    enum class Axis { Rows, Columns, Both };
    NmPattern pattern;
    Axis axis = Axis::Rows;
    std::string text() const;
};

/// What holds by design: the statements that zeros of the same number, scattered at random, would break. The one that keeps
/// least comes first; of equal ones that along both axes, then along rows, then the smallest M.
std::vector<PatternStatement> statementsOf(const DetectedPatterns &detected);

/// Takes a matrix row panel by row panel (top to bottom), so that a tensor larger than memory can be checked; a stack of
/// matrices one after the other, with nextMatrix() between them.
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
    std::int64_t m_height = 0; // the largest number of rows of any matrix
    std::int64_t m_zeros = 0;
    std::vector<int> m_rowMaximum; // by m: most non-zeros seen in one group of a row
    std::vector<int> m_columnMaximum; // by m: the same along columns, whole groups only
    std::vector<std::vector<std::uint8_t>> m_open; // by m, by column: non-zeros in the current group of m, added
                                                   // when a group of the next smaller m is complete
    std::vector<std::uint8_t> m_group; // counts of the groups of one row while it is being checked
    HardwareGroupsDetector m_hardware;
};

} // namespace nms
