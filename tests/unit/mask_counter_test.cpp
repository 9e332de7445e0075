// SPDX-License-Identifier: Apache-2.0
// The count of a mask at the moment it is handed over, against a count cell by cell; and that it bites.
#include "core/solver/cpu_backend.h"
#include "core/solver/hand_over.h"
#include "core/sparsity/mask_counter.h"
#include "tests/backend/test_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace nms {
namespace {

using Lines = MaskPromise::Lines;
using test::Random;
using testing::HasSubstr;

Status count(const Mask &mask, const MaskPromise &promise, std::int64_t blockRows, bool *transposable = nullptr)
{
    MaskCounter counter(promise, mask.rows(), mask.cols());
    for (std::int64_t row = 0; row < mask.rows(); row += blockRows)
        if (Status counted = counter.add(mask, row, std::min(blockRows, mask.rows() - row)); !counted)
            return counted;
    if (transposable != nullptr)
        *transposable = counter.transposable();
    EXPECT_EQ(counter.kept(), mask.kept());
    return counter.finish();
}

/// What the promise says, cell by cell.
bool holds(const Mask &mask, const MaskPromise &promise)
{
    const int n = promise.pattern.n, m = promise.pattern.m;
    if (promise.lines == Lines::None)
        return mask.kept() == mask.rows() * mask.cols() * n / m;
    bool right = true;
    for (std::int64_t row0 = 0; row0 < mask.rows(); row0 += m)
        for (std::int64_t col0 = 0; col0 < mask.cols(); col0 += m) {
            const std::int64_t rows = std::min<std::int64_t>(m, mask.rows() - row0),
                               cols = std::min<std::int64_t>(m, mask.cols() - col0);
            const bool both = promise.lines == Lines::RowsAndColumns;
            const auto judge = [&](int kept, bool full) {
                right = right && kept <= n && (kept == n || !full || !promise.exactly);
            };
            for (std::int64_t i = 0; i < rows && promise.lines != Lines::Columns; ++i) {
                int kept = 0;
                for (std::int64_t j = 0; j < cols; ++j)
                    kept += mask.at(row0 + i, col0 + j);
                judge(kept, cols == m && (rows == m || !both));
            }
            for (std::int64_t j = 0; j < cols && promise.lines != Lines::Rows; ++j) {
                int kept = 0;
                for (std::int64_t i = 0; i < rows; ++i)
                    kept += mask.at(row0 + i, col0 + j);
                judge(kept, rows == m && (cols == m || !both));
            }
        }
    return right;
}

Mask band(std::int64_t rows, std::int64_t cols, NmPattern pattern, Random &random)
{
    Mask mask(rows, cols);
    const int m = pattern.m;
    for (std::int64_t row0 = 0; row0 < rows; row0 += m)
        for (std::int64_t col0 = 0; col0 < cols; col0 += m) {
            const std::int64_t shift = std::int64_t(random.bits() % std::uint64_t(m));
            for (std::int64_t row = row0; row < std::min(rows, row0 + m); ++row)
                for (std::int64_t col = col0; col < std::min(cols, col0 + m); ++col)
                    mask.set(row, col, (col - col0 + m - (row - row0) + shift) % m < pattern.n);
        }
    return mask;
}

Solution solved(const Matrix<float> &score, NmPattern pattern, Method method)
{
    SolveOptions options;
    options.pattern = pattern;
    options.method = method;
    options.iterations = 20;
    Result<Solution> solution = makeCpuBackend()->solve(score.span(), options, {});
    EXPECT_TRUE(solution) << solution.error().line();
    return solution ? *std::move(solution) : Solution();
}

} // namespace

TEST(MaskCounterTest, countsAsCellByCell)
{
    Random random(5);
    int refused = 0;
    for (const int m : {1, 2, 3, 4, 5, 8, 9, 12, 16, 24, 32, 48, 63, 64})
        for (const int n : {1, (m + 1) / 2, m})
            for (const std::int64_t cols :
                 {std::int64_t(m), std::int64_t(2 * m + 1), std::int64_t(64), std::int64_t(128), std::int64_t(191)})
                for (const std::int64_t rows : {std::int64_t(m), std::int64_t(m + 1), std::int64_t(2 * m)})
                    for (const MaskPromise &promise :
                         {MaskPromise{{n, m}}, MaskPromise{{n, m}, Lines::RowsAndColumns, false},
                          MaskPromise{{n, m}, Lines::Rows}, MaskPromise{{n, m}, Lines::Columns},
                          MaskPromise{{n, m}, Lines::None}}) {
                        Mask mask = band(rows, cols, promise.pattern, random);
                        for (int flips = 0; flips < 3; ++flips) { // as it is, then one entry wrong, then two
                            const std::int64_t blockRows = 1 + std::int64_t(random.bits() % std::uint64_t(rows));
                            bool transposable = false;
                            const bool right = holds(mask, promise);
                            const Status counted = count(mask, promise, blockRows, &transposable);
                            ASSERT_EQ(bool(counted), right)
                                << promise.pattern.text() << " " << rows << " x " << cols << " lines " << int(promise.lines);
                            refused += !right;
                            if (right && promise.lines == Lines::RowsAndColumns) {
                                EXPECT_EQ(transposable, holds(mask, {promise.pattern}));
                            }
                            const std::int64_t row = std::int64_t(random.bits() % std::uint64_t(rows)),
                                               col = std::int64_t(random.bits() % std::uint64_t(cols));
                            mask.set(row, col, !mask.at(row, col));
                        }
                    }
    EXPECT_GT(refused, 1000);
}

