// SPDX-License-Identifier: Apache-2.0
#include "core/session/iteration_log.h"
#include "core/session/run_history.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nms::test {
namespace {

IterationStats at(int iteration)
{
    IterationStats stats;
    stats.iteration = iteration;
    stats.rowResidual = 1.0 / iteration;
    return stats;
}

TEST(IterationLog, keepsAllOfAShortRun)
{
    IterationLog log(1000);
    for (int k = 1; k <= 1000; ++k) {
        const IterationStats stats = at(k);
        log.append({&stats, 1});
    }
    ASSERT_EQ(log.all().size(), 1000u);
    EXPECT_EQ(log.at(517)->rowResidual, 1.0 / 517);
    EXPECT_EQ(log.since(990).size(), 10u);
    EXPECT_EQ(log.since(-1).size(), 1000u);
    EXPECT_TRUE(log.since(1000).empty());
    const IterationStats again = at(3);
    log.append({&again, 1});
    EXPECT_EQ(log.all().size(), 1000u);
}

TEST(IterationLog, thinsOutEvenlyAndKeepsTheNewest)
{
    constexpr std::size_t most = 1024;
    constexpr int last = 1'000'000;
    IterationLog log(most);
    std::int64_t largest = 0;
    for (int k = 1; k <= last; ++k) {
        const IterationStats stats = at(k);
        log.append({&stats, 1});
        ASSERT_LE(log.all().size(), most);
        ASSERT_EQ(log.all().back().iteration, k);
        ASSERT_TRUE(k == 1 || log.at(k - 1)) << "a breakpoint compares with the one before";
        largest = std::max(largest, log.bytes());
    }
    EXPECT_LE(largest, std::int64_t(most * sizeof(IterationStats)));
    EXPECT_LE(largest, IterationLog::bytesFor(last, most));
    EXPECT_GE(log.all().size(), most / 2);
    int widest = 0, before = 0;
    for (const IterationStats &stats : log.all()) {
        EXPECT_GT(stats.iteration, before);
        EXPECT_EQ(stats.rowResidual, 1.0 / stats.iteration);
        widest = std::max(widest, stats.iteration - before);
        before = stats.iteration;
    }
    EXPECT_LE(widest, 8 * last / int(most)); // no stretch of the run is missing
}

TEST(IterationLog, goesOnAfterARewind)
{
    IterationLog log(100);
    for (int k = 1; k <= 10000; ++k) {
        const IterationStats stats = at(k);
        log.append({&stats, 1});
    }
    log.dropAfter(5000);
    EXPECT_LE(log.all().back().iteration, 5000);
    EXPECT_GT(log.all().back().iteration, 4000);
    for (int k = 5001; k <= 20000; ++k) {
        const IterationStats stats = at(k);
        log.append({&stats, 1});
        ASSERT_EQ(log.all().back().iteration, k);
    }
    EXPECT_LE(log.all().size(), 100u);
    log.clear();
    EXPECT_TRUE(log.all().empty());
    EXPECT_EQ(log.bytes(), 0);
}

TEST(RunHistory, aMillionIterationsStayWithinTheirCap)
{
    const SessionOptions options{.historyBytes = 1 << 20, .statistics = 4096};
    RunHistory history(options);
    for (int k = 0; k <= 1'000'000; ++k) {
        if (k > 0) {
            const IterationStats stats = at(k);
            history.append({&stats, 1});
        }
        if (history.wantsKeyFrame(k, 1e-4)) {
            auto frame = std::make_shared<KeyFrame>();
            frame->iteration = k;
            frame->state.resize(1000);
            history.addKeyFrame(std::move(frame));
        }
        if (k % 10000 == 0) {
            EXPECT_LE(history.info().bytes, options.historyBytes);
            EXPECT_LE(history.info().statisticsBytes, std::int64_t(options.statistics * sizeof(IterationStats)));
        }
    }
    EXPECT_EQ(history.info().lastIteration, 1'000'000);
    EXPECT_EQ(history.statsSince(0).back().iteration, 1'000'000);
    EXPECT_TRUE(history.statsAt(999'999));
    history.dropAfter(1234);
    EXPECT_EQ(history.info().lastIteration, 1234);
    const IterationStats next = at(1235);
    history.append({&next, 1});
    EXPECT_EQ(history.statsSince(1234).size(), 1u);
}

} // namespace
} // namespace nms::test
