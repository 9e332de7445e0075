// SPDX-License-Identifier: Apache-2.0
// Solving a file, exporting what is in memory, and the counts that all jobs tell.
#include "core/io/weights_file.h"
#include "core/jobs/export_mask.h"
#include "core/jobs/solve_file.h"
#include "core/jobs/solve_tensor.h"
#include "core/jobs/tensor_selection.h"
#include "core/jobs/verify_file.h"
#include "core/solver/solve.h"
#include "tests/unit/jobs_support.h"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;

class JobsSolve : public JobsTest
{
protected:
    JobsSolve()
    {
        write("w.safetensors",
              {gaussianWeights("a", {48, 64}, 1), gaussianWeights("bias", {64}, 2), gaussianWeights("c", {33, 70}, 3)});
        m_settings.file = path("w.safetensors");
        m_settings.out = path("m.safetensors");
        m_settings.options.pattern = {4, 8};
    }

    Result<jobs::SolveFileReport> solve() { return jobs::solveFile(m_settings, *m_cpu, m_host.progress(), m_host.events()); }

    jobs::SolveFileSettings m_settings;
};

TEST_F(JobsSolve, TellsOfEveryTensorAndCountsAllTiles)
{
    const auto report = solve();
    ASSERT_TRUE(report) << report.error().line();
    ASSERT_EQ(report->tensors.size(), 2U);
    EXPECT_EQ(report->backend, "cpu");
    EXPECT_EQ(report->file, m_settings.file);
    EXPECT_EQ(report->out, m_settings.out);
    const jobs::MaskReport &first = report->tensors[0].report;
    EXPECT_EQ(first.path, "a");
    EXPECT_THAT(first.shape, ElementsAre(48, 64));
    EXPECT_EQ(first.method, "exact");
    EXPECT_EQ(first.tiles, 48);
    EXPECT_EQ(first.keptFraction, 0.5);
    EXPECT_EQ(first.relativeGap, 0);
    EXPECT_EQ(report->tensors[1].report.tiles, 5 * 9);
    EXPECT_EQ(report->tensors[1].totals.notConverged, 0);
    ASSERT_EQ(report->skipped.size(), 1U);
    EXPECT_EQ(report->skipped[0].path, "bias");

    EXPECT_THAT(m_host.tensors(), ElementsAre("a", "c"));
    EXPECT_THAT(m_host.warnings(), ElementsAre());
    EXPECT_EQ(m_host.total(), 48 + 45);
    EXPECT_EQ(m_host.done(), m_host.total());
    const auto verified = jobs::verifyFile({m_settings.out, m_settings.file, {}}, *m_cpu, {});
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->holds());
}

TEST_F(JobsSolve, CountsNeverFallFromPanelToPanel)
{
    write("w.safetensors", {gaussianWeights("a", {4096, 64}, 1), gaussianWeights("b", {2048, 64}, 2)});
    m_settings.memoryLimit = 64 << 10;
    const auto report = solve();
    ASSERT_TRUE(report) << report.error().line();
    EXPECT_GT(m_host.reports(), 10); // a panel has few rows
    EXPECT_EQ(m_host.done(), (4096 + 2048) * 64 / 64);
}

TEST_F(JobsSolve, StoppedInTheMiddleLeavesNothing)
{
    write("w.safetensors", {gaussianWeights("a", {4096, 64}, 1)});
    m_settings.memoryLimit = 64 << 10;
    m_host.stopAfter(500);
    const auto report = solve();
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::Cancelled);
    EXPECT_LT(m_host.done(), m_host.total());
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
}

TEST_F(JobsSolve, RefusesBeforeTheWork)
{
    const auto refused = [&](const std::function<void()> &spoil, ErrorKind kind, const char *words) {
        const jobs::SolveFileSettings before = m_settings;
        spoil();
        const auto report = solve();
        m_settings = before;
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().kind, kind) << report.error().line();
        EXPECT_THAT(report.error().line(), HasSubstr(words));
        EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
        EXPECT_EQ(m_host.reports(), 0);
    };
    refused([&] { m_settings.out = m_settings.file; }, ErrorKind::Usage, "w.safetensors");
    refused([&] { m_settings.out = path("m.txt"); }, ErrorKind::Usage, "m.txt");
    refused([&] { m_settings.file = path("none.h5"); }, ErrorKind::Io, "none.h5");
    refused([&] { m_settings.memoryLimit = 1000; }, ErrorKind::Resource, "raise --memory-limit");
    refused([&] { m_settings.options.pattern = {9, 8}; }, ErrorKind::Usage, "9");
    refused([&] { m_settings.options.pattern = {32, 64}; }, ErrorKind::Input, "no tensor has at least 64 rows");
    refused([&] { m_settings.tensors.named = {"bias"}; }, ErrorKind::Input, "bias: has 1 dimension");
    refused([&] { m_settings.tensors.named = {"a", "/a"}; }, ErrorKind::Usage, "is named twice");
    refused([&] { m_settings.options.method = Method::Reference; }, ErrorKind::Unsupported, "reference");
}

TEST_F(JobsSolve, NamesTheFirstNaN)
{
    NamedWeights weights = gaussianWeights("a", {48, 64}, 1);
    weights.values[64 * 20 + 7] = std::numeric_limits<float>::quiet_NaN();
    write("w.safetensors", {weights});
    const auto report = solve();
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::Input);
    EXPECT_THAT(report.error().line(), HasSubstr("w.safetensors: a: NaN at (20, 7)"));
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
}

