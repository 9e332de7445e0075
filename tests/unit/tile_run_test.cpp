// SPDX-License-Identifier: Apache-2.0
// A matrix is solved in runs of tiles. What comes out is what each tile gives by itself.
#include "core/solver/cpu_backend.h"
#include "core/tile/tile_run.h"
#include "tests/backend/test_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace nms {

using test::gaussianScores;
using testing::HasSubstr;

namespace {

Solution solved(Span2d<const float> score, NmPattern pattern, Method method, int threads = 1)
{
    SolveOptions options;
    options.pattern = pattern;
    options.method = method;
    options.threads = threads;
    Result<Solution> solution = makeCpuBackend()->solve(score, options, {});
    EXPECT_TRUE(solution) << solution.error().line();
    return solution ? *std::move(solution) : Solution();
}

class TileRunTest : public testing::TestWithParam<NmPattern>
{ };

} // namespace

TEST_P(TileRunTest, equalsTilesSolvedAlone)
{
    const NmPattern pattern = GetParam();
    const int m = pattern.m;
    const std::int64_t rows = m + (m + 1) / 2, cols = 2 * m * TileRun::tilesPerWords(m) + m + (m + 1) / 2;
    const Matrix<float> score = gaussianScores(rows, cols, std::uint64_t(m));
    for (const Method method : {Method::Exact, Method::GreedySwap})
        for (const int threads : {1, 3}) {
            const Solution whole = solved(score.span(), pattern, method, threads);
            ASSERT_EQ(std::int64_t(whole.tiles.size()), whole.grid.count());
            for (std::int64_t tile = 0; tile < whole.grid.count(); ++tile) {
                const std::int64_t row0 = whole.grid.rowOf(tile) * m, col0 = whole.grid.colOf(tile) * m;
                const Solution alone = solved(
                    score.span().block(row0, col0, whole.grid.realRows(tile), whole.grid.realCols(tile)), pattern, method);
                for (int i = 0; i < whole.grid.realRows(tile); ++i)
                    for (int j = 0; j < whole.grid.realCols(tile); ++j)
                        ASSERT_EQ(whole.mask.at(row0 + i, col0 + j), alone.mask.at(i, j)) << "tile " << tile;
                const TileResult &result = whole.tiles[std::size_t(tile)], &expected = alone.tiles.front();
                ASSERT_EQ(result.objective, expected.objective);
                ASSERT_EQ(result.upperBound, expected.upperBound);
                ASSERT_EQ(result.residual, expected.residual);
                ASSERT_EQ(result.iterations, expected.iterations);
                ASSERT_EQ(result.converged, expected.converged);
            }
            for (std::int64_t row = 0; row < rows; ++row) // behind the last column
                EXPECT_EQ(whole.mask.row64(row).back() >> (cols % 64), 0U);
        }
}

INSTANTIATE_TEST_SUITE_P(Patterns, TileRunTest,
                         testing::Values(NmPattern{1, 1}, NmPattern{1, 3}, NmPattern{2, 4}, NmPattern{3, 6}, NmPattern{4, 8},
                                         NmPattern{8, 16}, NmPattern{9, 20}, NmPattern{20, 48}, NmPattern{31, 63},
                                         NmPattern{32, 64}),
                         [](const auto &test) {
                             return "keep" + std::to_string(test.param.n) + "of" + std::to_string(test.param.m);
                         });

TEST(TileRunErrorTest, namesTheFirstInvalidTile)
{
    constexpr float invalid[] = {-1, std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                                 std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN()};
    for (const int m : {3, 4, 8, 16})
        for (const float wrong : invalid)
            for (const int threads : {1, 4}) {
                Matrix<float> score = gaussianScores(2 * m, 6000, 3);
                score(m, 5500) = score(m + m - 1, 5200) = score(2 * m - 1, 5999) = wrong;
                SolveOptions options;
                options.pattern = {1, m};
                options.threads = threads;
                const Result<Solution> refused = makeCpuBackend()->solve(score.span(), options, {});
                ASSERT_FALSE(refused);
                EXPECT_EQ(refused.error().kind, ErrorKind::Input);
                EXPECT_THAT(refused.error().line(), HasSubstr("tile (1, " + std::to_string(5200 / m) + ")"));
            }
}

TEST(TileRunErrorTest, aNegativeZeroIsZero)
{
    Matrix<float> score = gaussianScores(16, 512, 3);
    for (std::int64_t k = 0; k < score.size(); k += 5)
        score.data()[k] = 0;
    for (const NmPattern pattern : {NmPattern{1, 3}, NmPattern{2, 4}, NmPattern{4, 8}, NmPattern{8, 16}}) {
        const Solution zero = solved(score.span(), pattern, Method::Exact);
        Matrix<float> negative = score;
        for (std::int64_t k = 0; k < score.size(); k += 5)
            negative.data()[k] = -0.0F;
        EXPECT_EQ(solved(negative.span(), pattern, Method::Exact).mask, zero.mask);
    }
}

} // namespace nms
