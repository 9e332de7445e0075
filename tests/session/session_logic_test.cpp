// SPDX-License-Identifier: Apache-2.0
// Commands and states of a run: to its end, step by step, to an iteration, and what ends it.
#include "tests/session/session_logic_fixture.h"
#include "tests/support/host_shared_memory.h"

namespace nms::test {
namespace {

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
    m_logic.work({});
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
    handle(BreakpointCommand{Breakpoint{.residualBelow = 0.095, .planGapBelow = 0.049}});
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
    m_logic.work({});
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
             RestartCommand{false}, WatchCommand{{0, 0, 1, 1}}, ViewerCommand{simulatedDeviceId}, BreakpointCommand{},
             PaceCommand{10}})
        handle(command);
    EXPECT_EQ(state(), SessionState::Idle);
    EXPECT_FALSE(m_logic.active());
    EXPECT_EQ(m_board.session().status.generation, 0u);
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
    EXPECT_EQ(m_backend->counters.longestChunk, 8);
    start({.planned = 6, .iterationCost = 20ms}, false); // longer than a frame: one at a time
    settle();
    EXPECT_EQ(m_backend->counters.longestChunk, 1);
    EXPECT_EQ(m_backend->counters.advances, 6);
}

TEST_F(SessionLogicTest, slowIterationsGetKeyFramesOfTheirOwn)
{
    m_backend = std::make_shared<FakeBackend>(FakeBehaviour{.planned = 6, .iterationCost = 2ms});
    SessionLogic logic({.repeat = 1ms, .widestStride = 8}, m_board);
    logic.handle(StartCommand{m_backend, randomScore(8, 12), optionsFor(Method::Dykstra), false});
    while (logic.active())
        logic.work({});
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
        m_logic.work({});
    EXPECT_GE(m_logic.due() - begun, 190ms);
    EXPECT_EQ(m_backend->counters.longestChunk, 1);
    handle(PaceCommand{0});
    EXPECT_LE(m_logic.due(), SessionLogic::Clock::now());
}

} // namespace
} // namespace nms::test
