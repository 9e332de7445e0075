// SPDX-License-Identifier: Apache-2.0
// One job in several processes, here threads: pieces, their division, and the same file as from one process.
#include "core/jobs/rank_group.h"
#include "core/jobs/solve_file.h"
#include "core/jobs/tensor_pieces.h"
#include "tests/unit/jobs_support.h"

#include <condition_variable>
#include <fstream>
#include <iterator>
#include <numeric>
#include <thread>

namespace nms::test {

using jobs::TensorPiece;

/// Threads that wait for each other.
class ThreadRanks
{
public:
    explicit ThreadRanks(int size) : m_size(size) { }

    class Member : public jobs::RankGroup
    {
    public:
        Member(ThreadRanks &all, int rank) : m_all(all), m_rank(rank) { }
        int rank() const override { return m_rank; }
        int size() const override { return m_all.m_size; }
        int rankOnMachine() const override { return m_rank; }
        Status waitForAll(const std::stop_token &) override
        {
            std::unique_lock lock(m_all.m_mutex);
            const int round = m_all.m_arrived / m_all.m_size;
            ++m_all.m_arrived;
            m_all.m_changed.notify_all();
            m_all.m_changed.wait(lock, [&] { return m_all.m_arrived / m_all.m_size > round; });
            return {};
        }

