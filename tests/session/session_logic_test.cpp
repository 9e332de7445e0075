// SPDX-License-Identifier: Apache-2.0
// The run's logic on the test's own thread: no clock, no race.
#include "core/session/session_logic.h"

#include "tests/session/fake_backend.h"
#include "tests/session/session_support.h"
#include "tests/support/host_shared_memory.h"

#include <gtest/gtest.h>

namespace nms::test {
namespace {

class SessionLogicTest : public testing::Test
{
protected:
    explicit SessionLogicTest(SessionOptions options = {.repeat = 1h}) : m_logic(options, m_board) { }

    void start(FakeBehaviour behaviour, bool paused = true)
    {
        m_backend = std::make_shared<FakeBackend>(behaviour);
        handle(StartCommand{m_backend, randomScore(8, 12), optionsFor(Method::Dykstra), paused});
    }
    /// A run that it starts is at iteration 0 afterwards.
    void handle(const SessionCommand &command)
    {
        m_logic.handle(command);
        if (m_logic.kindOfTurn() == Turn::Start)
            m_logic.turn({});
        m_logic.flush();
    }
    void settle()
    {
        for (int turns = 0; m_logic.active(); ++turns) {
            ASSERT_LT(turns, 100000);
            m_logic.turn({});
            m_logic.flush();
        }
    }
    SessionState state() const { return m_board.session().status.state; }
    int iteration() const { return m_board.session().status.iteration; }

