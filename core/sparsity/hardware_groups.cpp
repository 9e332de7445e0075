// SPDX-License-Identifier: Apache-2.0
#include "core/sparsity/hardware_groups.h"

#include <algorithm>

namespace nms {

HardwareGroupsDetector::HardwareGroupsDetector(std::int64_t cols)
    : m_cols(cols), m_sixes(std::size_t(cols)), m_pair(std::size_t(cols)), m_pairs(std::size_t(cols))
{ }

void HardwareGroupsDetector::addRow(std::span<const float> values)
{
    if (m_along != HardwareGroups())
        checkAlongRow(values);
    if (m_down != HardwareGroups())
        checkAlongColumns(values);
    m_height = std::max(m_height, ++m_row);
}

void HardwareGroupsDetector::nextMatrix()
{
    m_row = 0;
}

void HardwareGroupsDetector::checkAlongRow(std::span<const float> values)
{
    const std::size_t cols = values.size();
    const auto nonZeros = [&](std::size_t begin, std::size_t end) {
        int count = 0;
        for (std::size_t col = begin; col < std::min(end, cols); ++col)
            count += values[col] != 0.0F; // NaN counts as a non-zero
        return count;
    };
    for (std::size_t group = 0; group < cols && m_along.fourOfSix; group += 6)
        m_along.fourOfSix = nonZeros(group, group + 6) <= 4;
    for (std::size_t group = 0; group < cols && (m_along.oneOfTwo || m_along.pairedFourOfEight); group += 8) {
        int pairs = 0;
        for (std::size_t pair = group; pair < group + 8; pair += 2) {
            const int count = nonZeros(pair, pair + 2);
            pairs += count > 0;
            m_along.oneOfTwo = m_along.oneOfTwo && count <= 1;
        }
        m_along.pairedFourOfEight = m_along.pairedFourOfEight && pairs <= 2;
    }
}

void HardwareGroupsDetector::checkAlongColumns(std::span<const float> values)
{
    if (m_row % 6 == 0)
        std::fill(m_sixes.begin(), m_sixes.end(), std::uint8_t(0));
    if (m_row % 8 == 0)
        std::fill(m_pairs.begin(), m_pairs.end(), std::uint8_t(0));
    if (m_row % 2 == 0)
        std::fill(m_pair.begin(), m_pair.end(), std::uint8_t(0));
    bool sixes = true, single = true, paired = true;
    for (std::size_t col = 0; col < values.size(); ++col) {
        const std::uint8_t nonZero = values[col] != 0.0F;
        m_sixes[col] = std::uint8_t(m_sixes[col] + nonZero);
        m_pairs[col] = std::uint8_t(m_pairs[col] + (nonZero & (m_pair[col] == 0)));
        m_pair[col] = std::uint8_t(m_pair[col] + nonZero);
        sixes &= m_sixes[col] <= 4;
        single &= m_pair[col] <= 1;
        paired &= m_pairs[col] <= 2;
    }
    m_down = m_down & HardwareGroups{single, sixes, paired};
}

HardwareGroups HardwareGroupsDetector::alongRows() const
{
    return m_along & HardwareGroups{m_cols >= 2, m_cols >= 6, m_cols >= 8};
}

HardwareGroups HardwareGroupsDetector::alongColumns() const
{
    return m_down & HardwareGroups{m_height >= 2, m_height >= 6, m_height >= 8};
}

} // namespace nms