TEST(MaskCounterTest, namesTheTileAndTheLine)
{
    Random random(3);
    Mask mask = band(64, 100, {4, 8}, random);
    mask.set(43, 77, !mask.at(43, 77));
    const Status counted = count(mask, {{4, 8}}, 7);
    ASSERT_FALSE(counted);
    EXPECT_EQ(counted.error().kind, ErrorKind::Internal);
    EXPECT_THAT(counted.error().line(), HasSubstr("tile (5, 9)"));
    EXPECT_THAT(counted.error().line(),
                HasSubstr(mask.at(43, 77) ? "row 43 keeps 5, must keep 4" : "row 43 keeps 3, must keep 4"));
    EXPECT_THAT(counted.error().line(), HasSubstr("a fault of nmscope"));

    MaskCounter further({{4, 8}}, 16, 100, 160); // a part of the matrix that begins at row 160
    Mask part = band(16, 100, {4, 8}, random);
    part.set(9, 3, true);
    part.set(9, 4, true);
    part.set(9, 5, true);
    for (int j = 0; j < 8; ++j)
        part.set(9, j, true);
    const Status refused = further.add(part, 0, 16);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().line(), HasSubstr("tile (21, 0): "));
    EXPECT_THAT(refused.error().line(), HasSubstr("row 169 keeps 8"));
}

TEST(MaskCounterTest, bitsBehindTheLastColumnAndMissingRowsAreRefused)
{
    Random random(3);
    Mask mask = band(8, 20, {4, 8}, random);
    MaskCounter early({{4, 8}}, 9, 20);
    EXPECT_TRUE(early.add(mask, 0, 8));
    EXPECT_FALSE(early.finish());
    mask.row64(6)[0] |= std::uint64_t(1) << 20;
    MaskCounter counter({{4, 8}}, 8, 20);
    const Status counted = counter.add(mask, 0, 8);
    ASSERT_FALSE(counted);
    EXPECT_THAT(counted.error().line(), HasSubstr("row 6"));
}

TEST(HandOverTest, acceptsWhatEveryMethodMakes)
{
    for (const Method method : offeredMethods())
        for (const NmPattern pattern : {NmPattern{1, 1}, NmPattern{2, 4}, NmPattern{3, 7}, NmPattern{4, 8}, NmPattern{8, 16},
                                        NmPattern{20, 48}, NmPattern{64, 64}}) {
            Matrix<float> score = test::gaussianScores(131, 197, 9);
            for (std::int64_t row = 0; row < 70; ++row)
                for (std::int64_t col = 0; col < 100; ++col)
                    score(row, col) = col < 50 ? 0 : float(col % 3);
            score(130, 196) = 1e-42F; // denormal
            const Solution solution = solved(score, pattern, method);
            const Status checked = checkSolution(solution, score.span());
            EXPECT_TRUE(checked) << nameOf(method) << " " << pattern.text() << ": " << checked.error().line();
        }
}

TEST(HandOverTest, refusesAWrongMaskAndWrongFigures)
{
    for (const Method method : offeredMethods())
        for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{3, 7}, NmPattern{8, 16}}) {
            if (method == Method::BiNm && pattern.m == 7)
                continue; // one entry more may still be at most N
            const Matrix<float> score = test::gaussianScores(112, 224, 9);
            const Solution right = solved(score, pattern, method);
            ASSERT_TRUE(checkSolution(right, score.span()));

            Solution wrong = right;
            for (std::int64_t col = 100; wrong.mask == right.mask; ++col)
                if (!right.mask.at(50, col))
                    wrong.mask.set(50, col, true);
            if (method != Method::BiNm) {
                const Status counted = checkCounts(wrong);
                ASSERT_FALSE(counted) << nameOf(method) << " " << pattern.text();
                EXPECT_EQ(counted.error().kind, ErrorKind::Internal);
            }
            EXPECT_FALSE(checkSolution(wrong, score.span())) << nameOf(method) << " " << pattern.text();

            wrong = right;
            const std::int64_t tile = right.grid.index(3, 2);
            wrong.tiles[std::size_t(tile)].objective *= 1.001;
            const Status summed = checkSolution(wrong, score.span());
            ASSERT_FALSE(summed) << nameOf(method);
            EXPECT_THAT(summed.error().line(), HasSubstr("tile (3, 2)"));
            EXPECT_THAT(summed.error().line(), HasSubstr("a fault of nmscope"));
        }
}

} // namespace nms
