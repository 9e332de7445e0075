// SPDX-License-Identifier: Apache-2.0
// Several threads write one mask, each the words of its own runs. ThreadSanitizer, which this program is also built with,
// would tell of a word that two of them write; without it the mask and the figures say whether anything was lost.
#include "core/methods/factory.h"
#include "core/solver/cpu_backend.h"
#include "core/solver/tile_loop.h"
#include "tests/backend/test_scores.h"
#include "tests/backend/typed_weights.h"
#include "tests/unit/level_patterns.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <limits>
#include <string>
#include <utility>

namespace nms {

namespace {

SolveOptions optionsFor(NmPattern pattern, Method method, int threads)
{
    SolveOptions options;
    options.pattern = pattern;
    options.method = method;
    options.iterations = 5;
    options.threads = threads;
    return options;
}

/// Holds the first block of each thread up until every thread has one. Else one of them might do all the work before the
/// others are there, and ThreadSanitizer could tell of nothing.
class Meeting
{
public:
    explicit Meeting(int threads) : m_threads(threads), m_all(threads) { }
    void join()
    {
        if (m_come.fetch_add(1, std::memory_order_relaxed) < m_threads)
            m_all.arrive_and_wait();
    }

private:
    const int m_threads;
    std::atomic<int> m_come = 0;
    std::latch m_all;
};

/// There have to be as many blocks as threads.
Solution solved(const Matrix<float> &score, const SolveOptions &options, std::int64_t blockTiles)
{
    Solution solution;
    solution.options = options;
    solution.grid = {score.rows(), score.cols(), options.pattern.m};
#ifdef __SANITIZE_THREAD__
    Meeting meeting(options.threads);
#else
    Meeting meeting(1); // of TBB's threads there may be fewer than were asked for
#endif
    const Status status = solveTiles(
        score.span(),
        [&] {
            meeting.join();
            return makeRunSolver(options);
        },
        {}, solution, blockTiles);
    EXPECT_TRUE(status) << status.error().line();
    return solution;
}

void expectSame(const Solution &found, const Solution &expected)
{
    EXPECT_EQ(found.mask, expected.mask);
    ASSERT_EQ(found.tiles.size(), expected.tiles.size());
    for (std::size_t tile = 0; tile < found.tiles.size(); ++tile) {
        const TileResult &result = found.tiles[tile], &wanted = expected.tiles[tile];
        ASSERT_EQ(result.objective, wanted.objective) << "tile " << tile;
        ASSERT_EQ(result.upperBound, wanted.upperBound) << "tile " << tile;
        ASSERT_EQ(result.residual, wanted.residual) << "tile " << tile;
        ASSERT_EQ(result.iterations, wanted.iterations) << "tile " << tile;
        ASSERT_EQ(result.converged, wanted.converged) << "tile " << tile;
    }
}

class BatchThreadsTest : public testing::TestWithParam<NmPattern>
{
protected:
    /// Rows of tiles that end in the middle of a word, with an odd number of shortest runs, so that blocks end anywhere.
    static Matrix<float> scores()
    {
        const int m = GetParam().m;
        const std::int64_t shortest = TileRun::tilesPerWords(m);
        const std::int64_t cols = (4 * shortest + (shortest + 1) / 2) * m + (m + 1) / 2;
        return test::gaussianScores(2 * m + (m + 1) / 2, cols, std::uint64_t(m));
    }
    static void expectNoDifference(const Matrix<float> &score, SolveOptions options)
    {
        SCOPED_TRACE(std::string(nameOf(options.method)));
        options.threads = 1;
        const Solution expected = solved(score, options, 1 << 20);
        options.threads = 3;
        for (const std::int64_t runs : {1, 2, 3})
            expectSame(solved(score, options, runs * TileRun::tilesPerWords(options.pattern.m)), expected);
    }
};

} // namespace

TEST_P(BatchThreadsTest, everyMethod)
{
    const Matrix<float> score = scores();
    for (const Method method : offeredMethods())
        if (method != Method::Unstructured)
            expectNoDifference(score, optionsFor(GetParam(), method, 0));
}

TEST_P(BatchThreadsTest, weightsInEveryTypeAreSolvedAsTheirMagnitudes)
{
    const int m = GetParam().m;
    // Several of the pieces of 2^15 weights that are converted at a time, the last of them not whole.
    const std::int64_t cols = (std::int64_t(1) << 17) / m + 3 * m / 2 + 1, rows = m + (m + 1) / 2;
    const auto backend = makeCpuBackend();
    for (const WeightType type : test::allTypes) {
        test::TypedWeights weights(type, rows, cols, unsigned(m));
        for (const Method method : {Method::Exact, Method::Dykstra, Method::Greedy}) {
            SCOPED_TRACE(std::string(nameOf(method)) + " of " + std::to_string(bytesOf(type)) + " bytes");
            const SolveOptions options = optionsFor(GetParam(), method, 3);
            test::expectSame(backend->solveWeights(weights.view, options, {}),
                             backend->solve(weights.floats.span(), options, {}));
        }
        weights.set(rows - 1, cols - m - 1, -std::numeric_limits<float>::infinity());
        weights.set(rows - 1, cols / 2, std::numeric_limits<float>::quiet_NaN());
        const SolveOptions options = optionsFor(GetParam(), Method::Exact, 3);
        const auto found = backend->solveWeights(weights.view, options, {}),
                   wanted = backend->solve(weights.floats.span(), options, {});
        ASSERT_FALSE(found);
        ASSERT_FALSE(wanted);
        EXPECT_EQ(found.error().line(), wanted.error().line());
    }
}

TEST_P(BatchThreadsTest, warmStarts)
{
    const Matrix<float> score = scores();
    for (const auto &[method, start] : {std::pair(Method::Exact, Method::Capped), std::pair(Method::Dykstra, Method::Exact),
                                        std::pair(Method::GreedySwap, Method::BiNm)}) {
        SolveOptions options = optionsFor(GetParam(), method, 0);
        options.warmStart = start;
        expectNoDifference(score, options);
    }
}

TEST(WholeMatrixThreadsTest, theWholeMatrixRanked)
{
    const Matrix<float> score = test::gaussianScores(600, 2800, 3);
    const auto backend = makeCpuBackend();
    const Result<Solution> expected = backend->solve(score.span(), optionsFor({8, 16}, Method::Unstructured, 1), {});
    const Result<Solution> found = backend->solve(score.span(), optionsFor({8, 16}, Method::Unstructured, 3), {});
    ASSERT_TRUE(expected && found);
    expectSame(*found, *expected);
}

INSTANTIATE_TEST_SUITE_P(Patterns, BatchThreadsTest,
                         testing::Values(NmPattern{1, 2}, NmPattern{2, 3}, NmPattern{2, 4}, NmPattern{2, 5}, NmPattern{3, 6},
                                         NmPattern{4, 8}, NmPattern{5, 12}, NmPattern{8, 16}, NmPattern{9, 24},
                                         NmPattern{16, 32}, NmPattern{11, 40}, NmPattern{24, 48}, NmPattern{32, 64}),
                         test::patternName);

} // namespace nms
