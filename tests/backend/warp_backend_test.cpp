// SPDX-License-Identifier: Apache-2.0
// The host code of the CUDA backend, with a queue that runs the kernels on host lanes.
#include "core/solver/cpu_backend.h"
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "gpu/cuda/warp_backend.h"
#include "tests/backend/agreement.h"
#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nms {
namespace {

SolveOptions dykstra(NmPattern pattern, int iterations)
{
    SolveOptions options;
    options.method = Method::Dykstra;
    options.pattern = pattern;
    options.iterations = iterations;
    return options;
}

/// A backend whose device has `bytes` of memory.
std::unique_ptr<SolverBackend> backendWith(std::int64_t bytes)
{
    return warp::makeWarpBackend("small", "small", {[bytes](int threads) -> Result<std::unique_ptr<warp::Queue>> {
                                     return warp::makeHostQueue(threads, bytes);
                                 }},
                                 [](const std::string &) {});
}

void expectSame(const Solution &a, const Solution &b)
{
    EXPECT_EQ(a.mask, b.mask);
    ASSERT_EQ(a.tiles.size(), b.tiles.size());
    for (std::size_t tile = 0; tile < a.tiles.size(); ++tile) {
        EXPECT_EQ(a.tiles[tile].objective, b.tiles[tile].objective) << tile;
        EXPECT_EQ(a.tiles[tile].upperBound, b.tiles[tile].upperBound) << tile;
        EXPECT_EQ(a.tiles[tile].residual, b.tiles[tile].residual) << tile;
    }
}

TEST(WarpBackend, agreesWithTheCpu)
{
    test::Checks checks;
    test::backendsAgree(*makeHostWarpBackend(), *makeCpuBackend(), checks);
    for (const std::string &failure : checks.failures())
        ADD_FAILURE() << failure;
    EXPECT_GT(checks.done(), 50);
}

/// In single precision it may need more iterations, since thresholds can move by more than the precision of a float covers.
TEST(WarpBackend, cappedEndsWhereTheCpuDoesOnHardScores)
{
    for (const NmPattern pattern :
         {NmPattern{2, 4}, NmPattern{3, 7}, NmPattern{8, 16}, NmPattern{15, 16}, NmPattern{16, 32}})
        for (const test::HardScores &hard : test::hardScores()) {
            SolveOptions options = dykstra(pattern, 1000);
            options.method = Method::Capped;
            const Matrix<float> scores = hard.make(pattern);
            const auto wanted = makeCpuBackend()->solve(scores.span(), options, {});
            const auto got = makeHostWarpBackend()->solve(scores.span(), options, {});
            ASSERT_TRUE(wanted) << wanted.error().line();
            ASSERT_TRUE(got) << got.error().line();
            for (std::size_t tile = 0; tile < wanted->tiles.size(); ++tile) {
                const TileResult &a = got->tiles[tile], &b = wanted->tiles[tile];
                EXPECT_TRUE(a.converged || !b.converged) << pattern.text() << " " << hard.name << " " << tile;
                EXPECT_GE(a.upperBound, b.objective * (1 - 1e-6)) << pattern.text() << " " << hard.name << " " << tile;
                EXPECT_GE(b.upperBound, a.objective * (1 - 1e-6)) << pattern.text() << " " << hard.name << " " << tile;
            }
        }
}

TEST(WarpBackend, panelsDoNotMatter)
{
    const Matrix<float> scores = test::gaussianScores(75, 90, 5);
    const SolveOptions options = dykstra({4, 8}, 30);
    const auto whole = makeHostWarpBackend()->solve(scores.span(), options, {});
    ASSERT_TRUE(whole);
    const std::int64_t tileRowBytes = 8 * (90 * 4 + 2 * 8) + 12 * std::int64_t(sizeof(warp::TileFigures));
    for (const std::int64_t tileRows : {1, 2, 5}) {
        std::vector<std::int64_t> reports;
        Progress progress;
        progress.report = [&](std::int64_t done, std::int64_t) {
            reports.push_back(done);
        };
        const auto parts = backendWith(tileRows * tileRowBytes * 10 / 9 + 20)->solve(scores.span(), options, progress);
        ASSERT_TRUE(parts) << parts.error().line();
        expectSame(*whole, *parts);
        EXPECT_EQ(reports.back(), whole->grid.count());
    }
    const auto none = backendWith(tileRowBytes)->solve(scores.span(), options, {});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::Resource);
    EXPECT_FALSE(none.error().remedy.empty());
}