    SessionBoard m_board;
    SessionLogic m_logic; // key frames where they belong on a slow machine too: repeating may take an hour
    std::shared_ptr<FakeBackend> m_backend;
};

TEST_F(SessionLogicTest, runsToTheEndAndRounds)
{
    start({.planned = 40}, false);
    EXPECT_EQ(state(), SessionState::Running);
    settle();
    const SessionView view = m_board.session();
    EXPECT_EQ(view.status.state, SessionState::Finished);
    EXPECT_EQ(view.status.iteration, 40);
    EXPECT_EQ(view.status.plannedIterations, 40);
    ASSERT_TRUE(view.result);
    EXPECT_EQ(view.result->grid.rows, 8);
    EXPECT_EQ(view.latest->iteration, 40);
    EXPECT_EQ(view.run->history.info().lastIteration, 40);
    EXPECT_EQ(view.run->history.info().keyFrames, 6); // 0, 8, …, 40
}

TEST_F(SessionLogicTest, startsPausedAtIterationZero)
{
    start({});
    EXPECT_EQ(state(), SessionState::Paused);
    EXPECT_FALSE(m_logic.active());
    ASSERT_TRUE(m_board.session().latest);
    EXPECT_EQ(m_board.session().latest->iteration, 0);
}

TEST_F(SessionLogicTest, stepsAreCountedPermits)
{
    start({});
    m_logic.handle(StepCommand{1});
    m_logic.handle(StepCommand{1});
    m_logic.handle(StepCommand{3});
    settle();
    EXPECT_EQ(state(), SessionState::Paused);
    EXPECT_EQ(iteration(), 5);
    EXPECT_EQ(m_board.session().latest->iteration, 5);
}

TEST_F(SessionLogicTest, stepsWhileRunningPauseAfterThem)
{
    start({.planned = 1000});
    handle(RunCommand{});
    m_logic.turn({});
    m_logic.flush();
    const int before = m_board.session().run->history.info().lastIteration;
    handle(StepCommand{2});
    settle();
    EXPECT_EQ(state(), SessionState::Paused);
    EXPECT_EQ(iteration(), before + 2);
}

TEST_F(SessionLogicTest, aHugeStepEndsWithTheRun)
{
    start({.planned = 40});
    handle(StepCommand{7});
    settle();
    handle(StepCommand{std::numeric_limits<int>::max()});
    settle();
    EXPECT_EQ(state(), SessionState::Finished);
}

TEST_F(SessionLogicTest, runToPausesThereAndIgnoresThePast)
{
    start({});
    handle(RunToCommand{17});
    settle();
    EXPECT_EQ(iteration(), 17);
    EXPECT_EQ(state(), SessionState::Paused);
    handle(RunToCommand{17});
    EXPECT_FALSE(m_logic.active());
    handle(RunToCommand{3});
    EXPECT_FALSE(m_logic.active());
    EXPECT_EQ(iteration(), 17);
}

TEST_F(SessionLogicTest, breaksAtAnIterationAndGoesOn)
{
    start({});
    handle(BreakpointCommand{Breakpoint{.iteration = 13}});
    handle(RunCommand{});
    settle();
    EXPECT_EQ(iteration(), 13);
    EXPECT_EQ(state(), SessionState::Paused);
    handle(RunCommand{});
    settle();
    EXPECT_EQ(state(), SessionState::Finished);
}

TEST_F(SessionLogicTest, breaksWhereTheResidualOrTheGapCrosses)
{
    start({}); // residual 1/k, gap 1/(k + 1)
    handle(BreakpointCommand{Breakpoint{.residualBelow = 0.095}});
    handle(RunCommand{});
    settle();
    EXPECT_EQ(iteration(), 11); // 1/10 is not below, 1/11 is
    handle(BreakpointCommand{Breakpoint{.residualBelow = 0.095, .gapBelow = 0.049}});
    handle(RunCommand{});
    settle();
    EXPECT_EQ(iteration(), 20); // 1/21; the residual's limit was crossed before
    handle(BreakpointCommand{});
    handle(RunCommand{});
    settle();
    EXPECT_EQ(state(), SessionState::Finished);
}

TEST_F(SessionLogicTest, cancelsFromPausedAndRunning)
{
    start({});
    handle(CancelCommand{});
    EXPECT_EQ(state(), SessionState::Cancelled);
    handle(RunCommand{});
    EXPECT_EQ(state(), SessionState::Cancelled);
    handle(RestartCommand{false});
    m_logic.turn({});
    handle(CancelCommand{});
    EXPECT_EQ(state(), SessionState::Cancelled);
    EXPECT_FALSE(m_logic.active());
    EXPECT_FALSE(m_board.session().result);
    EXPECT_EQ(m_board.session().status.generation, 2u);
}

TEST_F(SessionLogicTest, commandsWithoutARunDoNothing)
{
    for (const SessionCommand &command : std::initializer_list<SessionCommand>{
             RunCommand{}, PauseCommand{}, StepCommand{1}, RunToCommand{5}, CancelCommand{}, RewindCommand{0},
             RestartCommand{false}, WatchCommand{{0, 0, 1, 1}}, ViewerCommand{pretendedDevice}, BreakpointCommand{},
             PaceCommand{10}})
        handle(command);
    EXPECT_EQ(state(), SessionState::Idle);
    EXPECT_FALSE(m_logic.active());
    EXPECT_EQ(m_board.session().status.generation, 0u);
}

TEST_F(SessionLogicTest, aViewerOnTheDeviceSeesThePlanThere)
{
    const auto plan = [this] {
        return m_board.session().latest->plan.onDevice();
    };
    handle(ViewerCommand{pretendedDevice});
    m_logic.handle(WatchCommand{{0, 0, 2, 3}});
    start({.sharesMemory = true});
    ASSERT_TRUE(plan());
    EXPECT_EQ(plan()->rows(), 8);
    const auto first = plan();
    handle(StepCommand{1});
    settle();
    EXPECT_NE(plan(), first);
    handle(RestartCommand{true});
    EXPECT_TRUE(plan()) << "another solve, the same viewer";
    const auto before = m_board.session().latest;
    handle(ViewerCommand{});
    EXPECT_EQ(m_board.session().latest, before) << "nothing new to look at";
    handle(StepCommand{1});
    settle();
    EXPECT_FALSE(plan());
    handle(ViewerCommand{anotherDevice});
    handle(StepCommand{1});
    settle();
    EXPECT_FALSE(plan());
    handle(ViewerCommand{pretendedDevice});
    handle(StepCommand{1});
    settle();
    EXPECT_TRUE(plan());
}

/// Its maker writes the next ones there: snapshots to spare must not hold on to it.
TEST_F(SessionLogicTest, aPlanOnADeviceIsLetGoWithItsLastReader)
{
    handle(ViewerCommand{pretendedDevice});
    m_logic.handle(WatchCommand{{0, 0, 2, 3}});
    start({.sharesMemory = true});
    for (int k = 0; k < 6; ++k) {
        handle(StepCommand{1});
        settle();
        EXPECT_LE(m_backend->counters.sharedPlans, 2) << "what is published, what was before";
    }
    const auto reader = m_board.session().latest;
    handle(StepCommand{1});
    settle();
    handle(ViewerCommand{});
    handle(StepCommand{1});
    settle();
    handle(StepCommand{1});
    settle();
    EXPECT_EQ(m_backend->counters.sharedPlans, 1);
    EXPECT_EQ(reader->iteration, 6);
    EXPECT_EQ(reader->plan.rows(), 8);
}

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
        m_logic.turn(stopped.get_token());
    EXPECT_EQ(state(), SessionState::Running);
    settle();
    EXPECT_EQ(state(), SessionState::Finished);
}

TEST_F(SessionLogicTest, aStoppedRoundingIsDoneAgain)
{
    start({.planned = 4, .roundCost = 1ms}, false);
    while (!m_logic.isRounding())
        m_logic.turn({});
    std::stop_source stopped;
    stopped.request_stop();
    m_logic.turn(stopped.get_token());
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
    EXPECT_EQ(m_logic.kindOfTurn(), Turn::Start);
    std::stop_source stop;
    int told = 0;
    m_board.setListener([&] {
        EXPECT_TRUE(m_board.session().status.starting);
        if (++told == 3)
            stop.request_stop();
    });
    m_logic.turn(stop.get_token());
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
    m_logic.turn(stop.get_token());
    EXPECT_EQ(m_backend->counters.solves, 0); // nothing half-made is kept
    EXPECT_EQ(m_logic.kindOfTurn(), Turn::Start);
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
    const auto tear = [&] { // a turn is stopped in the middle of its iteration
        std::stop_source stop;
        m_backend->counters.withinIteration = [&] {
            stop.request_stop();
        };
        const int before = m_backend->counters.torn;
        m_logic.turn(stop.get_token());
        m_logic.flush();
        m_backend->counters.withinIteration = {};
        ASSERT_EQ(m_backend->counters.torn, before + 1);
    };
    tear();
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
    tear();
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
    tear();
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
        m_logic.turn(stop.get_token());
        m_logic.flush();
    }
    m_backend->counters.withinIteration = {};
    EXPECT_GT(m_backend->counters.torn, 0);
    EXPECT_EQ(state(), SessionState::Paused);
    EXPECT_EQ(iteration(), 4);
}

