// SPDX-License-Identifier: Apache-2.0
// The session with its threads, over a backend whose costs and failures the test chooses.
#include "core/session/solver_session.h"

#include "tests/session/fake_backend.h"
#include "tests/session/session_support.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace nms::test {
namespace {

using Clock = std::chrono::steady_clock;

std::shared_ptr<FakeBackend> fake(FakeBehaviour behaviour)
{
    return std::make_shared<FakeBackend>(behaviour);
}

void startOn(SolverSession &session, std::shared_ptr<SolverBackend> backend, bool paused)
{
    session.start(std::move(backend), randomScore(8, 12), optionsFor(Method::Dykstra), paused);
}

bool isRunning(const SolverSession &session)
{
    return session.status().state == SessionState::Running;
}

TEST(SolverSession, isIdleAtFirst)
{
    const SolverSession session;
    EXPECT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Idle);
    EXPECT_FALSE(session.latest());
    EXPECT_FALSE(session.result());
    EXPECT_FALSE(session.error());
    EXPECT_FALSE(session.fromHistory());
    EXPECT_TRUE(session.statsSince(0).empty());
    EXPECT_EQ(session.history().byteLimit, SessionOptions().historyBytes);
}

TEST(SolverSession, runsToTheEnd)
{
    SolverSession session;
    startOn(session, fake({.planned = 100}), false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Finished);
    EXPECT_EQ(session.status().generation, 1u);
    EXPECT_TRUE(session.result());
    EXPECT_EQ(session.latest()->iteration, 100);
    const std::vector<IterationStats> stats = session.statsSince(0);
    ASSERT_EQ(stats.size(), 100u);
    for (int k = 1; k <= 100; ++k)
        EXPECT_EQ(stats[std::size_t(k - 1)].iteration, k);
    EXPECT_EQ(session.statsSince(98).size(), 2u);
}

TEST(SolverSession, pauseInterruptsTheRunAndRunGoesOn)
{
    SolverSession session;
    startOn(session, fake({.planned = 300, .iterationCost = 1ms}), false);
    ASSERT_TRUE(eventually([&] { return session.status().iteration > 3; }));
    session.pause();
    ASSERT_TRUE(session.waitUntilSettled(patience));
    const SessionStatus paused = session.status();
    EXPECT_EQ(paused.state, SessionState::Paused);
    EXPECT_LT(paused.iteration, 300);
    EXPECT_EQ(session.latest()->iteration, paused.iteration);
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(session.status().iteration, paused.iteration);
    session.run();
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Finished);
}

TEST(SolverSession, commandsInterruptAChunk)
{
    SolverSession session(
        {.frame = 1h, .repeat = 1h, .widestStride = 8}); // chunks as long as they get: from one key frame to the next
    const auto backend = fake({.planned = 100, .iterationCost = 50ms});
    startOn(session, backend, false);
    ASSERT_TRUE(eventually([&] { return backend->counters.iterations >= 9; })); // in the chunk that leads to 16
    session.pause();
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(backend->counters.longestChunk, 8);
    EXPECT_LT(session.status().iteration, 16);
}

TEST(SolverSession, pauseAndStepsLetARoundingGoOn)
{
    SolverSession session;
    const auto backend = fake({.planned = 1, .roundCost = 100ms});
    startOn(session, backend, false);
    ASSERT_TRUE(eventually([&] { return backend->counters.rounds == 1; }));
    session.pause();
    session.step();
    session.run();
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Finished);
    EXPECT_EQ(backend->counters.rounds, 1);
}

TEST(SolverSession, cancelEndsALongRunAndALongRoundingSoon)
{
    for (const FakeBehaviour &behaviour :
         {FakeBehaviour{.planned = 1000000, .iterationCost = 100us}, FakeBehaviour{.planned = 1, .roundCost = 60s}}) {
        SolverSession session;
        startOn(session, fake(behaviour), false);
        const SessionState during = behaviour.planned == 1 ? SessionState::Rounding : SessionState::Running;
        ASSERT_TRUE(eventually([&] { return session.status().state == during && session.status().iteration > 0; }));
        const auto asked = Clock::now();
        session.cancel();
        ASSERT_TRUE(session.waitUntilSettled(patience));
        EXPECT_LT(Clock::now() - asked, 5s); // a loaded machine may be slow; the run would take minutes
        EXPECT_EQ(session.status().state, SessionState::Cancelled);
        EXPECT_FALSE(session.result());
        EXPECT_FALSE(session.error());
    }
}

