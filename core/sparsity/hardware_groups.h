// SPDX-License-Identifier: Apache-2.0
// Groupings of zeros that hardware and its libraries require and that are not N:M with M = 4, 8, 16, 32 or 64.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nms {

/// Which groupings hold along one direction of a matrix, groups counted from its first entry. False where the matrix is
/// shorter than a group.
struct HardwareGroups {
    bool oneOfTwo = false; // 1:2
    bool fourOfSix = false; // 4:6
    bool pairedFourOfEight = false; // of every 8 at most 4, in aligned pairs: at most 2 of the 4 pairs have a non-zero

    /// What holds for both, as for two matrices of one stack.
    friend HardwareGroups operator&(const HardwareGroups &a, const HardwareGroups &b)
    {
        return {a.oneOfTwo && b.oneOfTwo, a.fourOfSix && b.fourOfSix, a.pairedFourOfEight && b.pairedFourOfEight};
    }
    friend bool operator==(const HardwareGroups &, const HardwareGroups &) = default;
};

/// Takes a matrix row by row, from the top. A grouping already violated is not checked further, so dense weights cost
/// little more than one row.
class HardwareGroupsDetector
{
public:
    explicit HardwareGroupsDetector(std::int64_t cols);
    void addRow(std::span<const float> values);
    void nextMatrix(); // of a stack: groups along columns start again
    HardwareGroups alongRows() const;
    HardwareGroups alongColumns() const;

private:
    void checkAlongRow(std::span<const float> values);
    void checkAlongColumns(std::span<const float> values);

    std::int64_t m_cols = 0;
    std::int64_t m_row = 0; // of this matrix
    std::int64_t m_height = 0; // the largest number of rows of any matrix
    HardwareGroups m_along{true, true, true}; // not violated yet, along rows
    HardwareGroups m_down{true, true, true}; // along columns
    std::vector<std::uint8_t> m_sixes; // by column: non-zeros in the open group of 6
    std::vector<std::uint8_t> m_pair; // by column: non-zeros in the open pair
    std::vector<std::uint8_t> m_pairs; // by column: pairs with a non-zero in the open group of 8
};

} // namespace nms