TEST_F(SessionLogicTest, anUnknownNumberOfIterationsIsTold)
{
    start({.planned = 20, .plannedUnknown = true}, false);
    settle();
    EXPECT_EQ(state(), SessionState::Finished);
    EXPECT_EQ(m_board.session().status.plannedIterations, -1);
}

TEST_F(SessionLogicTest, watchesTheRegionAskedFor)
{
    start({});
    EXPECT_TRUE(m_board.session().latest->plan.empty()); // nobody looks: figures of the tiles alone
    EXPECT_EQ(m_board.session().latest->tiles.size(), 6u);
    const int captures = m_backend->counters.captures;
    handle(WatchCommand{{0, 1, 1, 3}});
    EXPECT_EQ(m_board.session().latest->plan.rows(), 4);
    EXPECT_EQ(m_board.session().latest->plan.cols(), 8);
    handle(WatchCommand{{0, 1, 1, 3}});
    EXPECT_EQ(m_backend->counters.captures, captures + 1); // the same again is no work
}

TEST_F(SessionLogicTest, aMethodWithoutIterationsGoesStraightToItsResult)
{
    m_backend = std::make_shared<FakeBackend>();
    m_logic.handle(StartCommand{m_backend, randomScore(8, 12), optionsFor(Method::Greedy), false});
    settle();
    const SessionView view = m_board.session();
    EXPECT_EQ(view.status.state, SessionState::Finished);
    EXPECT_EQ(view.status.iteration, 0);
    EXPECT_EQ(view.status.plannedIterations, 0);
    EXPECT_TRUE(view.result);
    EXPECT_FALSE(view.latest);
    handle(RewindCommand{0});
    settle();
    EXPECT_EQ(state(), SessionState::Paused);
    handle(RunCommand{});
    settle();
    EXPECT_EQ(state(), SessionState::Finished);
}

TEST_F(SessionLogicTest, aMethodThatTheBackendLacksIsRefused)
{
    m_backend = std::make_shared<FakeBackend>();
    handle(StartCommand{m_backend, randomScore(8, 12), optionsFor(Method::Max1000), false});
    EXPECT_EQ(state(), SessionState::Failed);
    EXPECT_EQ(m_board.session().error->kind, ErrorKind::Unsupported);
}