TEST(SolverSession, theDestructorEndsEverything)
{
    const auto running = fake({.planned = 1000000, .iterationCost = 100us});
    const auto rounding = fake({.planned = 1, .roundCost = 60s});
    const auto begun = Clock::now();
    for (const auto &backend : {running, rounding}) {
        SolverSession session;
        startOn(session, backend, false);
        ASSERT_TRUE(eventually([&] { return backend->counters.iterations > 0; }));
        session.requestHistory(1, {});
    }
    EXPECT_LT(Clock::now() - begun, 20s);
    EXPECT_EQ(running->counters.solves, 0);
    EXPECT_EQ(rounding->counters.solves, 0);
}

TEST(SolverSession, startReplacesARun)
{
    SolverSession session;
    const auto first = fake({.planned = 1000000, .iterationCost = 100us});
    startOn(session, first, false);
    ASSERT_TRUE(eventually([&] { return isRunning(session) && session.latest(); }));
    startOn(session, fake({.planned = 5}), false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Finished);
    EXPECT_EQ(session.status().generation, 2u);
    EXPECT_EQ(session.statsSince(0).size(), 5u);
    EXPECT_EQ(first->counters.solves, 0);
}

TEST(SolverSession, restartBeginsAgain)
{
    SolverSession session;
    startOn(session, fake({.planned = 20}), false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    session.restart(true);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Paused);
    EXPECT_EQ(session.status().iteration, 0);
    EXPECT_EQ(session.status().generation, 2u);
    EXPECT_EQ(session.latest()->iteration, 0);
    EXPECT_FALSE(session.result());
    EXPECT_TRUE(session.statsSince(0).empty());
}

TEST(SolverSession, queuedStepsFromSeveralThreadsAllCount)
{
    SolverSession session;
    startOn(session, fake({.planned = 1000}), true);
    {
        constexpr int count = 4;
        std::vector<std::jthread> threads;
        threads.reserve(count);
        for (int thread = 0; thread < count; ++thread)
            threads.emplace_back([&] {
                for (int i = 0; i < 25; ++i)
                    session.step();
            });
    }
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Paused);
    EXPECT_EQ(session.status().iteration, 100);
}

TEST(SolverSession, scrubbingRepeatsEveryIterationBitForBit)
{
    for (const std::int64_t historyBytes : {std::int64_t(1) << 20, std::int64_t(600), std::int64_t(1)}) {
        SolverSession session({.historyBytes = historyBytes});
        const TileRegion region{0, 1, 2, 3};
        session.watch(region);
        startOn(session, fake({.planned = 61}), true);
        ASSERT_TRUE(session.waitUntilSettled(patience));
        std::vector<std::shared_ptr<const Snapshot>> seen{session.latest()};
        for (int k = 1; k <= 60; ++k) {
            session.step();
            ASSERT_TRUE(session.waitUntilSettled(patience));
            ASSERT_EQ(session.latest()->iteration, k);
            seen.push_back(session.latest());
        }
        const HistoryInfo history = session.history();
        EXPECT_TRUE(history.bytes <= historyBytes || history.keyFrames == 1);
        for (const int k : {60, 0, 1, 2, 3, 17, 16, 15, 33, 59, 58, 7, 8, 9, 24, 60}) {
            session.requestHistory(k, region);
            ASSERT_TRUE(session.waitUntilSettled(patience));
            ASSERT_TRUE(session.fromHistory());
            EXPECT_TRUE(sameBits(*session.fromHistory(), *seen[std::size_t(k)])) << k;
        }
        EXPECT_EQ(session.status().iteration, 60); // the solver has not moved
    }
}

TEST(SolverSession, scrubbingForwardIsCheap)
{
    SolverSession session({.repeat = 1h, .widestStride = 8}); // a key frame every eight iterations, however slow the machine
    const auto backend = fake({.planned = 60});
    startOn(session, backend, false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    session.requestHistory(17, {});
    ASSERT_TRUE(session.waitUntilSettled(patience));
    const int iterations = backend->counters.iterations;
    const int restores = backend->counters.restores;
    for (const int k : {18, 19, 20, 20, 23}) {
        session.requestHistory(k, {});
        ASSERT_TRUE(session.waitUntilSettled(patience));
        EXPECT_EQ(session.fromHistory()->iteration, k);
    }
    EXPECT_EQ(backend->counters.iterations - iterations, 6);
    EXPECT_EQ(backend->counters.restores, restores);
    session.requestHistory(57, {}); // a key frame lies nearer than where it stands
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(backend->counters.iterations - iterations, 7);
}

TEST(SolverSession, scrubbingWorksWhileRunning)
{
    SolverSession session;
    const auto backend = fake({.planned = 100000, .iterationCost = 200us});
    startOn(session, backend, false);
    ASSERT_TRUE(eventually([&] { return session.history().lastIteration > 10; }));
    session.requestHistory(5, {0, 0, 1, 1});
    ASSERT_TRUE(eventually([&] { return session.fromHistory() != nullptr; }));
    EXPECT_EQ(session.fromHistory()->iteration, 5);
    EXPECT_TRUE(isRunning(session));
}

TEST(SolverSession, theNewestRequestWins)
{
    SolverSession session;
    const auto backend = fake({.planned = 40, .iterationCost = 1ms});
    startOn(session, backend, false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    const int captures = backend->counters.captures;
    for (int round = 0; round < 10; ++round) {
        for (int k = 0; k <= 40; ++k)
            session.requestHistory(k, {});
    }
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.fromHistory()->iteration, 40);
    EXPECT_LT(backend->counters.captures - captures, 400);
}

TEST(SolverSession, requestsOutsideTheHistoryGetTheNearest)
{
    SolverSession session;
    startOn(session, fake({.planned = 12}), false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    session.requestHistory(500, {});
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.fromHistory()->iteration, 12);
    session.requestHistory(-4, {});
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.fromHistory()->iteration, 0);
}

