// SPDX-License-Identifier: Apache-2.0
// Scrubbing where an iteration takes long to be recomputed: the nearest key frame is seen at once, the newest request wins.
#include "core/solver/cpu_backend.h"
#include "tests/session/fake_backend.h"
#include "tests/session/session_support.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace nms::test {
namespace {

/// Twelve slow iterations, key frames at 0 and 8.
class SlowHistory : public testing::Test
{
protected:
    SlowHistory()
        : backend(std::make_shared<FakeBackend>(
              FakeBehaviour{.planned = 12, .iterationCost = 100ms, .stopsWithin = true, .readsKeyFrames = true})),
          session({.repeat = 1h, .widestStride = 8})
    {
        session.start(backend, randomScore(8, 12), optionsFor(Method::Dykstra), true);
        for (int k = 1; k <= 12; ++k) {
            session.step();
            EXPECT_TRUE(session.waitUntilSettled(patience));
            seen.push_back(session.latest());
        }
    }
    bool shows(int iteration) const { return session.fromHistory() && session.fromHistory()->iteration == iteration; }

    std::shared_ptr<FakeBackend> backend;
    SolverSession session;
    std::vector<std::shared_ptr<const Snapshot>> seen; // iteration 1 first
};

TEST_F(SlowHistory, theNearestKeyFrameIsSeenFirst)
{
    session.requestHistory(7, {});
    ASSERT_TRUE(eventually([&] { return shows(8); })) << "700 ms are to be recomputed";
    ASSERT_TRUE(session.historyRefining());
    EXPECT_EQ(session.fromHistory()->stats.iteration, 8);
    ASSERT_TRUE(eventually([&] { return session.historyRefining().value_or(1) > 0; })) << "it tells how far it is";
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_FALSE(session.historyRefining());
    EXPECT_TRUE(sameBits(*session.fromHistory(), *seen[6]));
}

TEST_F(SlowHistory, anOutdatedRequestIsGivenUp)
{
    const int before = backend->counters.iterations;
    session.requestHistory(7, {});
    ASSERT_TRUE(eventually([&] { return shows(8); }));
    for (const int k : {6, 5, 2, 11, 3, 1})
        session.requestHistory(k, {});
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_TRUE(sameBits(*session.fromHistory(), *seen[0]));
    EXPECT_LT(backend->counters.iterations - before, 7 + 6) << "what nobody waits for is not recomputed";
    for (const int k : {12, 4, 9, 0, 8}) { // from wherever the ones before were broken off
        session.requestHistory(12 - k, {});
        ASSERT_TRUE(eventually([&] { return session.fromHistory() != nullptr; }));
        session.requestHistory(k, {});
        ASSERT_TRUE(session.waitUntilSettled(patience));
        ASSERT_TRUE(shows(k)) << k;
        EXPECT_TRUE(k == 0 || sameBits(*session.fromHistory(), *seen[std::size_t(k) - 1])) << k;
    }
    EXPECT_EQ(backend->counters.misuses, 0);
}

TEST_F(SlowHistory, aNewRunEndsAllOfIt)
{
    session.requestHistory(7, {});
    ASSERT_TRUE(eventually([&] { return shows(8); }));
    session.restart(true);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_FALSE(session.fromHistory());
    EXPECT_FALSE(session.historyRefining());
}

TEST(HistoryThread, endsWhateverIsAskedForAtThatMoment)
{
    const auto backend = std::make_shared<FakeBackend>(
        FakeBehaviour{.planned = 12, .iterationCost = 2ms, .stopsWithin = true, .readsKeyFrames = true});
    for (int round = 0; round < 60; ++round) {
        SolverSession session({.repeat = 1h, .widestStride = 8});
        session.start(backend, randomScore(8, 12), optionsFor(Method::Dykstra), false);
        ASSERT_TRUE(eventually([&] { return session.history().lastIteration > 2; }));
        session.requestHistory(1, {});
        std::this_thread::sleep_for(std::chrono::milliseconds(round)); // before, while and after it is answered
    }
    EXPECT_EQ(backend->counters.solves, 0);
}

TEST(HistoryThread, manyQuickRequestsEndWithTheLastOne)
{
    SolverSession session;
    session.start(makeCpuBackend(), randomScore(37, 53), optionsFor(Method::Dykstra, 4, 8, 60), false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    for (int round = 0; round < 20; ++round) {
        int last = 0;
        for (int k = 0; k < 25; ++k) {
            last = (round * 31 + k * 17) % 61;
            session.requestHistory(last, {0, 0, 2, 2});
        }
        ASSERT_TRUE(session.waitUntilSettled(patience));
        ASSERT_EQ(session.fromHistory()->iteration, last);
        EXPECT_FALSE(session.historyRefining());
    }
}

} // namespace
} // namespace nms::test