TEST_F(SessionLogicTest, badOptionsAndNoMatrixAreRefused)
{
    m_backend = std::make_shared<FakeBackend>();
    handle(StartCommand{m_backend, randomScore(8, 12), optionsFor(Method::Dykstra, 9, 8), false});
    EXPECT_EQ(state(), SessionState::Failed);
    EXPECT_EQ(m_board.session().error->kind, ErrorKind::Usage);
    handle(StartCommand{m_backend, nullptr, optionsFor(Method::Dykstra), false});
    EXPECT_EQ(m_board.session().error->kind, ErrorKind::Usage);
    handle(StartCommand{nullptr, randomScore(8, 12), optionsFor(Method::Dykstra), false});
    EXPECT_EQ(m_board.session().error->kind, ErrorKind::Usage);
    handle(RewindCommand{0});
    EXPECT_EQ(state(), SessionState::Failed);
}

TEST_F(SessionLogicTest, everyFailureEndsInFailed)
{
    struct Case {
        FakeBehaviour behaviour;
        ErrorKind kind;
        int iteration;
    };
    const Case cases[] = {
        {{.failAt = 10}, ErrorKind::Device, 9},
        {{.stallAt = 10}, ErrorKind::Internal, 9},
        {{.failStart = true}, ErrorKind::Resource, 0},
        {{.planned = 12, .failRound = true}, ErrorKind::Resource, 12},
        {{.failCapture = true}, ErrorKind::Device, 0},
        {{.planned = 7, .roundsWrongMask = true}, ErrorKind::Internal, 7},
        {{.planned = 7, .roundsWrongFigures = true}, ErrorKind::Internal, 7},
    };
    for (const Case &which : cases) {
        start(which.behaviour, false);
        settle();
        EXPECT_EQ(state(), SessionState::Failed);
        EXPECT_EQ(iteration(), which.iteration);
        ASSERT_TRUE(m_board.session().error);
        EXPECT_EQ(m_board.session().error->kind, which.kind);
        EXPECT_FALSE(m_board.session().result);
    }
}

TEST_F(SessionLogicTest, aFailedRunCanBeRewound)
{
    start({.failAt = 10}, false);
    settle();
    ASSERT_EQ(state(), SessionState::Failed);
    handle(RewindCommand{9});
    settle();
    EXPECT_EQ(state(), SessionState::Paused);
    EXPECT_EQ(iteration(), 9);
    EXPECT_FALSE(m_board.session().error);
}

TEST_F(SessionLogicTest, aFailedRestoreIsTold)
{
    start({.failRestore = true});
    handle(RunToCommand{10});
    settle();
    handle(RewindCommand{3});
    EXPECT_EQ(state(), SessionState::Failed);
    EXPECT_EQ(m_board.session().error->kind, ErrorKind::Device);
}

TEST_F(SessionLogicTest, chunksGrowButStopAtKeyFrames)
{
    start({.planned = 400}, false);
    settle();
    EXPECT_EQ(m_backend->counters.longestChunk, RunHistory::widestStride);
    start({.planned = 6, .iterationCost = 20ms}, false); // longer than a frame: one at a time
    settle();
    EXPECT_EQ(m_backend->counters.longestChunk, 1);
    EXPECT_EQ(m_backend->counters.advances, 6);
}

TEST_F(SessionLogicTest, slowIterationsGetKeyFramesOfTheirOwn)
{
    m_backend = std::make_shared<FakeBackend>(FakeBehaviour{.planned = 6, .iterationCost = 2ms});
    SessionLogic logic({.repeat = 1ms}, m_board);
    logic.handle(StartCommand{m_backend, randomScore(8, 12), optionsFor(Method::Dykstra), false});
    while (logic.active())
        logic.turn({});
    logic.flush();
    EXPECT_EQ(m_board.session().run->history.info().keyFrames, 7);
}