TEST(SolverSession, aNewRunForgetsTheOldOnesHistory)
{
    SolverSession session;
    const auto backend = fake({.planned = 12});
    startOn(session, backend, false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    session.requestHistory(5, {});
    ASSERT_TRUE(session.waitUntilSettled(patience));
    ASSERT_TRUE(session.fromHistory());
    EXPECT_EQ(backend->counters.solves, 2);
    session.restart(true);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_FALSE(session.fromHistory());
    EXPECT_EQ(backend->counters.solves, 1); // the replay's memory is free again
}

TEST(SolverSession, aLongStartEndsWithCancelStartAndClosing)
{
    const auto slow = fake({.startCost = 1h});
    {
        SolverSession session;
        startOn(session, slow, false);
        ASSERT_TRUE(eventually([&] { return slow->counters.starts == 1; }));
        EXPECT_TRUE(session.status().starting);
        session.pause(); // waits for the start
        session.cancel();
        ASSERT_TRUE(session.waitUntilSettled(patience));
        EXPECT_EQ(session.status().state, SessionState::Cancelled);
        EXPECT_FALSE(session.status().starting);

        session.restart(false);
        ASSERT_TRUE(eventually([&] { return slow->counters.starts == 2; }));
        startOn(session, fake({.planned = 5}), false); // replaces it
        ASSERT_TRUE(session.waitUntilSettled(patience));
        EXPECT_EQ(session.status().state, SessionState::Finished);

        startOn(session, slow, true);
        ASSERT_TRUE(eventually([&] { return slow->counters.starts == 3; }));
    }
    EXPECT_EQ(slow->counters.stoppedStarts, 3);
}

TEST(SolverSession, pastIterationsDoNotRepeatTheWarmStart)
{
    const auto backend = fake({.planned = 40});
    SolveOptions options = optionsFor(Method::Dykstra);
    options.warmStart = Method::Greedy;
    SolverSession session;
    session.start(backend, randomScore(8, 12), options, false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    for (const int iteration : {0, 21}) {
        session.requestHistory(iteration, {});
        ASSERT_TRUE(session.waitUntilSettled(patience));
        ASSERT_FALSE(session.historyError());
        EXPECT_EQ(session.fromHistory()->iteration, iteration);
    }
    EXPECT_EQ(backend->counters.starts, 2);
    EXPECT_EQ(backend->counters.warmStarts, 1);
    EXPECT_GE(backend->counters.restores, 1); // of iteration 0, which the other start has not
}

TEST(SolverSession, closingEndsAStartOfTheReplay)
{
    const auto backend = fake({.planned = 40, .startCost = 200ms});
    {
        SolverSession session;
        startOn(session, backend, false);
        ASSERT_TRUE(session.waitUntilSettled(patience));
        session.requestHistory(7, {});
        ASSERT_TRUE(eventually([&] { return backend->counters.starts == 2; }));
    }
    EXPECT_EQ(backend->counters.solves, 0);
}

TEST(SolverSession, aFailedReplayKeepsWhatIsShownAndSaysWhy)
{
    SolverSession session;
    startOn(session, fake({.planned = 40, .failRestore = true}), false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    session.requestHistory(3, {});
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.fromHistory()->iteration, 3); // forward from a fresh solve
    session.requestHistory(1, {});
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.fromHistory()->iteration, 3);
    ASSERT_TRUE(session.historyError());
    EXPECT_EQ(session.historyError()->kind, ErrorKind::Device);
    EXPECT_EQ(session.status().state, SessionState::Finished);
    session.requestHistory(1, {});
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.fromHistory()->iteration, 1); // it began afresh
    EXPECT_FALSE(session.historyError());
}

