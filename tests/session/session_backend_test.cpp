// SPDX-License-Identifier: Apache-2.0
// The session over the real solver.
#include "core/session/solver_session.h"
#include "core/solver/cpu_backend.h"
#include "core/sparsity/metrics.h"
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "gpu/cuda/warp_backend.h"

#include "tests/backend/simulated_queue.h"
#include "tests/session/session_support.h"

#include <gtest/gtest.h>

#include <limits>
#include <ostream>
#include <random>

namespace nms::test {
namespace {

struct BackendRun {
    const char *name;
    std::unique_ptr<SolverBackend> (*makeBackend)();
    SolveOptions options;
    std::int64_t rows;
    std::int64_t cols;
    std::optional<DeviceId> viewer = std::nullopt;
};

void PrintTo(const BackendRun &run, std::ostream *out)
{
    *out << run.name;
}

class SessionBackendTest : public testing::TestWithParam<BackendRun>
{
protected:
    void start(SolverSession &session, bool paused)
    {
        session.watch(m_region);
        session.setViewer(GetParam().viewer);
        session.start(m_backend, m_score, GetParam().options, paused);
        ASSERT_TRUE(session.waitUntilSettled(patience));
    }

    const std::shared_ptr<SolverBackend> m_backend = GetParam().makeBackend();
    const std::shared_ptr<const Matrix<float>> m_score = randomScore(GetParam().rows, GetParam().cols);
    const TileRegion m_region{1, 0, 3, 2};
};

TEST_P(SessionBackendTest, finishesWithTheBatchSolution)
{
    SolverSession session;
    start(session, false);
    ASSERT_EQ(session.status().state, SessionState::Finished);
    const auto result = session.result();
    EXPECT_TRUE(checkTransposable(result->mask, GetParam().options.pattern).transposable());
    const Result<Solution> batch = m_backend->solve(m_score->span(), GetParam().options, {});
    ASSERT_TRUE(batch);
    EXPECT_TRUE(batch->mask == result->mask);
    EXPECT_EQ(batch->totals().objective, result->totals().objective);
    EXPECT_EQ(int(session.statsSince(0).size()), session.status().iteration);
}

TEST_P(SessionBackendTest, steppingRunningScrubbingAndRewindingShowTheSameBits)
{
    for (const std::int64_t historyBytes : {std::int64_t(64) << 20, std::int64_t(1)}) {
        SolverSession session({.historyBytes = historyBytes});
        start(session, true);
        std::vector<std::shared_ptr<const Snapshot>> seen{session.latest()};
        EXPECT_EQ(seen[0]->plan.onDevice() != nullptr, GetParam().viewer.has_value());
        while (seen.size() <= 40) {
            session.step();
            ASSERT_TRUE(session.waitUntilSettled(patience));
            seen.push_back(session.latest());
            ASSERT_EQ(seen.back()->iteration, int(seen.size()) - 1);
            if (session.status().state == SessionState::Finished)
                break;
        }
        const int last = int(seen.size()) - 1;
        ASSERT_GT(last, 4); // exact: four sweeps, then augmentations

        std::minstd_rand random(3);
        for (int i = 0; i < 25; ++i) {
            const int k = int(random() % std::uint32_t(last + 1));
            session.requestHistory(k, m_region);
            ASSERT_TRUE(session.waitUntilSettled(patience));
            ASSERT_TRUE(session.fromHistory());
            EXPECT_FALSE(session.fromHistory()->plan.onDevice());
            EXPECT_TRUE(sameBits(*session.fromHistory(), *seen[std::size_t(k)])) << k;
        }
        for (const int k : {last - 1, last / 2, 3, 0}) {
            session.rewind(k);
            ASSERT_TRUE(session.waitUntilSettled(patience));
            EXPECT_TRUE(sameBits(*session.latest(), *seen[std::size_t(k)])) << k;
        }
        session.runTo(last); // in chunks what was done step by step
        ASSERT_TRUE(session.waitUntilSettled(patience));
        Snapshot again = *session.latest();
        again.stats.seconds = seen.back()->stats.seconds;
        EXPECT_TRUE(sameBits(again, *seen.back()));
    }
}

TEST_P(SessionBackendTest, aPausedRunEndsAsAnUninterruptedOne)
{
    SolverSession whole;
    start(whole, false);
    SolverSession broken;
    broken.start(m_backend, m_score, GetParam().options, false);
    for (int i = 0; i < 10; ++i) {
        broken.pause();
        broken.step(2);
        broken.run();
    }
    ASSERT_TRUE(broken.waitUntilSettled(patience));
    ASSERT_EQ(broken.status().state, SessionState::Finished);
    EXPECT_TRUE(whole.result()->mask == broken.result()->mask);
    const auto expected = whole.statsSince(0);
    const auto figures = broken.statsSince(0);
    ASSERT_EQ(figures.size(), expected.size());
    for (std::size_t i = 0; i < figures.size(); ++i)
        EXPECT_TRUE(sameStats(figures[i], expected[i], false)) << i + 1;
}

TEST_P(SessionBackendTest, cancelAndRestart)
{
    SolverSession session;
    session.start(m_backend, m_score, GetParam().options, true);
    session.step(); // which no method ends with: a run could be over before it is cancelled
    session.cancel();
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Cancelled);
    session.restart(false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Finished);
}

constexpr auto cpu = makeCpuBackend;
constexpr auto warp = makeHostWarpBackend;
/// On a device that the viewer draws on, too.
constexpr auto sharing = [] {
    return warp::makeWarpBackend("fake", "Fake", {simulatedQueues({.sharingId = simulatedDeviceId})},
                                 [](const std::string &) {});
};

INSTANTIATE_TEST_SUITE_P(
    Backends, SessionBackendTest,
    testing::Values(BackendRun{"cpu_dykstra8of16", cpu, optionsFor(Method::Dykstra, 8, 16, 120), 70, 64},
                    BackendRun{"cpu_dykstra2of4", cpu, optionsFor(Method::Dykstra, 2, 4, 60), 30, 31},
                    BackendRun{"cpu_exact8of16", cpu, optionsFor(Method::Exact, 8, 16), 160, 200},
                    BackendRun{"cpu_exact16of32", cpu, optionsFor(Method::Exact, 16, 32), 128, 100},
                    BackendRun{"warp_dykstra2of4", warp, optionsFor(Method::Dykstra, 2, 4, 60), 30, 31},
                    BackendRun{"warp_capped4of8", warp, optionsFor(Method::Capped, 4, 8, 60), 40, 39},
                    BackendRun{"warp_exact8of16", warp, optionsFor(Method::Exact, 8, 16), 70, 64},
                    BackendRun{"shared_dykstra4of8", sharing, optionsFor(Method::Dykstra, 4, 8, 60), 30, 31,
                               simulatedDeviceId},
                    BackendRun{"shared_exact4of8", sharing, optionsFor(Method::Exact, 4, 8), 70, 64, simulatedDeviceId}),
    [](const auto &which) { return std::string(which.param.name); });

TEST(SessionBackend, brokenScoresFailWithAnError)
{
    auto broken = std::make_shared<Matrix<float>>(*randomScore(16, 16));
    (*broken)(3, 5) = std::numeric_limits<float>::quiet_NaN();
    SolverSession session;
    session.start(std::shared_ptr<SolverBackend>(makeCpuBackend()), broken, optionsFor(Method::Dykstra), false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Failed);
    ASSERT_TRUE(session.error());
    EXPECT_EQ(session.error()->kind, ErrorKind::Input);
}

} // namespace
} // namespace nms::test
