// SPDX-License-Identifier: Apache-2.0
#include "core/session/run_history.h"
#include "core/session/snapshot_pool.h"

#include <gtest/gtest.h>

#include <limits>

namespace nms::test {
namespace {

using namespace std::chrono_literals;

void recordUpTo(RunHistory &history, int last, std::size_t frameBytes, double iterationSeconds = 0.001)
{
    for (int k = history.info().lastIteration; k <= last; ++k) {
        IterationStats stats;
        stats.iteration = k;
        if (k > 0)
            history.append({&stats, 1});
        if (history.wantsKeyFrame(k, iterationSeconds)) {
            auto frame = std::make_shared<KeyFrame>();
            frame->iteration = k;
            frame->state.resize(frameBytes);
            history.addKeyFrame(frame);
        }
    }
}

TEST(RunHistory, keepsAKeyFrameEveryEightIterations)
{
    RunHistory history({.historyBytes = 1 << 20, .repeat = 100ms, .widestStride = 8});
    EXPECT_FALSE(history.keyFrameAtOrBefore(5));
    EXPECT_FALSE(history.nearestKeyFrame(5));
    recordUpTo(history, 100, 64);
    EXPECT_EQ(history.info().keyFrames, 13);
    EXPECT_EQ(history.info().lastIteration, 100);
    EXPECT_EQ(history.keyFrameAtOrBefore(0)->iteration, 0);
    EXPECT_EQ(history.keyFrameAtOrBefore(39)->iteration, 32);
    EXPECT_EQ(history.keyFrameAtOrBefore(40)->iteration, 40);
    EXPECT_EQ(history.keyFrameAtOrBefore(1000)->iteration, 96);
    EXPECT_EQ(history.nearestKeyFrame(0)->iteration, 0);
    EXPECT_EQ(history.nearestKeyFrame(35)->iteration, 32);
    EXPECT_EQ(history.nearestKeyFrame(36)->iteration, 32);
    EXPECT_EQ(history.nearestKeyFrame(37)->iteration, 40);
    EXPECT_EQ(history.nearestKeyFrame(40)->iteration, 40);
    EXPECT_EQ(history.nearestKeyFrame(1000)->iteration, 96);
}

TEST(RunHistory, keepsMoreWhereIterationsAreSlow)
{
    RunHistory history({.historyBytes = 3000, .repeat = 100ms, .widestStride = 8});
    recordUpTo(history, 8, 64, 5.0);
    EXPECT_EQ(history.info().keyFrames, 9);
    EXPECT_EQ(history.nextKeyFramePlace(8, 0.04), 10);
    EXPECT_EQ(history.nextKeyFramePlace(8, 0.02), 12);
    recordUpTo(history, 100, 64, 5.0); // as long as there is room
    EXPECT_LE(history.info().bytes, 3000);
    EXPECT_EQ(history.nextKeyFramePlace(100, 5.0), 104);
}

TEST(RunHistory, thinsOutUnderItsLimit)
{
    const std::int64_t limit = 4000;
    RunHistory history({.historyBytes = limit, .repeat = 100ms, .widestStride = 8});
    for (const int last : {50, 100, 500, 5000, 20000}) {
        recordUpTo(history, last, 300);
        EXPECT_LE(history.info().bytes, limit);
        EXPECT_GE(history.info().keyFrames, 4); // it uses what it may
        EXPECT_EQ(history.keyFrameAtOrBefore(7)->iteration, 0);
        const int gap = last - history.keyFrameAtOrBefore(last)->iteration;
        EXPECT_LT(gap, last / 2 + 8); // and leaves no long way anywhere
    }
    EXPECT_EQ(history.statsSince(0).size(), 20000u);
}

TEST(RunHistory, keepsIterationZeroWhateverItCosts)
{
    RunHistory history({.historyBytes = 10, .repeat = 100ms, .widestStride = 8});
    recordUpTo(history, 1000, 5000);
    EXPECT_EQ(history.info().keyFrames, 1);
    EXPECT_EQ(history.keyFrameAtOrBefore(1000)->iteration, 0);
    EXPECT_FALSE(history.wantsKeyFrame(1024, 0)); // it would be thrown away at once
    EXPECT_EQ(history.nextKeyFramePlace(1000, 0), std::numeric_limits<int>::max());
}

TEST(RunHistory, dropsWhatLiesBehind)
{
    RunHistory history({.historyBytes = 1 << 20, .repeat = 100ms, .widestStride = 8});
    recordUpTo(history, 100, 64);
    const std::int64_t bytes = history.info().bytes;
    history.dropAfter(40);
    EXPECT_EQ(history.info().lastIteration, 40);
    EXPECT_EQ(history.info().keyFrames, 6);
    EXPECT_LT(history.info().bytes, bytes);
    EXPECT_FALSE(history.wantsKeyFrame(40, 0));
    EXPECT_TRUE(history.wantsKeyFrame(48, 0));
    EXPECT_FALSE(history.statsAt(41));
    recordUpTo(history, 100, 64);
    EXPECT_EQ(history.info().bytes, bytes);
}

TEST(RunHistory, passesOverIterationsDoneAgain)
{
    RunHistory history({.historyBytes = 1 << 20, .repeat = 100ms, .widestStride = 8});
    IterationStats stats;
    stats.iteration = 1;
    stats.seconds = 1;
    history.append({&stats, 1});
    stats.seconds = 2;
    history.append({&stats, 1});
    ASSERT_EQ(history.statsSince(0).size(), 1u);
    EXPECT_EQ(history.statsAt(1)->seconds, 1);
    EXPECT_TRUE(history.statsSince(1).empty());
    EXPECT_TRUE(history.statsSince(77).empty());
    EXPECT_EQ(history.statsSince(-3).size(), 1u);
    EXPECT_FALSE(history.statsAt(0));
}

TEST(SnapshotPool, usesMemoryAgainOnceReleased)
{
    SnapshotPool pool;
    std::shared_ptr<Snapshot> first = pool.take();
    const Snapshot *address = first.get();
    const std::shared_ptr<Snapshot> second = pool.take();
    EXPECT_NE(second.get(), address); // still read
    first.reset();
    EXPECT_EQ(pool.take().get(), address);
}

TEST(SnapshotPool, snapshotsOutliveIt)
{
    std::shared_ptr<Snapshot> snapshot;
    {
        SnapshotPool pool;
        snapshot = pool.take();
    }
    snapshot->iteration = 7;
    EXPECT_EQ(snapshot->iteration, 7);
}

} // namespace
} // namespace nms::test