TEST_F(JobsSolve, NamesTheFirstNaNWhateverThreadFindsIt)
{
    constexpr std::int64_t rows = 2100, cols = 1031; // several blocks of 2^18 weights, which threads read on their own
    NamedWeights weights = gaussianWeights("a", {rows, cols}, 1);
    for (const std::int64_t row : {2099, 1311, 700}) {
        weights.values[std::size_t(row * cols + 5)] = std::numeric_limits<float>::infinity();
        write("w.safetensors", {weights});
        m_settings.options.threads = 3;
        WatchingHost host; // counts from zero
        const auto report = jobs::solveFile(m_settings, *m_cpu, host.progress(), host.events());
        ASSERT_FALSE(report);
        EXPECT_THAT(report.error().line(), HasSubstr("w.safetensors: a: +Inf at (" + std::to_string(row) + ", 5)"));
    }
}

TEST_F(JobsSolve, RowsReadByThreadsAreThoseOfTheFile)
{
    const NamedWeights matrix = gaussianWeights("a", {2100, 1031}, 1),
                       stack = gaussianWeights("model.experts", {7, 300, 257}, 2);
    write("w.safetensors", {matrix, stack});
    const auto source = openWeights(path("w.safetensors"));
    ASSERT_TRUE(source);
    for (const NamedWeights &weights : {matrix, stack}) {
        const auto tensor = findTensor(**source, weights.path);
        ASSERT_TRUE(tensor);
        EXPECT_TRUE((*source)->readsInParallel(*tensor)) << weights.path;
        const std::int64_t row0 = 3, rows = tensor->rows() - 4;
        std::vector<float> read(std::size_t(rows * tensor->cols()));
        ASSERT_TRUE(jobs::readWeights(**source, *tensor, row0, rows, std::as_writable_bytes(std::span(read)), 4, {}));
        EXPECT_TRUE(std::equal(read.begin(), read.end(), weights.values.begin() + row0 * tensor->cols())) << weights.path;
    }
}

TEST_F(JobsSolve, AnExportedMaskIsTheFileThatSolvingWrites)
{
    const auto opened = jobs::openTensors(m_settings.file, {.named = {"c"}}, 8, {});
    ASSERT_TRUE(opened);
    const TensorInfo &tensor = opened->selection.taken.front();
    Matrix<float> weights(tensor.rows(), tensor.cols());
    ASSERT_TRUE(opened->source->readRows(tensor, 0, weights.span()));
    const auto solution = m_cpu->solve(magnitudeScore(weights.span()).span(), m_settings.options, {});
    ASSERT_TRUE(solution);
    m_settings.tensors.named = {"c"};
    for (const MaskFormat format : {MaskFormat::Bytes, MaskFormat::Packed, MaskFormat::Applied}) {
        m_settings.format = format;
        ASSERT_TRUE(jobs::solveFile(m_settings, *m_cpu, {}));
        WatchingHost host;
        ASSERT_TRUE(jobs::exportMask({m_settings.file, path("e.safetensors"), format}, tensor, *solution, host.progress()));
        EXPECT_EQ(readFile(path("e.safetensors")), readFile(m_settings.out));
        EXPECT_EQ(host.done(), 33);
    }
}

TEST_F(JobsSolve, AStoppedExportLeavesNothing)
{
    const auto source = openWeights(m_settings.file);
    ASSERT_TRUE(source);
    const Matrix<float> score(48, 64);
    const auto solution = m_cpu->solve(score.span(), m_settings.options, {});
    ASSERT_TRUE(solution);
    std::stop_source stop;
    stop.request_stop();
    const Status exported =
        jobs::exportMask({m_settings.file, path("e.h5")}, (*source)->tensors().front(), *solution, {stop.get_token(), {}});
    ASSERT_FALSE(exported);
    EXPECT_EQ(exported.error().kind, ErrorKind::Cancelled);
    EXPECT_THAT(filesLeft(), ElementsAre("w.safetensors"));
}

TEST(JobProgress, IsMonotoneWhateverItsStepsTell)
{
    WatchingHost host; // fails on a count that falls
    const Progress told = host.progress();
    jobs::JobProgress counts(told, 100);
    const Progress first = counts.step();
    first.report(10, 40);
    first.report(30, 40);
    first.report(20, 40); // a worker that was overtaken
    counts.endStep(40);
    EXPECT_EQ(host.done(), 40);
    const Progress second = counts.step();
    second.report(0, 60);
    second.report(25, 60);
    EXPECT_EQ(host.done(), 65);
    second.report(1000, 60); // more than there is
    EXPECT_EQ(host.done(), 100);
    counts.endStep(60);
    EXPECT_EQ(host.reports(), 6);
}

TEST(JobProgress, IsSilentWithoutAListener)
{
    const Progress nobody;
    jobs::JobProgress counts(nobody, 10);
    EXPECT_FALSE(counts.step().report);
    counts.endStep(10);
}

TEST(JobErrors, ExceptionsEndAsErrors)
{
    const auto thrown = [](auto exception) {
        return jobs::guarded([&]() -> Status { throw exception; });
    };
    EXPECT_EQ(thrown(std::bad_alloc()).error().kind, ErrorKind::Resource);
    const Error bug = thrown(std::runtime_error("two\nlines\n")).error();
    EXPECT_EQ(bug.kind, ErrorKind::Internal);
    EXPECT_EQ(bug.what, "two lines");
    EXPECT_EQ(thrown(7).error().kind, ErrorKind::Internal);
    EXPECT_TRUE(jobs::guarded([]() -> Status { return {}; }));
}

} // namespace nms::test
