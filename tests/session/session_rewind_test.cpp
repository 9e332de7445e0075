// SPDX-License-Identifier: Apache-2.0
// Going back, stops in the middle of an iteration, a start or a rounding, and going on from there.
#include "tests/session/session_logic_fixture.h"

namespace nms::test {
namespace {

TEST_F(SessionLogicTest, rewindRepeatsTheRunExactly)
{
    start({.planned = 60});
    handle(WatchCommand{{0, 0, 2, 3}});
    std::vector<std::shared_ptr<const Snapshot>> seen{m_board.session().latest};
    for (int k = 1; k < 60; ++k) {
        handle(StepCommand{1});
        settle();
        seen.push_back(m_board.session().latest);
    }
    for (const int k : {59, 58, 33, 32, 31, 8, 7, 0}) {
        handle(RewindCommand{k});
        settle();
        EXPECT_EQ(state(), SessionState::Paused);
        ASSERT_EQ(iteration(), k);
        EXPECT_EQ(m_board.session().run->history.info().lastIteration, k);
        EXPECT_TRUE(sameBits(*m_board.session().latest, *seen[std::size_t(k)])) << k;
    }
    handle(RunToCommand{59});
    settle();
    Snapshot again = *m_board.session().latest;
    EXPECT_NE(again.stats.seconds, seen[59]->stats.seconds); // another wall clock, all else the same
    again.stats.seconds = seen[59]->stats.seconds;
    EXPECT_TRUE(sameBits(again, *seen[59]));
}

TEST_F(SessionLogicTest, rewindFromFinishedTakesTheResultBack)
{
    start({.planned = 20}, false);
    settle();
    ASSERT_EQ(state(), SessionState::Finished);
    handle(RewindCommand{20});
    settle();
    EXPECT_EQ(state(), SessionState::Paused);
    EXPECT_EQ(iteration(), 20);
    EXPECT_FALSE(m_board.session().result);
    handle(StepCommand{1}); // nothing is left but the rounding
    settle();
    EXPECT_EQ(state(), SessionState::Finished);
    EXPECT_TRUE(m_board.session().result);
}

TEST_F(SessionLogicTest, commandsAfterARewindWaitForIt)
{
    start({.planned = 60});
    handle(RunToCommand{50});
    settle();
    m_logic.handle(RewindCommand{21});
    m_logic.handle(PauseCommand{}); // it ends paused anyway
    m_logic.handle(StepCommand{2});
    settle();
    EXPECT_EQ(iteration(), 23);
    m_logic.handle(RewindCommand{1000}); // no further than where it is
    settle();
    EXPECT_EQ(iteration(), 23);
    m_logic.handle(RewindCommand{-5});
    m_logic.handle(RunCommand{});
    settle();
    EXPECT_EQ(state(), SessionState::Finished);
}

TEST_F(SessionLogicTest, cancelOnTheWayBackKeepsOnlyWhatWasReached)
{
    start({.planned = 60});
    handle(RunToCommand{50});
    settle();
    m_logic.handle(RewindCommand{15});
    handle(CancelCommand{});
    EXPECT_EQ(state(), SessionState::Cancelled);
    EXPECT_EQ(iteration(), 8);
    EXPECT_EQ(m_board.session().run->history.info().lastIteration, 8);
    EXPECT_EQ(m_board.session().latest->iteration, 8);
}

TEST_F(SessionLogicTest, aStopLeavesAValidState)
{
    start({.planned = 60}, false);
    std::stop_source stopped;
    stopped.request_stop();
    for (int i = 0; i < 5; ++i)
        m_logic.work(stopped.get_token());
    EXPECT_EQ(state(), SessionState::Running);
    settle();
    EXPECT_EQ(state(), SessionState::Finished);
}

TEST_F(SessionLogicTest, aStoppedRoundingIsDoneAgain)
{
    start({.planned = 4, .roundCost = 1ms}, false);
    while (!m_logic.isRounding())
        m_logic.work({});
    std::stop_source stopped;
    stopped.request_stop();
    m_logic.work(stopped.get_token());
    m_logic.flush();
    EXPECT_EQ(state(), SessionState::Rounding);
    settle();
    EXPECT_EQ(state(), SessionState::Finished);
}

TEST_F(SessionLogicTest, aStartTellsHowFarItIsAndCanBeStopped)
{
    m_backend = std::make_shared<FakeBackend>(FakeBehaviour{.startCost = 1h});
    m_logic.handle(StartCommand{m_backend, randomScore(8, 12), optionsFor(Method::Dykstra), true});
    EXPECT_EQ(state(), SessionState::Paused);
    EXPECT_EQ(m_board.session().status.starting, 0.0);
    EXPECT_EQ(m_logic.kindOfWork(), WorkKind::Start);
    std::stop_source stop;
    int told = 0;
    m_board.setListener([&] {
        EXPECT_TRUE(m_board.session().status.starting);
        if (++told == 3)
            stop.request_stop();
    });
    m_logic.work(stop.get_token());
    m_board.setListener({});
    EXPECT_GE(told, 3);
    EXPECT_EQ(m_backend->counters.stoppedStarts, 1);
    EXPECT_TRUE(m_logic.active()); // whoever stopped it says how to go on
    m_logic.handle(CancelCommand{});
    m_logic.flush();
    EXPECT_FALSE(m_logic.active());
    EXPECT_EQ(state(), SessionState::Cancelled);
    EXPECT_FALSE(m_board.session().status.starting);
    EXPECT_FALSE(m_board.session().error);
    EXPECT_EQ(m_backend->counters.solves, 0);
    for (const SessionCommand &command :
         std::initializer_list<SessionCommand>{RunCommand{}, StepCommand{}, RewindCommand{0}})
        m_logic.handle(command); // there is nothing to go on with
    EXPECT_FALSE(m_logic.active());
}

TEST_F(SessionLogicTest, aKeyFrameUnderWayEndsWithTheStart)
{
    m_backend = std::make_shared<FakeBackend>(FakeBehaviour{.saveCost = 1h});
    m_logic.handle(StartCommand{m_backend, randomScore(8, 12), optionsFor(Method::Dykstra), false});
    std::stop_source stop;
    stop.request_stop();
    m_logic.work(stop.get_token());
    EXPECT_EQ(m_backend->counters.solves, 0); // nothing half-made is kept
    EXPECT_EQ(m_logic.kindOfWork(), WorkKind::Start);
    handle(CancelCommand{});
    EXPECT_EQ(state(), SessionState::Cancelled);
}

TEST_F(SessionLogicTest, commandsGivenDuringTheStartHoldAfterIt)
{
    m_backend = std::make_shared<FakeBackend>();
    m_logic.handle(StartCommand{m_backend, randomScore(8, 12), optionsFor(Method::Dykstra), true});
    m_logic.handle(StepCommand{2});
    m_logic.handle(StepCommand{1});
    settle();
    EXPECT_EQ(iteration(), 3);
    m_logic.handle(RestartCommand{true});
    m_logic.handle(RunToCommand{9});
    settle();
    EXPECT_EQ(iteration(), 9);
    m_logic.handle(RestartCommand{false});
    m_logic.handle(PauseCommand{});
    settle();
    EXPECT_EQ(iteration(), 0);
    EXPECT_EQ(state(), SessionState::Paused);
    EXPECT_TRUE(m_board.session().latest);
}

TEST_F(SessionLogicTest, anIterationUnderWayIsDoneForWhoPausesOrLooks)
{
    start({.planned = 30, .iterationCost = 1ms, .stopsWithin = true}, false);
    handle(WatchCommand{{0, 0, 1, 1}});
    const auto interrupt = [&] { // the work is stopped in the middle of its iteration
        std::stop_source stop;
        m_backend->counters.withinIteration = [&] {
            stop.request_stop();
        };
        const int before = m_backend->counters.torn;
        m_logic.work(stop.get_token());
        m_logic.flush();
        m_backend->counters.withinIteration = {};
        ASSERT_EQ(m_backend->counters.torn, before + 1);
    };
    interrupt();
    const int done = m_board.session().run->history.info().lastIteration;
    handle(PauseCommand{});
    EXPECT_EQ(state(), SessionState::Running); // paused is told once it stands still
    EXPECT_TRUE(m_logic.active());
    settle();
    EXPECT_EQ(state(), SessionState::Paused);
    EXPECT_EQ(iteration(), done + 1);
    EXPECT_EQ(m_board.session().latest->iteration, done + 1);
    EXPECT_EQ(m_board.session().run->history.info().lastIteration, done + 1);

    handle(RunCommand{});
    interrupt();
    const int reached = m_board.session().run->history.info().lastIteration;
    handle(CancelCommand{});
    EXPECT_EQ(state(), SessionState::Cancelled);
    EXPECT_FALSE(m_logic.active()); // nobody wants to see it
    handle(WatchCommand{{0, 0, 2, 2}});
    settle();
    EXPECT_EQ(state(), SessionState::Cancelled);
    EXPECT_EQ(iteration(), reached + 1);
    EXPECT_EQ(m_board.session().latest->iteration, reached + 1);
    EXPECT_EQ(m_board.session().latest->plan.rows(), 8);

    handle(RewindCommand{2});
    settle();
    EXPECT_EQ(iteration(), 2);
    handle(RunCommand{});
    interrupt();
    handle(RewindCommand{1}); // which needs no whole state
    settle();
    EXPECT_EQ(m_board.session().latest->iteration, 1);
    handle(RunCommand{});
    settle();
    EXPECT_EQ(state(), SessionState::Finished);
    EXPECT_EQ(m_board.session().run->history.info().lastIteration, 30);
    EXPECT_EQ(m_backend->counters.misuses, 0);
}

TEST_F(SessionLogicTest, breakpointsHoldForAnIterationThatWasUnderWay)
{
    start({.planned = 30, .iterationCost = 1ms, .stopsWithin = true});
    handle(BreakpointCommand{Breakpoint{.residualBelow = 0.3}}); // 1/4 is the first below
    handle(RunCommand{});
    for (int turn = 0; m_logic.active(); ++turn) {
        ASSERT_LT(turn, 100);
        std::stop_source stop;
        m_backend->counters.withinIteration = [&] {
            if (turn % 2 == 0) // every one is broken off once
                stop.request_stop();
        };
        m_logic.work(stop.get_token());
        m_logic.flush();
    }
    m_backend->counters.withinIteration = {};
    EXPECT_GT(m_backend->counters.torn, 0);
    EXPECT_EQ(state(), SessionState::Paused);
    EXPECT_EQ(iteration(), 4);
}

} // namespace
} // namespace nms::test
