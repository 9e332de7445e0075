// SPDX-License-Identifier: Apache-2.0
// What the CUDA backend does when devices fail, over queues that pretend to.
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/warp_backend.h"
#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>

namespace nms::warp {
namespace {

/// A host queue that says it has much memory, gives `memory` bytes at most, and is lost with the launch after `launches`.
class FailingQueue : public Queue
{
public:
    FailingQueue(std::int64_t memory, int launches) : m_queue(makeHostQueue(1, memory)), m_launches(launches) { }

    Result<void *> take(std::int64_t bytes) override { return m_queue->take(bytes); }
    void give(void *memory) noexcept override { m_queue->give(memory); }
    std::int64_t bytesFree() override { return std::int64_t(1) << 40; }
    std::int64_t panelBytes() const override { return 30'000; }
    Status upload(void *to, const void *from, std::int64_t bytes) override { return m_queue->upload(to, from, bytes); }
    Status uploadRows(float *to, Span2d<const float> from) override { return m_queue->uploadRows(to, from); }
    Status download(void *to, const void *from, std::int64_t bytes) override { return m_queue->download(to, from, bytes); }
    Status clear(void *memory, std::int64_t bytes) override { return m_queue->clear(memory, bytes); }
    Status run(const Launch &launch) override
    {
        if (m_launches-- <= 0)
            return fail(ErrorKind::Device, "fake:0", "the device is lost", "none");
        return m_queue->run(launch);
    }
    Status finish() override { return m_queue->finish(); }
    double workAtOnce() const override { return m_queue->workAtOnce(); }

private:
    std::unique_ptr<Queue> m_queue;
    int m_launches;
};

constexpr std::int64_t enough = std::numeric_limits<std::int64_t>::max();
constexpr int forever = std::numeric_limits<int>::max();

MakeQueue failing(std::int64_t memory, int launches)
{
    return [memory, launches](int) -> Result<std::unique_ptr<Queue>> {
        return std::make_unique<FailingQueue>(memory, launches);
    };
}

/// Solves over such queues; what was warned of ends up in `warnings`.
Result<Solution> solveOver(std::vector<MakeQueue> makers, const Matrix<float> &scores, std::vector<std::string> &warnings,
                           const Progress &progress = {})
{
    SolveOptions options;
    options.pattern = {4, 8};
    return makeWarpBackend("fake", "fake", std::move(makers),
                           [&](const std::string &message) { warnings.push_back(message); })
        ->solve(scores.span(), options, progress);
}

class WarpFailure : public testing::Test
{
protected:
    void expectWhole(const Result<Solution> &solution)
    {
        ASSERT_TRUE(solution) << solution.error().line();
        SolveOptions options;
        options.pattern = {4, 8};
        const auto wanted = makeHostWarpBackend()->solve(m_scores.span(), options, {});
        EXPECT_EQ(solution->mask, wanted->mask); // exact: one right mask, whoever finds it
        ASSERT_EQ(solution->tiles.size(), wanted->tiles.size());
        for (std::size_t tile = 0; tile < wanted->tiles.size(); ++tile)
            EXPECT_NEAR(solution->tiles[tile].objective, wanted->tiles[tile].objective, 1e-9) << tile;
    }

    const Matrix<float> m_scores = test::gaussianScores(403, 150, 41);
    std::vector<std::string> m_warnings;
};

TEST_F(WarpFailure, memoryThatRunsShortHalvesThePanel)
{
    expectWhole(solveOver({failing(9000, forever)}, m_scores, m_warnings));
    EXPECT_TRUE(m_warnings.empty());
    const auto none = solveOver({failing(3000, forever)}, m_scores, m_warnings);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::Resource);
}

TEST_F(WarpFailure, lostDeviceLeavesTheRestToTheCpu)
{
    for (const int launches : {0, 1, 5}) {
        std::int64_t reported = 0;
        Progress progress;
        progress.report = [&](std::int64_t done, std::int64_t) {
            reported = done;
        };
        m_warnings.clear();
        const auto solution = solveOver({failing(enough, launches)}, m_scores, m_warnings, progress);
        expectWhole(solution);
        ASSERT_EQ(m_warnings.size(), 1U);
        EXPECT_NE(m_warnings.front().find("the device is lost"), std::string::npos);
        EXPECT_EQ(reported, solution->grid.count());
    }
}

TEST_F(WarpFailure, devicesShareThePanels)
{
    expectWhole(
        solveOver({failing(enough, forever), failing(9000, forever), failing(enough, forever)}, m_scores, m_warnings));
    expectWhole(solveOver({failing(enough, 1), failing(enough, forever)}, m_scores, m_warnings));
    expectWhole(solveOver({failing(enough, forever), failing(3000, forever)}, m_scores, m_warnings));
    EXPECT_TRUE(m_warnings.empty());
    expectWhole(solveOver({failing(enough, 1), failing(enough, 2)}, m_scores, m_warnings));
    EXPECT_EQ(m_warnings.size(), 1U);
}

TEST_F(WarpFailure, badScoresAreNobodysFault)
{
    Matrix<float> scores = m_scores;
    scores(300, 20) = -1;
    const auto solution = solveOver({failing(enough, forever), failing(enough, forever)}, scores, m_warnings);
    ASSERT_FALSE(solution);
    EXPECT_EQ(solution.error().kind, ErrorKind::Input);
    EXPECT_TRUE(m_warnings.empty());
}

} // namespace
} // namespace nms::warp
