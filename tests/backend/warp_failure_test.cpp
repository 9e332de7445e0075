// SPDX-License-Identifier: Apache-2.0
// The behaviour of the CUDA backend when devices fail, with queues that simulate this.
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "gpu/cuda/warp_backend.h"
#include "tests/backend/simulated_queue.h"
#include "tests/backend/test_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

namespace nms::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using warp::SolvingDevice;

SolveOptions exactOptions()
{
    SolveOptions options;
    options.pattern = {4, 8};
    return options;
}

class WarpFailure : public testing::Test
{
protected:
    std::unique_ptr<SolverBackend> over(std::vector<SolvingDevice> devices)
    {
        return warp::makeWarpBackend("fake", "fake", std::move(devices),
                                     [this](const std::string &message) { m_warnings.push_back(message); });
    }
    Result<Solution> solveOver(std::vector<SolvingDevice> devices, const Progress &progress = {})
    {
        m_warnings.clear();
        return over(std::move(devices))->solve(m_scores.span(), exactOptions(), progress);
    }
    void expectWhole(const Result<Solution> &solution)
    {
        ASSERT_TRUE(solution) << solution.error().line();
        const auto wanted = makeHostWarpBackend()->solve(m_scores.span(), exactOptions(), {});
        EXPECT_EQ(solution->mask, wanted->mask); // `exact` has one right mask, whichever device finds it
        ASSERT_EQ(solution->tiles.size(), wanted->tiles.size());
        for (std::size_t tile = 0; tile < wanted->tiles.size(); ++tile)
            EXPECT_NEAR(solution->tiles[tile].objective, wanted->tiles[tile].objective, 1e-9) << tile;
    }

    const Matrix<float> m_scores = gaussianScores(403, 150, 41);
    std::vector<std::string> m_warnings;
};

SolvingDevice with(const SimulatedDevice &simulated, int streams = 1)
{
    return {simulatedQueues(simulated), streams};
}

TEST_F(WarpFailure, memoryThatRunsShortHalvesThePanel)
{
    for (const std::int64_t bytes : {40'000, 18'000, 9'000}) { // two panels of several tile rows; two of one; one of one
        expectWhole(solveOver({with({.memory = bytes})}));
        EXPECT_TRUE(m_warnings.empty());
    }
    const auto none = solveOver({with({.memory = 3'000})});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::Resource);
}

TEST_F(WarpFailure, lostDeviceLeavesTheRestToTheCpu)
{
    for (const SimulatedDevice &simulated :
         {SimulatedDevice{.launches = 0}, SimulatedDevice{.launches = 1}, SimulatedDevice{.launches = 5},
          SimulatedDevice{.uploads = 1}, SimulatedDevice{.uploads = 3}, SimulatedDevice{.waits = 0},
          SimulatedDevice{.waits = 1}, SimulatedDevice{.waits = 4}}) {
        std::int64_t reported = 0;
        Progress progress;
        progress.report = [&](std::int64_t done, std::int64_t) {
            reported = done;
        };
        const auto solution = solveOver({with(simulated)}, progress);
        expectWhole(solution);
        EXPECT_THAT(m_warnings, ElementsAre(testing::AllOf(HasSubstr("the device is lost"), HasSubstr("CPU"))));
        EXPECT_EQ(reported, solution->grid.count());
    }
}

TEST_F(WarpFailure, devicesShareThePanels)
{
    expectWhole(solveOver({with({}), with({.memory = 9'000}), with({}, 2)}));
    EXPECT_TRUE(m_warnings.empty());
    expectWhole(solveOver({with({}), with({.memory = 3'000})})); // a device with too little memory is not a failure
    EXPECT_TRUE(m_warnings.empty());
}

TEST_F(WarpFailure, devicesGoOnForOneThatIsLost)
{
    expectWhole(solveOver({with({.launches = 1}, 2), with({}, 2)}));
    EXPECT_THAT(m_warnings, ElementsAre(HasSubstr("the other devices go on")));
    expectWhole(solveOver({with({.launches = 1}), with({.uploads = 2})}));
    EXPECT_THAT(m_warnings, ElementsAre(HasSubstr("go on"), HasSubstr("the CPU continues alone")));
}

TEST_F(WarpFailure, deviceThatCannotBeOpenedIsToldOf)
{
    for (const std::vector<SolvingDevice> &devices : {std::vector<SolvingDevice>{closed(), with({})},
                                                      std::vector<SolvingDevice>{with({}), SolvingDevice{closed(), 2}}}) {
        expectWhole(solveOver(devices));
        EXPECT_THAT(m_warnings, ElementsAre(testing::AllOf(HasSubstr("driver says no"), HasSubstr("devices go on"))));
    }
    const auto none = solveOver({closed(), closed()});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::Device);
    EXPECT_TRUE(m_warnings.empty());
}

/// Opening a device costs time.
TEST_F(WarpFailure, smallMatricesLeaveFurtherDevicesAlone)
{
    const std::int64_t bytes = m_scores.size() * 4;
    std::atomic<int> opened = 0;
    const auto counting = [&](int threads) {
        ++opened;
        return simulatedQueues({})(threads);
    };
    expectWhole(solveOver(
        {SolvingDevice{counting, 1, bytes}, SolvingDevice{counting, 1, bytes}, SolvingDevice{counting, 1, bytes}}));
    EXPECT_EQ(opened, 1);
    opened = 0;
    expectWhole(solveOver({SolvingDevice{counting, 1, bytes / 2}, SolvingDevice{counting, 1, bytes - 1},
                           SolvingDevice{counting, 1, bytes / 2 + 1}}));
    EXPECT_EQ(opened, 2);
    opened = 0;
    // The first device cannot be opened, so the second must solve.
    expectWhole(solveOver({SolvingDevice{closed(), 1, bytes}, SolvingDevice{counting, 1, bytes}}));
    EXPECT_EQ(opened, 1);
}

TEST_F(WarpFailure, lostDevicesStayLostForTheNextMatrix)
{
    m_warnings.clear();
    const auto backend = over({with({.launches = 2}), with({.launches = 3})});
    const auto solver = backend->startWeights(exactOptions());
    ASSERT_TRUE(solver);
    for (int matrix = 0; matrix < 3; ++matrix)
        expectWhole((*solver)->solve(WeightsView(m_scores.span()), {}));
    EXPECT_EQ(m_warnings.size(), 2U);
}

TEST_F(WarpFailure, shortMemoryIsTriedAgainForTheNextMatrix)
{
    const auto backend = over({with({.memory = 9'000})});
    const auto solver = backend->startWeights(exactOptions());
    ASSERT_TRUE(solver);
    const Matrix<float> wide = gaussianScores(16, 4000, 42);
    const auto none = (*solver)->solve(WeightsView(wide.span()), {});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::Resource);
    expectWhole((*solver)->solve(WeightsView(m_scores.span()), {}));
}

TEST_F(WarpFailure, badScoresAreNobodysFault)
{
    Matrix<float> scores = m_scores;
    scores(300, 20) = -1;
    scores(350, 20) = -1;
    for (int repetition = 0; repetition < 5; ++repetition) {
        const auto solution = over({with({}, 2), with({}, 2)})->solve(scores.span(), exactOptions(), {});
        ASSERT_FALSE(solution);
        EXPECT_EQ(solution.error().kind, ErrorKind::Input);
        EXPECT_THAT(solution.error().what, HasSubstr("row 296, column 16")); // the first one, whichever device finds it
        EXPECT_TRUE(m_warnings.empty());
    }
}

} // namespace
} // namespace nms::test
