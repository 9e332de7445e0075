// SPDX-License-Identifier: Apache-2.0
// The CUDA tile routines on host lanes that detect races: the program aborts on every access to a warp's shared memory for
// which a device would need a missing sync.
#define NMS_LANES_CHECKED
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "gpu/cuda/solve_launch.h"
#include "gpu/cuda/warp/live_exact_programs.h"
#include "gpu/cuda/warp/live_plan_programs.h"

#include "gpu/cuda/queue.h"
#include "gpu/cuda/warp_backend.h"
#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <numbers>

namespace nms::warp {
namespace {

struct Memory {
    explicit Memory(const Matrix<float> &scores, NmPattern pattern)
        : grid{scores.rows(), scores.cols(), pattern.m}, words((scores.cols() + 63) / 64),
          exponents(std::size_t(grid.count() * 2 * pattern.m)), factors(exponents.size()),
          iterations(std::size_t(grid.count())), live(std::size_t(grid.count())),
          partial(std::size_t(groupsOf(pattern.m, grid.count()))), plan(std::size_t(scores.size())),
          thresholds(factors.size()), search(factors.size()), kept(std::size_t(grid.count() * pattern.m)),
          steps(std::size_t(grid.count()))
    { }
    TileGrid grid;
    std::int64_t words;
    std::vector<std::vector<std::uint64_t>> masks;
    std::vector<std::vector<TileFigures>> figures;
    std::vector<std::int32_t> exponents;
    std::vector<float> factors;
    std::vector<std::int32_t> iterations;
    std::vector<LiveTile> live;
    std::vector<LiveSums> partial;
    LiveSums sums;
    std::vector<float> plan;
    std::vector<float> thresholds;
    std::vector<std::int32_t> search;
    std::vector<std::uint64_t> kept;
    std::vector<std::int32_t> steps;
};

/// Runs all kernels one after the other; `run` executes a launch.
template <class Run> void runEverything(const Matrix<float> &scores, const SolveOptions &options, Memory &memory, Run run)
{
    const Problem problem = problemOf(memory.grid, options, scores.data());
    const TileSet tiles = allTiles(memory.grid);
    const Potentials potentials{memory.exponents.data(), memory.factors.data(), memory.iterations.data()};
    const SearchState search{memory.search.data(), memory.kept.data(), memory.steps.data()};
    AdvanceLaunch advance;
    advance.problem = problem;
    advance.tiles = tiles;
    advance.live = memory.live.data();
    advance.partial = memory.partial.data();
    advance.sums = &memory.sums;
    for (advance.iteration = 0; advance.iteration <= 9; ++advance.iteration)
        run(CappedAdvanceLaunch{advance, potentials});
    for (advance.iteration = 0; advance.iteration <= 9; ++advance.iteration)
        run(DykstraAdvanceLaunch{advance, potentials});
    CaptureLaunch capture;
    capture.problem = problem;
    capture.tiles = tiles;
    capture.plan = memory.plan.data();
    capture.planStride = scores.cols();
    capture.thresholds = memory.thresholds.data();
    run(PlanCaptureLaunch{capture, potentials});
    MaskLaunch solve;
    solve.problem = problem;
    solve.tiles = tiles;
    solve.maskWordsPerRow = memory.words;
    const auto next = [&] { // each method has its own mask and figures
        memory.masks.emplace_back(std::size_t(scores.rows() * memory.words));
        memory.figures.emplace_back(std::size_t(memory.grid.count()));
        solve.mask = memory.masks.back().data();
        solve.figures = memory.figures.back().data();
        return solve;
    };
    PlanLaunch plan;
    static_cast<MaskLaunch &>(plan) = next();
    plan.potentials = potentials;
    plan.fromScratch = false;
    plan.done = 9;
    plan.iterations = 20;
    run(DykstraLaunch{plan});
    plan.fromScratch = true;
    plan.tolerance = 0.01F;
    plan.round = false;
    run(DykstraLaunch{plan});
    plan.tolerance = 0.001F;
    run(CappedLaunch{plan});
    static_cast<MaskLaunch &>(plan) = next();
    plan.round = true;
    run(CappedLaunch{plan});
    run(ExactLaunch{next()});
    for (advance.iteration = 0; advance.iteration <= 9; ++advance.iteration) {
        run(ExactAdvanceLaunch{advance, search});
        if (advance.iteration == 2)
            run(ExactResumeLaunch{next(), search, 2});
    }
    run(ExactCaptureLaunch{capture, search});
    run(ExactResumeLaunch{next(), search, 9});
    run(GreedyLaunch{next(), false});
    run(GreedyLaunch{next(), true});
    run(StandardLaunch{next(), true});
    run(StandardLaunch{next(), false});
}

template <int M, class Launch> void runChecked(const Launch &launch)
{
    WarpMemory memory(wordsOf<M, Launch>);
    for (std::int64_t group = 0; group < groupsOf<M>(launch); ++group) {
        memory.reset();
        runTiles<M>(memory, launch, group);
    }
}

template <int M> void expectNoRace(NmPattern pattern)
{
    const Matrix<float> scores = test::gaussianScores(2 * M + 3, 3 * M - 1, std::uint64_t(M));
    SolveOptions options;
    options.method = Method::Dykstra;
    options.pattern = pattern;
    Memory checked(scores, pattern);
    runEverything(scores, options, checked, [](const auto &launch) { runChecked<M>(launch); });

    // The checked run must give the same results as the queue of the backend.
    Memory plain(scores, pattern);
    const auto queue = makeHostQueue(1, std::numeric_limits<std::int64_t>::max());
    runEverything(scores, options, plain, [&](const auto &launch) { ASSERT_TRUE(queue->run(launch) && queue->finish()); });
    EXPECT_EQ(checked.masks, plain.masks);
    EXPECT_EQ(checked.plan, plain.plan);
    EXPECT_EQ(checked.thresholds, plain.thresholds);
    EXPECT_EQ(checked.exponents, plain.exponents);
    EXPECT_EQ(checked.factors, plain.factors);
    EXPECT_EQ(checked.search, plain.search);
    EXPECT_EQ(checked.kept, plain.kept);
    EXPECT_EQ(checked.steps, plain.steps);
    for (std::size_t method = 0; method < plain.figures.size(); ++method)
        for (std::size_t tile = 0; tile < plain.figures[method].size(); ++tile) {
            EXPECT_EQ(checked.figures[method][tile].objective, plain.figures[method][tile].objective);
            EXPECT_EQ(checked.figures[method][tile].upperBound, plain.figures[method][tile].upperBound);
        }
}

TEST(WarpLanes, noRaceAt4)
{
    expectNoRace<4>({2, 4});
    expectNoRace<4>({2, 3});
}
TEST(WarpLanes, noRaceAt8)
{
    expectNoRace<8>({4, 8});
    expectNoRace<8>({3, 7});
}
TEST(WarpLanes, noRaceAt16)
{
    expectNoRace<16>({8, 16});
    expectNoRace<16>({1, 11});
}
TEST(WarpLanes, noRaceAt32)
{
    expectNoRace<32>({16, 32});
    expectNoRace<32>({15, 19});
}
TEST(WarpLanes, noRaceAt64)
{
    expectNoRace<64>({32, 64});
    expectNoRace<64>({7, 45});
}

TEST(WarpLanesDeathTest, readWithoutSync)
{
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    WarpMemory memory(64);
    Shared words = memory.take(32);
    words.store(laneIndex(), 1.0F);
    EXPECT_EQ(words.load(laneIndex()).at[5], 1.0F); // each lane reads its own word
    EXPECT_DEATH(words.load(0), "race");
    memory.sync();
    EXPECT_EQ(words.load(0).at[5], 1.0F);
}

TEST(WarpLanesDeathTest, writeWithoutSync)
{
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    WarpMemory memory(64);
    Shared words = memory.take(32);
    words.store(laneIndex(), 1.0F);
    memory.sync();
    static_cast<void>(words.load(0));
    EXPECT_DEATH(words.store(laneIndex(), 2.0F), "race");
    memory.sync();
    words.store(laneIndex(), 2.0F);
    EXPECT_DEATH(words.store(0, 2.0F), "race");
    EXPECT_DEATH(words.store(laneIndex() + 64, 2.0F), "outside");
}

/// Functions for which a device has instructions are done with bits on the host.
TEST(WarpLanes, powersOfTwo)
{
    for (const float x : {1.0F, 1.5F, 0.75F, 3e38F, 1.2e-38F, 1e-44F, std::numeric_limits<float>::denorm_min()}) {
        const int exponent = exponentOf(WarpLanes<float>(x)).at[7];
        EXPECT_EQ(exponent, std::ilogb(x)) << x;
        const float scaled = scaledBy(WarpLanes<float>(x), WarpLanes<int>(-exponent)).at[7];
        EXPECT_EQ(scaled, std::scalbn(x, -exponent)) << x;
        EXPECT_EQ(scaledBy(WarpLanes<float>(scaled), WarpLanes<int>(exponent)).at[0], x) << x;
        EXPECT_EQ(widePowerOfTwo(WarpLanes<int>(exponent)).at[31], std::ldexp(1.0, exponent));
    }
}

} // namespace
} // namespace nms::warp