TEST(WarpBackend, liveThatDoesNotFitIsRefused)
{
    const auto scores = std::make_shared<const Matrix<float>>(test::gaussianScores(64, 64, 6));
    const auto live = backendWith(20000)->startLive(scores, dykstra({4, 8}, 30), {});
    ASSERT_FALSE(live);
    EXPECT_EQ(live.error().kind, ErrorKind::Resource);
    EXPECT_NE(live.error().what.find("64 × 64"), std::string::npos) << live.error().line();
}

TEST(WarpBackend, manyIterationsAreSliced)
{
    const auto scores = std::make_shared<const Matrix<float>>(test::gaussianScores(20, 24, 7));
    const SolveOptions options = dykstra({4, 8}, 2003);
    const auto backend = makeHostWarpBackend();
    const auto sliced = backend->solve(scores->span(), options, {});
    const auto live = backend->startLive(scores, options, {});
    ASSERT_TRUE(sliced && live);
    std::vector<IterationStats> stats;
    ASSERT_TRUE((*live)->advance(5000, {}, stats));
    EXPECT_EQ(stats.size(), 2003U);
    const auto rounded = (*live)->round({});
    ASSERT_TRUE(rounded);
    expectSame(*sliced, *rounded);
}

TEST(WarpBackend, scoresThatAreNoneAreNamed)
{
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -1.0F,
                            -std::numeric_limits<float>::infinity()}) {
        Matrix<float> scores = test::gaussianScores(64, 40, 8);
        scores(50, 17) = bad;
        const auto backend = makeHostWarpBackend();
        const auto batch = backend->solve(scores.span(), dykstra({8, 16}, 10), {});
        ASSERT_FALSE(batch);
        EXPECT_EQ(batch.error().kind, ErrorKind::Input);
        EXPECT_NE(batch.error().what.find("row 48, column 16"), std::string::npos) << batch.error().line();
        const auto live = backend->startLive(std::make_shared<const Matrix<float>>(scores), dykstra({8, 16}, 10), {});
        ASSERT_FALSE(live);
        EXPECT_EQ(live.error().kind, ErrorKind::Input);
    }
}

TEST(WarpBackend, tauBeyondSinglePrecisionIsRefused)
{
    const Matrix<float> scores = test::gaussianScores(8, 8, 9);
    SolveOptions options = dykstra({2, 4}, 10);
    options.tau = 1e6;
    EXPECT_TRUE(makeHostWarpBackend()->solve(scores.span(), options, {}));
    options.tau = 1.1e6;
    const auto refused = makeHostWarpBackend()->solve(scores.span(), options, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Unsupported);
}

TEST(WarpBackend, keyFrameOfAnotherSolveIsRefused)
{
    const auto scores = std::make_shared<const Matrix<float>>(test::gaussianScores(16, 16, 10));
    const auto backend = makeHostWarpBackend();
    const auto one = backend->startLive(scores, dykstra({2, 4}, 10), {});
    const auto other = backend->startLive(scores, dykstra({1, 4}, 10), {});
    ASSERT_TRUE(one && other);
    KeyFrame frame;
    ASSERT_TRUE((*one)->save(frame, {}));
    EXPECT_TRUE((*one)->restore(frame));
    EXPECT_FALSE((*other)->restore(frame));
    frame.state.pop_back();
    EXPECT_FALSE((*one)->restore(frame));
}

TEST(CudaBackend, withoutDeviceSaysWhy)
{
    if (!listCudaDevices().empty())
        GTEST_SKIP() << "there is a device";
    const auto backend = makeCudaBackend(0);
    ASSERT_FALSE(backend);
    EXPECT_EQ(backend.error().kind, ErrorKind::Device);
    EXPECT_FALSE(backend.error().remedy.empty());
}

} // namespace
} // namespace nms
