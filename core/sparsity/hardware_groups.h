// SPDX-License-Identifier: Apache-2.0
// Groupings of zeros that hardware and its libraries ask for and that are no N:M with M = 4, 8, 16, 32 or 64.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nms {

/// Which hold along one direction of a matrix, groups counted from its first entry. False where it is shorter than a group.
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

/// Fed row by row, from the top. What is broken already costs nothing more, so dense weights cost one row's look.
class HardwareGroupsDetector
{
public:
    explicit HardwareGroupsDetector(std::int64_t cols);
    void addRow(std::span<const float> values);
    void nextMatrix(); // of a stack: groups along columns begin anew
    HardwareGroups alongRows() const;
    HardwareGroups alongColumns() const;

private:
    void lookAlongRow(std::span<const float> values);
    void lookAlongColumns(std::span<const float> values);

    std::int64_t m_cols = 0;
    std::int64_t m_row = 0; // of this matrix
    std::int64_t m_height = 0; // the most that a matrix had
    HardwareGroups m_along{true, true, true}; // not broken yet, along rows
    HardwareGroups m_down{true, true, true}; // along columns
    std::vector<std::uint8_t> m_sixes; // by column: non-zeros in the open group of 6
    std::vector<std::uint8_t> m_pair; // by column: non-zeros in the open pair
    std::vector<std::uint8_t> m_pairs; // by column: pairs with a non-zero in the open group of 8
};

} // namespace nms
