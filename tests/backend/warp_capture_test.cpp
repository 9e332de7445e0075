// SPDX-License-Identifier: Apache-2.0
// The data that a viewer shows is copied while the solve continues; tested with a queue that copies as late as possible.
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "gpu/cuda/warp_backend.h"
#include "gpu/cuda/warp_live.h"
#include "tests/backend/cases.h"
#include "tests/backend/simulated_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>

namespace nms::test {
namespace {

/// Postpones every download until a caller waits for it.
class LazyQueue : public SimulatedQueue
{
public:
    explicit LazyQueue(int *waiting) : SimulatedQueue({}), m_waiting(waiting) { }

    Status startDownload(void *to, const void *from, std::int64_t bytes) override
    {
        m_later.push_back([=, this] { return SimulatedQueue::startDownload(to, from, bytes); });
        *m_waiting = int(m_later.size());
        return {};
    }
    Status wait(Mark mark) override
    {
        const Status done = catchUp();
        return done ? SimulatedQueue::wait(mark) : done;
    }
    Status finish() override
    {
        const Status done = catchUp();
        return done ? SimulatedQueue::finish() : done;
    }

private:
    Status catchUp()
    {
        Status status;
        for (; status && !m_later.empty(); m_later.pop_front())
            status = m_later.front()();
        *m_waiting = int(m_later.size());
        return status;
    }
    std::deque<std::function<Status()>> m_later;
    int *m_waiting;
};

class WarpCapture : public testing::TestWithParam<Method>
{
protected:
    std::unique_ptr<LiveSolve> start(std::unique_ptr<warp::Queue> copying)
    {
        SolveOptions options;
        options.method = GetParam();
        options.pattern = {4, 8};
        auto live = warp::makeWarpLive("fake", warp::makeHostQueue(1, enough), std::move(copying), m_scores, options, {});
        return live ? std::move(*live) : nullptr;
    }
    static constexpr TileRegion region{1, 0, 3, 2};
    const Matrix<float> m_scores = gaussianScores(40, 39, 51);
    std::vector<IterationStats> m_stats;
};

TEST_P(WarpCapture, copiesWhileTheSolveGoesOn)
{
    int waiting = 0;
    const auto live = start(std::make_unique<LazyQueue>(&waiting));
    const auto plain = start(warp::makeHostQueue(1, enough));
    ASSERT_TRUE(live && plain);
    Snapshot shown, wanted;
    for (const int iterations : {2, 3, 20}) {
        ASSERT_TRUE(plain->capture(region, wanted));
        const auto complete = live->beginCapture(region, shown);
        ASSERT_TRUE(complete);
        EXPECT_FALSE(*complete);
        EXPECT_GT(waiting, 0);
        ASSERT_TRUE(live->advance(iterations, {}, m_stats));
        ASSERT_TRUE(plain->advance(iterations, {}, m_stats));
        EXPECT_GT(waiting, 0) << "an iteration has waited for a viewer's copy";
        ASSERT_TRUE(live->endCapture());
        EXPECT_EQ(waiting, 0);
        wanted.stats.seconds = shown.stats.seconds;
        EXPECT_TRUE(same(shown, wanted));
    }
    ASSERT_TRUE(live->beginCapture(region, shown));
    KeyFrame frame; // saving, advancing, restoring and rounding must not change the capture either
    ASSERT_TRUE(live->save(frame, {}));
    ASSERT_TRUE(plain->capture(region, wanted));
    ASSERT_TRUE(live->advance(2, {}, m_stats));
    ASSERT_TRUE(live->restore(frame));
    ASSERT_TRUE(live->round({}));
    ASSERT_TRUE(live->endCapture());
    wanted.stats.seconds = shown.stats.seconds;
    EXPECT_TRUE(same(shown, wanted));
}

TEST_P(WarpCapture, anotherBeginningEndsTheOneBefore)
{
    const auto live = start(warp::makeHostQueue(1, enough));
    ASSERT_TRUE(live);
    Snapshot shown;
    ASSERT_TRUE(live->beginCapture(region, shown));
    ASSERT_TRUE(live->beginCapture({0, 0, 1, 1}, shown));
    ASSERT_TRUE(live->endCapture());
    EXPECT_EQ(shown.plan.rows(), 8);
    EXPECT_EQ(shown.potentials.size(), 16u);
}

TEST_P(WarpCapture, aCopyThatFailsIsTold)
{
    const auto live = start(std::make_unique<SimulatedQueue>(SimulatedDevice{.downloads = 4}));
    ASSERT_TRUE(live);
    Snapshot shown;
    ASSERT_TRUE(live->capture(region, shown)); // plan, thresholds, figures
    const Status captured = live->capture(region, shown);
    ASSERT_FALSE(captured);
    EXPECT_EQ(captured.error().what, "the device is lost");
    ASSERT_TRUE(live->endCapture()); // no capture is under way
}

/// A region larger than one band.
TEST(WarpCaptureBands, makeOnePlan)
{
    SolveOptions options;
    options.pattern = {4, 8};
    const Matrix<float> scores = gaussianScores(2901, 3100, 52);
    const auto live =
        warp::makeWarpLive("fake", warp::makeHostQueue(0, enough), warp::makeHostQueue(1, enough), scores, options, {});
    std::vector<IterationStats> stats;
    ASSERT_TRUE(live && (*live)->advance(1, {}, stats));
    Snapshot whole;
    const auto complete = (*live)->beginCapture({0, 0, 1000, 1000}, whole);
    ASSERT_TRUE(complete);
    EXPECT_TRUE(*complete);
    ASSERT_EQ(whole.plan.rows(), 2901);
    for (std::int64_t row = 0; row < whole.grid.tileRows(); row += 40) {
        Snapshot part;
        ASSERT_TRUE((*live)->capture({row, 3, row + 1, 9}, part));
        for (std::int64_t i = 0; i < part.plan.rows(); ++i)
            for (std::int64_t j = 0; j < part.plan.cols(); ++j)
                ASSERT_EQ(part.plan(i, j), whole.plan(row * 8 + i, 24 + j)) << row;
        ASSERT_TRUE(std::equal(part.potentials.begin(), part.potentials.end(),
                               whole.potentials.begin() + (row * whole.grid.tileCols() + 3) * 16));
    }
}

INSTANTIATE_TEST_SUITE_P(Methods, WarpCapture, testing::Values(Method::Exact, Method::Dykstra, Method::Capped),
                         [](const auto &which) { return std::string(nameOf(which.param)); });

} // namespace
} // namespace nms::test