TEST(SolverSession, greedyHasNoHistoryToShow)
{
    SolverSession session;
    session.start(fake({}), randomScore(8, 12), optionsFor(Method::Greedy), false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Finished);
    session.requestHistory(0, {});
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_FALSE(session.fromHistory());
    ASSERT_TRUE(session.historyError());
    EXPECT_EQ(session.historyError()->kind, ErrorKind::Unsupported);
}

TEST(SolverSession, exceptionsBecomeErrors)
{
    struct Case {
        FakeBehaviour behaviour;
        ErrorKind kind;
    };
    for (const Case &which :
         {Case{{.throwAt = 10}, ErrorKind::Internal}, Case{{.throwInStart = true}, ErrorKind::Resource},
          Case{{.throwInRound = true}, ErrorKind::Resource}, Case{{.throwInCapture = true}, ErrorKind::Resource}}) {
        SolverSession session;
        startOn(session, fake(which.behaviour), false);
        ASSERT_TRUE(session.waitUntilSettled(patience));
        EXPECT_EQ(session.status().state, SessionState::Failed);
        ASSERT_TRUE(session.error());
        EXPECT_EQ(session.error()->kind, which.kind);
        startOn(session, fake({.planned = 3}), false); // and life goes on
        ASSERT_TRUE(session.waitUntilSettled(patience));
        EXPECT_EQ(session.status().state, SessionState::Finished);
        EXPECT_FALSE(session.error());
    }
}

TEST(SolverSession, tellsTheListenerBeforeItSettlesAndNeverTwiceAtOnce)
{
    std::atomic<int> calls = 0;
    std::atomic<int> inside = 0;
    std::atomic<bool> overlapped = false;
    std::mutex mutex;
    std::vector<SessionState> states;
    {
        SolverSession session;
        session.setListener([&] {
            overlapped = overlapped || ++inside > 1;
            {
                const std::scoped_lock lock(mutex);
                const SessionState state = session.status().state;
                if (states.empty() || states.back() != state)
                    states.push_back(state);
            }
            ++calls;
            --inside;
        });
        startOn(session, fake({.planned = 100, .iterationCost = 1ms}), false);
        ASSERT_TRUE(eventually([&] { return session.history().lastIteration > 5; }));
        while (session.status().state != SessionState::Finished)
            session.requestHistory(3, {});
        ASSERT_TRUE(session.waitUntilSettled(patience));
        const std::scoped_lock lock(mutex);
        EXPECT_EQ(states.front(), SessionState::Running);
        EXPECT_EQ(states.back(), SessionState::Finished);
        session.restart(false);
    }
    EXPECT_FALSE(overlapped);
    const int callsWhenGone = calls;
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(calls, callsWhenGone);
    EXPECT_GT(calls, 3);
}

TEST(SolverSession, theListenerMayCommand)
{
    SolverSession session;
    std::atomic<bool> asked = false;
    session.setListener([&] {
        if (session.status().state == SessionState::Paused && !asked.exchange(true))
            session.run();
    });
    startOn(session, fake({.planned = 10}), true);
    ASSERT_TRUE(eventually([&] { return session.status().state == SessionState::Finished; }));
}

TEST(SolverSession, aPaceSlowsTheRunAndPauseDoesNotWaitForIt)
{
    SolverSession session;
    session.setPace(0.01); // the next iteration would begin after 100 s
    startOn(session, fake({.planned = 100}), false);
    ASSERT_TRUE(eventually([&] { return session.history().lastIteration == 1; }));
    EXPECT_FALSE(session.waitUntilSettled(50ms));
    const auto asked = Clock::now();
    session.pause();
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_LT(Clock::now() - asked, 20s);
    EXPECT_EQ(session.status().iteration, 1);
    session.setPace(0);
    session.run();
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Finished);
}

TEST(SolverSession, snapshotsDoNotChangeOncePublished)
{
    SolverSession session({.frame = 0ms}); // every chunk publishes one
    session.watch({0, 0, 2, 3});
    startOn(session, fake({.planned = 1000, .iterationCost = 10us}), false);
    std::shared_ptr<const Snapshot> kept;
    Snapshot copy;
    while (session.status().state != SessionState::Finished) {
        if (kept) {
            ASSERT_TRUE(sameBits(*kept, copy));
        }
        kept = session.latest();
        if (kept)
            copy = *kept;
    }
    ASSERT_TRUE(kept);
    EXPECT_TRUE(sameBits(*kept, copy));
}

} // namespace
} // namespace nms::test