TEST_F(SessionLogicTest, aPaceSpacesIterations)
{
    start({.planned = 1000});
    handle(PaceCommand{50});
    const auto begun = SessionLogic::Clock::now();
    handle(RunCommand{});
    for (int i = 0; i < 10; ++i)
        m_logic.turn({});
    EXPECT_GE(m_logic.due() - begun, 190ms);
    EXPECT_EQ(m_backend->counters.longestChunk, 1);
    handle(PaceCommand{0});
    EXPECT_LE(m_logic.due(), SessionLogic::Clock::now());
}

TEST_F(SessionLogicTest, snapshotsComeOncePerFrameWhileRunning)
{
    m_backend = std::make_shared<FakeBackend>(FakeBehaviour{.planned = 4000});
    int published = 0;
    m_board.setListener([&] { ++published; });
    SessionOptions slow;
    slow.frame = 1h;
    SessionLogic logic(slow, m_board);
    logic.handle(StartCommand{m_backend, randomScore(8, 12), optionsFor(Method::Dykstra), false});
    while (logic.active()) {
        logic.flush();
        logic.turn({});
    }
    logic.flush();
    EXPECT_LE(m_backend->counters.captures, 3); // at the start, at the last iteration
    EXPECT_LE(published, 6); // preparing, running, rounding, finished
}

/// A frame takes no time: everything is shown at once.
class BackgroundCaptureTest : public SessionLogicTest
{
protected:
    BackgroundCaptureTest() : SessionLogicTest({.frame = 0ms, .repeat = 1h}) { }

    /// What an uninterrupted solve shows at the snapshot's iteration.
    bool isWhole(const Snapshot &shown) const
    {
        FakeBackend backend;
        auto live = backend.startLive(randomScore(8, 12), optionsFor(Method::Dykstra), {});
        std::vector<IterationStats> stats;
        Snapshot wanted;
        if (!(*live)->advance(shown.iteration, {}, stats) || !(*live)->capture(m_region, wanted))
            return false;
        wanted.stats = shown.stats;
        return sameBits(wanted, shown);
    }
    const TileRegion m_region{0, 0, 2, 3};
};

TEST_F(BackgroundCaptureTest, isShownOneTurnLaterAndWholeAtTheEnd)
{
    handle(WatchCommand{m_region});
    start({.capturesInBackground = true}, false);
    int late = 0;
    for (int before = 0; m_logic.active(); before = m_board.session().latest->iteration) {
        m_logic.turn({});
        m_logic.flush();
        const SessionView view = m_board.session();
        ASSERT_TRUE(isWhole(*view.latest)) << view.latest->iteration;
        EXPECT_GE(view.latest->iteration, before);
        late += view.status.state == SessionState::Running && view.latest->iteration < view.status.iteration;
    }
    EXPECT_GT(late, 0);
    EXPECT_EQ(state(), SessionState::Finished);
    EXPECT_EQ(m_board.session().latest->iteration, iteration());
}

TEST_F(BackgroundCaptureTest, whoStepsPausesOrGoesBackSeesTheVeryIteration)
{
    start({.capturesInBackground = true});
    handle(WatchCommand{m_region});
    const auto expectHere = [&](int wanted) {
        EXPECT_EQ(iteration(), wanted);
        EXPECT_EQ(m_board.session().latest->iteration, wanted);
        EXPECT_TRUE(isWhole(*m_board.session().latest));
    };
    handle(StepCommand{3});
    settle();
    expectHere(3);
    handle(RunCommand{});
    m_logic.turn({});
    m_logic.flush(); // one is under way
    handle(PauseCommand{});
    expectHere(iteration());
    handle(RunCommand{});
    m_logic.turn({});
    m_logic.flush();
    handle(RewindCommand{2}); // it is of no use any more
    settle();
    expectHere(2);
    handle(PaceCommand{1e-3});
    handle(RunCommand{});
    m_logic.turn({});
    ASSERT_TRUE(eventually([&] { // as soon as snapshots have not taken too much of the time
        m_logic.flush();
        return iteration() == 3;
    }));
    expectHere(3);
}

TEST_F(BackgroundCaptureTest, aCopyThatFailsEndsTheRun)
{
    start({.capturesInBackground = true, .failEndCapture = true}, false);
    settle();
    EXPECT_EQ(state(), SessionState::Failed);
    EXPECT_EQ(m_board.session().error->what, "the copy never came");
    handle(RestartCommand{});
    m_logic.turn({});
    m_logic.flush();
    EXPECT_EQ(state(), SessionState::Failed);
}

} // namespace
} // namespace nms::test
