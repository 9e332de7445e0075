// SPDX-License-Identifier: Apache-2.0
#include "core/sparsity/line_counts.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace nms {

namespace {

/// Mostly zeros; one row and one column of zeros alone, a NaN, a −0.
Matrix<float> sparse(std::int64_t rows, std::int64_t cols, unsigned seed)
{
    std::mt19937 random(seed);
    Matrix<float> weights(rows, cols);
    for (std::int64_t k = 0; k < weights.size(); ++k)
        weights.data()[k] = random() % 3 ? 0.F : float(random() % 100) - 50;
    for (std::int64_t col = 0; col < cols; ++col)
        weights(rows / 2, col) = -0.F;
    for (std::int64_t row = 0; row < rows; ++row)
        weights(row, cols / 3) = 0;
    if (rows > 1 && cols > 1)
        weights(0, cols - 1) = std::numeric_limits<float>::quiet_NaN();
    return weights;
}

void expectPlain(const LineCounts &counts, std::int64_t rows, std::int64_t cols, const auto &isThere)
{
    ASSERT_EQ(counts.rows, rows);
    ASSERT_EQ(counts.cols, cols);
    ASSERT_EQ(std::int64_t(counts.inRow.size()), rows);
    ASSERT_EQ(std::int64_t(counts.inColumn.size()), cols);
    std::vector<std::int64_t> deadRows, deadColumns;
    for (std::int64_t row = 0; row < rows; ++row) {
        std::int64_t inRow = 0;
        for (std::int64_t col = 0; col < cols; ++col)
            inRow += isThere(row, col);
        EXPECT_EQ(counts.inRow[std::size_t(row)], inRow);
        EXPECT_DOUBLE_EQ(counts.densityOfRow(row), double(inRow) / double(cols));
        if (inRow == 0)
            deadRows.push_back(row);
    }
    for (std::int64_t col = 0; col < cols; ++col) {
        std::int64_t inColumn = 0;
        for (std::int64_t row = 0; row < rows; ++row)
            inColumn += isThere(row, col);
        EXPECT_EQ(counts.inColumn[std::size_t(col)], inColumn);
        EXPECT_DOUBLE_EQ(counts.densityOfColumn(col), double(inColumn) / double(rows));
        if (inColumn == 0)
            deadColumns.push_back(col);
    }
    EXPECT_EQ(counts.deadRows(), deadRows);
    EXPECT_EQ(counts.deadColumns(), deadColumns);
}

TEST(LineCounts, AreThePlainOnesAtAwkwardSizesAndInAnyPanels)
{
    for (const auto &[rows, cols] :
         {std::pair<std::int64_t, std::int64_t>{1, 1}, {1, 63}, {64, 1}, {17, 65}, {63, 64}, {31, 127}, {129, 33}})
        for (const std::int64_t panel : {std::int64_t(1), std::int64_t(7), rows}) {
            const Matrix<float> weights = sparse(rows, cols, unsigned(rows + cols));
            LineCounter counter(cols);
            for (std::int64_t row = 0; row < rows; row += panel)
                counter.addRows(weights.span().block(row, 0, std::min(panel, rows - row), cols));
            const LineCounts counts = counter.finish();
            expectPlain(counts, rows, cols, [&](std::int64_t row, std::int64_t col) { return weights(row, col) != 0; });
            DeadLineCounter dead(cols);
            EXPECT_EQ(dead.deadColumns(), 0);
            for (std::int64_t row = 0; row < rows; row += panel)
                dead.addRows(weights.span().block(row, 0, std::min(panel, rows - row), cols));
            EXPECT_EQ(dead.deadRows(), std::int64_t(counts.deadRows().size()));
            EXPECT_EQ(dead.deadColumns(), std::int64_t(counts.deadColumns().size()));
            EXPECT_FALSE(counts.deadRows().empty());
            EXPECT_FALSE(counts.deadColumns().empty());
        }
}

TEST(LineCounts, OfMasksToo)
{
    for (const auto &[rows, cols] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {3, 64}, {17, 65}, {64, 127}, {5, 200}}) {
        std::mt19937 random(unsigned(rows * cols));
        Mask mask(rows, cols);
        for (std::int64_t row = 0; row < rows; ++row)
            for (std::int64_t col = 0; col < cols; ++col)
                mask.set(row, col, row != rows / 2 && random() % 2);
        expectPlain(countLines(mask), rows, cols, [&](std::int64_t row, std::int64_t col) { return mask.at(row, col); });
    }
}

} // namespace

} // namespace nms
