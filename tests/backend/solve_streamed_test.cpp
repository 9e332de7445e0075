// SPDX-License-Identifier: Apache-2.0
// Reading and writing overlap with solving a panel; this must not affect order, errors, stops or memory bounds.
#include "core/simd/half.h"
#include "core/solver/cpu_backend.h"
#include "core/solver/solve.h"
#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <thread>

namespace nms::test {
namespace {

constexpr std::int64_t rows = 203, cols = 40, panels = 13; // of 16 rows each, the last of 11

class SolveStreamed : public testing::Test
{
protected:
    SolveStreamed() { m_options.pattern = {4, 8}; }

    Status read(std::int64_t row0, std::int64_t count, std::span<std::byte> out)
    {
        m_calls.push_back("read " + std::to_string(row0 / 16));
        EXPECT_EQ(std::this_thread::get_id(), m_thread);
        if (row0 / 16 == m_failingRead)
            return fail(ErrorKind::Io, "file.h5", "gone");
        std::memcpy(out.data(), &m_weights(row0, 0), std::size_t(count * cols) * sizeof(float));
        if (row0 / 16 == m_badPanel)
            std::memset(out.data(), 0xff, sizeof(float)); // a NaN that the reader does not report
        return {};
    }
    Status write(std::int64_t row0, const Mask &mask, const WeightsView &weights)
    {
        m_calls.push_back("write " + std::to_string(row0 / 16));
        EXPECT_EQ(std::this_thread::get_id(), m_thread);
        EXPECT_EQ(std::memcmp(weights.data, &m_weights(row0, 0), std::size_t(weights.rows * cols) * sizeof(float)), 0);
        if (row0 / 16 == m_failingWrite)
            return fail(ErrorKind::Io, "out.h5", "full");
        if (row0 / 16 == m_stoppingWrite)
            m_stop.request_stop();
        m_mask.assignRows(row0, mask);
        return {};
    }
    Result<StreamedSolution> run()
    {
        const auto backend = makeCpuBackend();
        const auto solver = backend->startWeights(m_options);
        const Progress progress{m_stop.get_token(), {}};
        return solveStreamed(
            **solver, {rows, cols, WeightType::F32}, m_options, 17 * cols,
            [this](std::int64_t row0, std::int64_t count, std::span<std::byte> out) { return read(row0, count, out); },
            [this](std::int64_t row0, const Mask &mask, const WeightsView &weights) { return write(row0, mask, weights); },
            progress);
    }

    const Matrix<float> m_weights = gaussianScores(rows, cols, 61);
    const std::thread::id m_thread = std::this_thread::get_id();
    SolveOptions m_options;
    std::stop_source m_stop;
    std::vector<std::string> m_calls;
    Mask m_mask{rows, cols};
    std::int64_t m_failingRead = -1, m_badPanel = -1, m_failingWrite = -1, m_stoppingWrite = -1;
};

TEST_F(SolveStreamed, readsOnePanelAheadAndWritesInOrder)
{
    const auto streamed = run();
    ASSERT_TRUE(streamed) << streamed.error().line();
    const auto whole = makeCpuBackend()->solve(m_weights.span(), m_options, {});
    EXPECT_EQ(m_mask, whole->mask);
    EXPECT_EQ(streamed->totals.objective, whole->totals().objective);
    std::vector<std::string> wanted = {"read 0", "read 1"};
    for (std::int64_t panel = 0; panel < panels; ++panel) {
        wanted.push_back("write " + std::to_string(panel));
        if (panel + 2 < panels)
            wanted.push_back("read " + std::to_string(panel + 2));
    }
    EXPECT_EQ(m_calls, wanted);
}

TEST_F(SolveStreamed, theFirstErrorIsTold)
{
    m_failingRead = 5;
    m_badPanel = 4; // an earlier panel, so that its error comes first
    auto streamed = run();
    ASSERT_FALSE(streamed);
    EXPECT_EQ(streamed.error().kind, ErrorKind::Input);
    m_badPanel = -1;
    streamed = run();
    ASSERT_FALSE(streamed);
    EXPECT_EQ(streamed.error().line(), "file.h5: gone");
    m_failingWrite = 3;
    m_badPanel = 4; // a later panel
    streamed = run();
    ASSERT_FALSE(streamed);
    EXPECT_EQ(streamed.error().line(), "out.h5: full");
}

TEST_F(SolveStreamed, stopEndsIt)
{
    m_stoppingWrite = 2;
    const auto streamed = run();
    ASSERT_FALSE(streamed);
    EXPECT_EQ(streamed.error().kind, ErrorKind::Cancelled);
    EXPECT_EQ(m_calls.back(), "write 2");
}

/// The solver's threads read the rows that they solve.
class SolvedByRows : public testing::TestWithParam<int>
{
protected:
    static constexpr std::int64_t height = 1003, width = 41, panelRows = 160; // 20 rows of tiles