    private:
        ThreadRanks &m_all;
        const int m_rank;
    };

private:
    const int m_size;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    int m_arrived = 0;
};

std::string bytesOfFile(const std::string &file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class JobsRanks : public JobsTest
{
protected:
    JobsRanks()
    {
        write("w.safetensors",
              {gaussianWeights("a", {131, 67}, 1), gaussianWeights("b", {48, 64}, 2), gaussianWeights("c", {9, 200}, 3),
               gaussianWeights("conv.weight", {18, 17, 3, 3}, 4), gaussianWeights("d", {256, 32}, 5)});
        m_settings.file = path("w.safetensors");
        m_settings.options.pattern = {4, 8};
        m_settings.options.threads = 1;
        m_settings.pieceWeights = 2000; // several pieces of each tensor
    }

    Result<jobs::SolveFileReport> solveAlone() { return jobs::solveFile(m_settings, *m_cpu, {}); }

    /// The reports of all ranks.
    std::vector<Result<jobs::SolveFileReport>> solveBy(int size)
    {
        ThreadRanks ranks(size);
        std::vector<Result<jobs::SolveFileReport>> reports(static_cast<std::size_t>(size));
        std::vector<std::jthread> threads;
        for (int rank = 0; rank < size; ++rank)
            threads.emplace_back([&, rank] {
                ThreadRanks::Member member(ranks, rank);
                const auto backend = makeCpuBackend();
                reports[std::size_t(rank)] = jobs::solveFile(m_settings, *backend, {}, {}, &member);
            });
        threads.clear();
        return reports;
    }

    jobs::SolveFileSettings m_settings;
};

TEST_F(JobsRanks, TheFileIsThatOfOneProcess)
{
    struct Format {
        const char *out;
        MaskFormat format;
    };
    for (const Format &format : {Format{"m.h5", MaskFormat::Bytes}, Format{"m.safetensors", MaskFormat::Packed},
                                 Format{"applied.safetensors", MaskFormat::Applied}}) {
        m_settings.out = path(format.out);
        m_settings.format = format.format;
        const auto alone = solveAlone();
        ASSERT_TRUE(alone) << alone.error().line();
        const std::string wanted = bytesOfFile(m_settings.out);
        for (const int size : {1, 2, 3, 7}) {
            std::remove(m_settings.out.c_str());
            const auto reports = solveBy(size);
            for (const auto &report : reports)
                ASSERT_TRUE(report) << size << ": " << report.error().line();
            EXPECT_TRUE(bytesOfFile(m_settings.out) == wanted) << format.out << " from " << size;
            ASSERT_EQ(reports[0]->tensors.size(), alone->tensors.size());
            for (std::size_t i = 0; i < alone->tensors.size(); ++i)
                EXPECT_EQ(reports[0]->tensors[i].totals.objective, alone->tensors[i].totals.objective);
            EXPECT_EQ(reports[0]->resumed, 0);
            for (std::size_t rank = 1; rank < reports.size(); ++rank)
                EXPECT_TRUE(reports[rank]->tensors.empty());
        }
        std::remove(m_settings.out.c_str());
    }
    EXPECT_THAT(filesLeft(), testing::ElementsAre("w.safetensors"));
}

TEST_F(JobsRanks, WhatAnInterruptedRunHasSavedIsUsedByAnyNumberOfProcesses)
{
    m_settings.out = path("m.safetensors");
    ASSERT_TRUE(solveAlone());
    const std::string wanted = bytesOfFile(m_settings.out);
    std::remove(m_settings.out.c_str());

    m_settings.resume = true;
    m_host.stopAfter(230); // in the middle of the tensors, and of the pieces of one
    const auto stopped = jobs::solveFile(m_settings, *m_cpu, m_host.progress(), m_host.events());
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().kind, ErrorKind::Cancelled);
    m_settings.resume = false; // several processes always do
    const auto reports = solveBy(3);
    for (const auto &report : reports)
        ASSERT_TRUE(report) << report.error().line();
    EXPECT_GE(reports[0]->resumed, 1);
    EXPECT_LT(reports[0]->resumed, 5);
    EXPECT_TRUE(bytesOfFile(m_settings.out) == wanted);
}

TEST_F(JobsRanks, PiecesHoldWholeTilesAndEveryRowOnce)
{
    for (const auto &[rows, cols, matrices, m] : std::vector<std::array<std::int64_t, 4>>{
             {131, 67, 1, 8}, {8, 8, 1, 8}, {7, 5, 1, 8}, {18, 17, 9, 8}, {16, 16, 9, 8}, {65, 640, 3, 16}, {1, 1, 1, 2}})
        for (const std::int64_t weights : {std::int64_t(1), std::int64_t(500), std::int64_t(5000), std::int64_t(1) << 28})
            for (const Method method : {provingMethod(), Method::Unstructured}) {
                SolveOptions options;
                options.pattern = {1, int(m)};
                options.method = method;
                TensorInfo tensor;
                tensor.shape = matrices > 1 ? std::vector<std::int64_t>{matrices, rows, cols} : std::vector{rows, cols};
                tensor.dtype = DType::F32;
                tensor.axes.letters = matrices > 1 ? "eoi" : "oi";
                ASSERT_EQ(tensor.rows(), rows * matrices);
                std::int64_t next = 0;
                for (const TensorPiece &piece : jobs::piecesOf(tensor, options, weights)) {
                    EXPECT_EQ(piece.row0, next);
                    EXPECT_GT(piece.rows, 0);
                    const bool fromTile = piece.row0 % rows % m == 0 || (rows % m == 0 && piece.row0 % m == 0);
                    EXPECT_TRUE(fromTile) << piece.row0;
                    if (method == Method::Unstructured)
                        EXPECT_EQ(piece.rows % rows, 0);
                    else
                        EXPECT_LE(piece.rows * cols, std::max(weights, m * cols));
                    next = piece.row0 + piece.rows;
                }
                EXPECT_EQ(next, rows * matrices);
            }
}

TEST_F(JobsRanks, WorkIsDividedByItsSize)
{
    const std::vector<std::int64_t> costs{5, 1, 9, 9, 2, 30, 4, 4};
    for (const int ranks : {1, 2, 3, 20}) {
        const std::vector<int> owner = jobs::divided(costs, ranks);
        ASSERT_EQ(owner.size(), costs.size());
        std::vector<std::int64_t> load(std::size_t(ranks), 0);
        for (std::size_t i = 0; i < costs.size(); ++i)
            load.at(std::size_t(owner[i])) += costs[i];
        const std::int64_t most = *std::ranges::max_element(load), sum = std::accumulate(costs.begin(), costs.end(), 0L);
        EXPECT_LE(most, std::max<std::int64_t>(30, sum / ranks + 1)) << ranks;
    }
}

} // namespace nms::test
