// SPDX-License-Identifier: Apache-2.0
#include "core/sparsity/line_counts.h"

#include <algorithm>
#include <bit>

namespace nms {

namespace {

std::vector<std::int64_t> withoutAny(const std::vector<std::int64_t> &counts)
{
    std::vector<std::int64_t> dead;
    for (std::size_t k = 0; k < counts.size(); ++k)
        if (counts[k] == 0)
            dead.push_back(std::int64_t(k));
    return dead;
}

} // namespace

std::vector<std::int64_t> LineCounts::deadRows() const
{
    return withoutAny(inRow);
}

std::vector<std::int64_t> LineCounts::deadColumns() const
{
    return withoutAny(inColumn);
}

void LineCounter::addRows(Span2d<const float> rows)
{
    for (std::int64_t row = 0; row < rows.rows; ++row) {
        std::int64_t inRow = 0;
        const float *values = &rows(row, 0);
        for (std::size_t col = 0; col < m_columns.size(); ++col) {
            const std::int64_t isThere = values[col] != 0;
            m_columns[col] += isThere;
            inRow += isThere;
        }
        m_counts.inRow.push_back(inRow);
    }
    m_counts.rows += rows.rows;
}

LineCounts LineCounter::finish() const
{
    LineCounts counts = m_counts;
    counts.inColumn = m_columns;
    return counts;
}

void DeadLineCounter::addRows(Span2d<const float> rows)
{
    for (std::int64_t row = 0; row < rows.rows; ++row) {
        const float *values = &rows(row, 0);
        std::uint8_t any = 0;
        for (std::size_t col = 0; col < m_hasValue.size(); ++col) {
            const std::uint8_t isThere = values[col] != 0;
            m_hasValue[col] |= isThere;
            any |= isThere;
        }
        m_deadRows += any == 0;
    }
    m_rows += rows.rows;
}

std::int64_t DeadLineCounter::deadColumns() const
{
    return m_rows > 0 ? std::count(m_hasValue.begin(), m_hasValue.end(), 0) : 0;
}

LineCounts countLines(const Mask &mask)
{
    LineCounts counts;
    counts.rows = mask.rows();
    counts.cols = mask.cols();
    counts.inColumn.resize(static_cast<std::size_t>(mask.cols()));
    for (std::int64_t row = 0; row < mask.rows(); ++row) {
        std::int64_t inRow = 0;
        std::size_t first = 0;
        for (const std::uint64_t word : mask.row64(row)) {
            inRow += std::popcount(word);
            for (std::uint64_t bits = word; bits; bits &= bits - 1)
                ++counts.inColumn[first + std::size_t(std::countr_zero(bits))];
            first += 64;
        }
        counts.inRow.push_back(inRow);
    }
    return counts;
}

} // namespace nms
