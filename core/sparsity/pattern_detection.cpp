// SPDX-License-Identifier: Apache-2.0
#include "core/sparsity/pattern_detection.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nms {

namespace {

// Each size is twice the previous one, so that the count of a group is the sum of two smaller groups'.
constexpr std::array<int, 5> sizes = {4, 8, 16, 32, 64};

/// How many of m entries are non-zero, each by chance alone: more than n of them in a share of the groups.
double shareAbove(NmPattern pattern, double density)
{
    if (density <= 0 || density >= 1)
        return density <= 0 ? 0 : 1;
    double share = 0;
    for (int k = pattern.n + 1; k <= pattern.m; ++k)
        share += std::exp(std::lgamma(pattern.m + 1) - std::lgamma(k + 1) - std::lgamma(pattern.m - k + 1) +
                          k * std::log(density) + (pattern.m - k) * std::log1p(-density));
    return share;
}

/// True where so many zeros in random places would break the pattern in at least a few groups.
bool isByDesign(const DetectedPatterns &detected, NmPattern pattern)
{
    constexpr double few = 3; // none at all then has a chance of e⁻³
    return double(detected.elements) / pattern.m * shareAbove(pattern, 1 - detected.sparsity) >= few;
}

} // namespace

std::string PatternStatement::text() const
{
    static constexpr std::array words{" along rows", " along columns", " along both"};
    return pattern.text() + words[std::size_t(axis)];
}

std::vector<PatternStatement> statementsOf(const DetectedPatterns &detected)
{
    using Axis = PatternStatement::Axis;
    std::vector<PatternStatement> statements;
    for (const auto &[patterns, axis] : {std::pair{&detected.transposable, Axis::Both},
                                         {&detected.alongRows, Axis::Rows},
                                         {&detected.alongColumns, Axis::Columns}})
        for (const NmPattern pattern : *patterns)
            if (isByDesign(detected, pattern))
                statements.push_back({pattern, axis});
    std::stable_sort(statements.begin(), statements.end(), [](const PatternStatement &a, const PatternStatement &b) {
        return a.pattern.keptFraction() < b.pattern.keptFraction();
    });
    return statements;
}

PatternDetector::PatternDetector(std::int64_t cols)
    : m_cols(cols), m_rowMaximum(sizes.size()), m_columnMaximum(sizes.size()),
      m_open(sizes.size(), std::vector<std::uint8_t>(std::size_t(cols))), m_group(std::size_t((cols + 3) / 4)),
      m_hardware(cols)
{ }

void PatternDetector::addRows(Span2d<const float> rows)
{
    const std::size_t cols = std::size_t(m_cols);
    for (std::int64_t row = 0; row < rows.rows; ++row) {
        const std::span<const float> values = rows.row(row);

        m_hardware.addRow(values);
        std::fill(m_group.begin(), m_group.end(), std::uint8_t(0));
        for (std::size_t col = 0; col < cols; ++col) {
            const std::uint8_t nonZero = values[col] != 0.0F; // NaN counts as a non-zero
            m_group[col / 4] = std::uint8_t(m_group[col / 4] + nonZero);
            m_open[0][col] = std::uint8_t(m_open[0][col] + nonZero);
        }
        std::size_t groups = m_group.size();
        for (std::size_t size = 0; size < sizes.size(); ++size) {
            for (std::size_t group = 0; group < groups; ++group) {
                m_rowMaximum[size] = std::max<int>(m_rowMaximum[size], m_group[group]);
                m_zeros -= size == 0 ? m_group[group] : 0;
            }
            const std::size_t halved = (groups + 1) / 2;
            for (std::size_t group = 0; group < halved; ++group)
                m_group[group] = std::uint8_t(m_group[2 * group] + (2 * group + 1 < groups ? m_group[2 * group + 1] : 0));
            groups = halved;
        }
        m_zeros += m_cols;
        ++m_rows;
        m_height = std::max(m_height, ++m_row);

        for (std::size_t size = 0; size < sizes.size() && m_row % sizes[size] == 0; ++size) {
            for (std::size_t col = 0; col < cols; ++col) {
                m_columnMaximum[size] = std::max<int>(m_columnMaximum[size], m_open[size][col]);
                if (size + 1 < sizes.size())
                    m_open[size + 1][col] = std::uint8_t(m_open[size + 1][col] + m_open[size][col]);
                m_open[size][col] = 0;
            }
        }
    }
}

void PatternDetector::nextMatrix()
{
    std::vector<int> rest(m_open[0].size()); // by column: non-zeros after the last complete group of this size
    for (std::size_t size = 0; size < sizes.size(); ++size) {
        for (std::size_t col = 0; col < rest.size(); ++col) {
            rest[col] += m_open[size][col];
            m_columnMaximum[size] = std::max(m_columnMaximum[size], rest[col]);
        }
        std::fill(m_open[size].begin(), m_open[size].end(), std::uint8_t(0));
    }
    m_row = 0;
    m_hardware.nextMatrix();
}

DetectedPatterns PatternDetector::finish() const
{
    if (m_row > 0) {
        PatternDetector ended = *this;
        ended.nextMatrix();
        return ended.finish();
    }
    DetectedPatterns found;
    found.zeros = m_zeros;
    const std::int64_t elements = found.elements = m_rows * m_cols;
    found.sparsity = elements > 0 ? double(m_zeros) / double(elements) : 0;
    found.rowGroups = m_hardware.alongRows();
    found.columnGroups = m_hardware.alongColumns();
    for (std::size_t size = 0; size < sizes.size(); ++size) {
        const int m = sizes[size];
        const int alongRow = std::max(1, m_rowMaximum[size]), alongColumn = std::max(1, m_columnMaximum[size]);
        const bool rowsHold = m_cols >= m && alongRow < m, columnsHold = m_height >= m && alongColumn < m;
        if (rowsHold)
            found.alongRows.push_back({alongRow, m});
        if (columnsHold)
            found.alongColumns.push_back({alongColumn, m});
        if (rowsHold && columnsHold)
            found.transposable.push_back({std::max(alongRow, alongColumn), m});
    }
    return found;
}

} // namespace nms
