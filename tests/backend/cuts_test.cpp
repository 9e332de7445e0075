// SPDX-License-Identifier: Apache-2.0
// Every way in which the CPU, and the CUDA routines on host lanes, divide a matrix.
#include "core/methods/factory.h"
#include "core/methods/selection/unstructured.h"
#include "core/solver/cpu_backend.h"
#include "core/solver/solve.h"
#include "core/solver/tile_loop.h"
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "tests/backend/cut_cases.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nms::test {
namespace {

Result<Solution> solveInBlocks(Span2d<const float> weights, const SolveOptions &options, std::int64_t blockTiles)
{
    Solution solution;
    solution.options = options;
    solution.grid = {weights.rows, weights.cols, options.pattern.m};
    const Matrix<float> score = magnitudeScore(weights);
    const Status solved = solveTiles(
        score.span(), [&] { return makeRunSolver(options); }, {}, solution, blockTiles);
    return solved ? Result<Solution>(std::move(solution)) : fail(solved.error());
}

// With sanitizers, the same test on fewer tiles.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int tileColumns = 40, hostLaneColumns = 0;
#else
constexpr int tileColumns = 200, hostLaneColumns = 100;
#endif

class Cuts : public testing::TestWithParam<int>
{
protected:
    static void expectNone(const Checks &checks)
    {
        for (const std::string &failure : checks.failures())
            ADD_FAILURE() << failure;
        EXPECT_EQ(checks.failed(), 0) << "of " << checks.done();
        EXPECT_GT(checks.done(), 0);
    }
};

TEST_P(Cuts, ofTheCpuDoNotMatter)
{
    const int m = GetParam();
    Checks checks;
    for (const Method method : offeredMethods()) {
        SolveOptions options;
        options.method = method;
        options.iterations = 5;
        options.pattern = {std::max(1, m / 2), m};
        // max1000 tries a thousand masks for each tile, which takes longest for large tiles, and divides the work as greedy
        // does.
        const int step = method == Method::Max1000 && m > 16 ? 7 : 1;
        if (method != Method::Unstructured)
            cutsDoNotMatter(solveInBlocks, options, tileColumns, step, checks);
        for (const int n : {1, m - 1})
            if (method == Method::Exact && m <= 9 && n != m / 2) {
                options.pattern.n = n;
                cutsDoNotMatter(solveInBlocks, options, tileColumns, 1, checks);
            }
    }
    expectNone(checks);
}

TEST_P(Cuts, ofHostLanesDoNotMatter)
{
    if (hostLaneColumns == 0)
        GTEST_SKIP() << "too slow with a sanitizer";
    const int m = GetParam();
    const auto backend = makeHostWarpBackend();
    const CutSolver solve = [&](Span2d<const float> weights, const SolveOptions &options, std::int64_t) {
        return solveHalves(*backend, weights, options);
    };
    Checks checks;
    for (const Method method : offeredMethods()) {
        SolveOptions options;
        options.method = method;
        options.iterations = 2;
        options.pattern = {std::max(1, m / 2), m};
        if (backend->canSolve(options))
            cutsDoNotMatter(solve, options, m <= 9 ? 2 * hostLaneColumns : hostLaneColumns, m <= 9 ? 1 : 3, checks);
    }
    expectNone(checks);
}

INSTANTIATE_TEST_SUITE_P(M, Cuts, testing::ValuesIn(cutSides), [](const auto &test) { return std::to_string(test.param); });

TEST(CutsOfUnstructured, doNotMatter)
{
    const auto backend = makeCpuBackend();
    const CutSolver solve = [&](Span2d<const float> weights, const SolveOptions &options, std::int64_t) {
        return backend->solve(magnitudeScore(weights).span(), options, {});
    };
    Checks checks;
    for (const NmPattern pattern : {NmPattern{1, 2}, NmPattern{3, 7}, NmPattern{4, 8}, NmPattern{5, 64}})
        ranksDoNotDependOnCuts(solve, pattern, 300, checks);
    for (const std::string &failure : checks.failures())
        ADD_FAILURE() << failure;
    EXPECT_GT(checks.done(), 1000);
}

} // namespace
} // namespace nms::test
