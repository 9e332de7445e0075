// SPDX-License-Identifier: Apache-2.0
// Many hands on one session; the sanitizer builds make of this what it is for.
#include "core/session/solver_session.h"
#include "core/solver/cpu_backend.h"
#include "gpu/cuda/warp_backend.h"

#include "tests/backend/simulated_queue.h"
#include "tests/session/fake_backend.h"
#include "tests/session/session_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

namespace nms::test {
namespace {

void commandAtRandom(SolverSession &session, std::minstd_rand &random, const std::shared_ptr<SolverBackend> &backend)
{
    const int number = int(random() % 60);
    switch (random() % 15) {
    case 0:
        return session.start(backend, randomScore(16, 16, std::uint32_t(random())), optionsFor(Method::Dykstra, 2, 4, 50),
                             number % 2);
    case 1:
        return session.restart(number % 2);
    case 2:
    case 3:
        return session.run();
    case 4:
        return session.pause();
    case 5:
        return session.step(number % 4);
    case 6:
        return session.runTo(number);
    case 7:
        return number < 20 ? session.cancel() : session.run();
    case 8:
        return session.rewind(number);
    case 9:
        return session.setBreakpoint(Breakpoint{.iteration = number, .residualBelow = 1.0 / (number + 1)});
    case 10:
        return session.watch({0, 0, number % 5, number % 3});
    case 11:
        return session.setPace(number % 2 ? 0 : 2000);
    case 12:
        return session.setViewer(number < 40 ? std::optional(simulatedDeviceId) : std::nullopt);
    default:
        return session.requestHistory(number, {0, 0, 1, 1});
    }
}

void readEverything(const SolverSession &session)
{
    const SessionStatus status = session.status();
    if (const auto latest = session.latest()) {
        EXPECT_EQ(latest->stats.iteration, latest->iteration);
        EXPECT_EQ(latest->tiles.size(), std::size_t(latest->grid.count()));
        EXPECT_TRUE(std::all_of(latest->plan.data(), latest->plan.data() + latest->plan.size(),
                                [](float s) { return s >= 0 && s <= 1; }));
    }
    const std::vector<IterationStats> stats = session.statsSince(10);
    for (std::size_t i = 0; i < stats.size(); ++i)
        EXPECT_EQ(stats[i].iteration, 11 + int(i));
    if (const auto past = session.fromHistory()) {
        EXPECT_EQ(past->stats.iteration, past->iteration);
    }
    const HistoryInfo history = session.history();
    EXPECT_GE(history.lastIteration, 0);
    EXPECT_GE(status.iteration, 0);
    if (const auto result = session.result()) {
        EXPECT_EQ(result->grid.rows, 16);
    }
    EXPECT_FALSE(session.historyError());
}

/// Three hands, then a run in peace, then the destructor in the middle of one.
void manyHandsOn(const std::shared_ptr<SolverBackend> &backend, std::uint32_t seed)
{
    SolverSession session({.historyBytes = 3000, .frame = 1ms});
    std::atomic<int> told = 0;
    session.setListener([&] { ++told; });
    std::vector<std::jthread> hands;
    for (std::uint32_t hand = 0; hand < 3; ++hand) {
        hands.emplace_back([&, hand] {
            std::minstd_rand random(seed * 100 + hand);
            for (int i = 0; i < 150; ++i) {
                commandAtRandom(session, random, backend);
                readEverything(session);
                if (random() % 4 == 0)
                    std::this_thread::sleep_for(std::chrono::microseconds(random() % 500));
            }
        });
    }
    hands.clear();
    session.setBreakpoint(std::nullopt);
    session.setPace(0);
    session.start(backend, randomScore(16, 16), optionsFor(Method::Dykstra, 2, 4, 50), false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Finished);
    EXPECT_EQ(session.history().lastIteration, 50);
    EXPECT_GT(told, 0);
    session.restart(false);
}

TEST(SessionStress, manyHandsOnOneSession)
{
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
        const auto backend =
            std::make_shared<FakeBackend>(FakeBehaviour{.planned = 50, .iterationCost = 20us, .roundCost = 1ms});
        manyHandsOn(backend, seed);
        EXPECT_EQ(backend->counters.solves, 0);
    }
}

TEST(SessionStress, manyHandsOnTheRealSolver)
{
    manyHandsOn(makeCpuBackend(), 5);
}

/// Plans stay on a device that has few of them to give, while viewers come and go and read at their leisure.
TEST(SessionStress, manyHandsOnSharedPlans)
{
    const auto backend = std::shared_ptr<SolverBackend>(warp::makeWarpBackend(
        "fake", "Fake", {simulatedQueues({.sharingId = simulatedDeviceId})}, [](const std::string &) {}));
    manyHandsOn(backend, 6);
}

TEST(SessionStress, failuresUnderCommands)
{
    const auto backend = std::make_shared<FakeBackend>(FakeBehaviour{.planned = 50, .throwAt = 30});
    SolverSession session({.frame = 1ms});
    std::minstd_rand random(7);
    session.start(backend, randomScore(16, 16), optionsFor(Method::Dykstra, 2, 4, 50), false);
    for (int i = 0; i < 300; ++i)
        commandAtRandom(session, random, backend);
    session.setPace(0);
    session.setBreakpoint(std::nullopt);
    session.restart(false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Failed);
    EXPECT_LT(session.history().lastIteration, 30);
}

} // namespace
} // namespace nms::test
