// SPDX-License-Identifier: Apache-2.0
// What is shown of a run: snapshots, plans that stay on a device, captures that go on meanwhile.
#include "tests/session/session_logic_fixture.h"

#include "tests/support/host_shared_memory.h"

namespace nms::test {
namespace {

TEST_F(SessionLogicTest, aViewerOnTheDeviceSeesThePlanThere)
{
    const auto plan = [this] {
        return m_board.session().latest->plan.onDevice();
    };
    handle(ViewerCommand{simulatedDeviceId});
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
    handle(ViewerCommand{simulatedDeviceId});
    handle(StepCommand{1});
    settle();
    EXPECT_TRUE(plan());
}

/// Its maker writes the next ones there: snapshots to spare must not hold on to it.
TEST_F(SessionLogicTest, aPlanOnADeviceIsLetGoWithItsLastReader)
{
    handle(ViewerCommand{simulatedDeviceId});
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
        logic.work({});
    }
    logic.flush();
    EXPECT_LE(m_backend->counters.captures, 3); // at the start, at the last iteration
    EXPECT_LE(published, 6); // preparing, running, rounding, finished
}

/// A frame takes no time, and snapshots may take all of it: everything is shown at once, however slow the machine.
class BackgroundCaptureTest : public SessionLogicTest
{
protected:
    BackgroundCaptureTest() : SessionLogicTest({.captureShare = 1, .frame = 0ms, .repeat = 1h, .widestStride = 8}) { }

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
        m_logic.work({});
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
    m_logic.work({});
    m_logic.flush(); // one is under way
    handle(PauseCommand{});
    expectHere(iteration());
    handle(RunCommand{});
    m_logic.work({});
    m_logic.flush();
    handle(RewindCommand{2}); // it is of no use any more
    settle();
    expectHere(2);
    handle(PaceCommand{1e-3});
    handle(RunCommand{});
    m_logic.work({});
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
    m_logic.work({});
    m_logic.flush();
    EXPECT_EQ(state(), SessionState::Failed);
}

} // namespace
} // namespace nms::test
