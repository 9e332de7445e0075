// SPDX-License-Identifier: Apache-2.0
// Every method, and every warm start, made of one level of vector instructions throughout: the same bits at each level.
#include "core/methods/factory.h"
#include "core/solver/tile_loop.h"
#include "tests/backend/test_scores.h"
#include "tests/unit/level_patterns.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace nms {

namespace {

Solution solvedAt(SimdLevel level, const Matrix<float> &score, const SolveOptions &options)
{
    Solution solution;
    solution.options = options;
    solution.grid = {score.rows(), score.cols(), options.pattern.m};
    const Status status = solveTiles(
        score.span(), [&] { return makeRunSolver(options, level); }, {}, solution);
    EXPECT_TRUE(status) << status.error().line();
    return solution;
}

void expectTheSameAtEveryLevel(const Matrix<float> &score, const SolveOptions &options)
{
    const Solution expected = solvedAt(SimdLevel::Baseline, score, options);
    for (const SimdLevel level : simdLevels()) {
        SCOPED_TRACE(nameOf(level));
        const Solution found = solvedAt(level, score, options);
        ASSERT_EQ(found.mask, expected.mask);
        for (std::size_t tile = 0; tile < found.tiles.size(); ++tile) {
            const TileResult &result = found.tiles[tile], &wanted = expected.tiles[tile];
            ASSERT_EQ(result.objective, wanted.objective) << "tile " << tile;
            ASSERT_EQ(result.upperBound, wanted.upperBound) << "tile " << tile;
            ASSERT_EQ(result.residual, wanted.residual) << "tile " << tile;
            ASSERT_EQ(result.iterations, wanted.iterations) << "tile " << tile;
            ASSERT_EQ(result.converged, wanted.converged) << "tile " << tile;
        }
    }
}

SolveOptions optionsFor(NmPattern pattern, Method method, std::optional<Method> warmStart = {})
{
    SolveOptions options;
    options.pattern = pattern;
    options.method = method;
    options.iterations = 40;
    options.threads = 1;
    options.warmStart = warmStart;
    return options;
}

class MethodLevelsTest : public testing::TestWithParam<NmPattern>
{ };

} // namespace

TEST_P(MethodLevelsTest, everyMethod)
{
    for (const test::HardScores &hard : test::hardScores())
        for (const Method method : offeredMethods())
            if (method != Method::Unstructured) {
                SCOPED_TRACE(std::string(nameOf(method)) + ", " + hard.name);
                expectTheSameAtEveryLevel(hard.make(GetParam()), optionsFor(GetParam(), method));
            }
}

TEST_P(MethodLevelsTest, everyWarmStart)
{
    const int m = GetParam().m;
    const Matrix<float> score = test::gaussianScores(2 * m + (m + 1) / 2, 3 * m + m / 2, 7);
    for (const Method method : offeredMethods())
        for (const Method start : warmStartsOf(method)) {
            SCOPED_TRACE(std::string(nameOf(method)) + " from " + std::string(nameOf(start)));
            expectTheSameAtEveryLevel(score, optionsFor(GetParam(), method, start));
        }
}

INSTANTIATE_TEST_SUITE_P(Patterns, MethodLevelsTest, testing::ValuesIn(test::levelPatterns()), test::patternName);

} // namespace nms