    SolvedByRows()
    {
        m_options.pattern = {4, 8};
        m_options.threads = GetParam();
    }
    Result<StreamedSolution> run(bool inParallel)
    {
        for (std::atomic<int> &reads : m_reads)
            reads = 0;
        m_mask = Mask(height, width);
        const auto backend = makeCpuBackend();
        const auto solver = backend->startWeights(m_options);
        const ReadRows read = [this](std::int64_t row0, std::int64_t count, std::span<std::byte> out) -> Status {
            for (std::int64_t row = row0; row < row0 + count; ++row)
                ++m_reads[std::size_t(row)];
            m_mostRows = std::max(m_mostRows.load(), count);
            for (const std::int64_t failing : m_failing)
                if (row0 <= failing && failing < row0 + count)
                    return fail(ErrorKind::Io, "row " + std::to_string(failing), "gone");
            floatToHalf({&m_weights(row0, 0), std::size_t(count * width)},
                        {reinterpret_cast<std::uint16_t *>(out.data()), std::size_t(count * width)});
            return {};
        };
        const WriteRows write = [this](std::int64_t row0, const Mask &mask, const WeightsView &weights) -> Status {
            EXPECT_EQ(weights.rows, mask.rows());
            std::vector<float> row(width);
            rowToFloat(weights, 0, row);
            EXPECT_NEAR(row[5], m_weights(row0, 5), 1e-2);
            if (row0 == m_stoppingWrite)
                m_stop.request_stop();
            m_mask.assignRows(row0, mask);
            return {};
        };
        m_mostRows = 0;
        return solveStreamed(**solver, {height, width, WeightType::F16, inParallel}, m_options, panelRows * width, read,
                             write, {m_stop.get_token(), {}});
    }

    const Matrix<float> m_weights = gaussianScores(height, width, 62);
    SolveOptions m_options;
    std::stop_source m_stop;
    Mask m_mask;
    std::array<std::atomic<int>, height> m_reads = {};
    std::atomic<std::int64_t> m_mostRows = 0;
    std::vector<std::int64_t> m_failing;
    std::int64_t m_stoppingWrite = -1;
};

TEST_P(SolvedByRows, GivesTheSameMaskAndSumsToTheLastBit)
{
    const auto ahead = run(false);
    ASSERT_TRUE(ahead) << ahead.error().line();
    EXPECT_EQ(m_mostRows, panelRows);
    const Mask mask = m_mask;
    const auto byRows = run(true);
    ASSERT_TRUE(byRows) << byRows.error().line();
    EXPECT_EQ(m_mostRows, m_options.pattern.m) << "read by the threads that solve";
    for (const std::atomic<int> &reads : m_reads)
        EXPECT_EQ(reads, 1);
    EXPECT_EQ(m_mask, mask);
    EXPECT_EQ(byRows->totals.objective, ahead->totals.objective);
    EXPECT_EQ(byRows->totals.tiles, ahead->totals.tiles);
    EXPECT_EQ(byRows->sums.magnitude, ahead->sums.magnitude);
    EXPECT_EQ(byRows->sums.keptMagnitude, ahead->sums.keptMagnitude);
    EXPECT_EQ(byRows->sums.squared, ahead->sums.squared);
    EXPECT_EQ(byRows->sums.squaredLost, ahead->sums.squaredLost);
    EXPECT_EQ(byRows->sums.kept, ahead->sums.kept);
    EXPECT_EQ(byRows->sums.elements, height * width);
}

TEST_P(SolvedByRows, TellsTheErrorOfTheFirstRows)
{
    m_failing = {470, 333, 402}; // of panels 2 and 3
    for (int pass = 0; pass < 20; ++pass) {
        const auto streamed = run(true);
        ASSERT_FALSE(streamed);
        EXPECT_EQ(streamed.error().line(), "row 333: gone");
    }
}

TEST_P(SolvedByRows, StopsAfterTheWrittenPanels)
{
    m_stoppingWrite = 2 * panelRows;
    const auto streamed = run(true);
    ASSERT_FALSE(streamed);
    EXPECT_EQ(streamed.error().kind, ErrorKind::Cancelled);
    EXPECT_EQ(m_reads.back(), 0);
}

INSTANTIATE_TEST_SUITE_P(Threads, SolvedByRows, testing::Values(1, 2, 5));

} // namespace
} // namespace nms::test
