// SPDX-License-Identifier: Apache-2.0
// The scene of a tensor, and reports as JSON.
#include "core/jobs/render_animation.h"
#include "core/jobs/render_scene.h"
#include "core/jobs/report_json.h"
#include "tests/unit/jobs_support.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace nms::test {

using testing::HasSubstr;

class JobsRender : public JobsTest
{
protected:
    JobsRender() : m_weights(gaussianWeights("layer/w", {40, 64}, 1))
    {
        write("w.safetensors", {m_weights});
        m_settings.file = path("w.safetensors");
        m_settings.tensor = "layer/w";
        m_settings.options.pattern = {4, 8};
    }

    Result<jobs::RenderedScene> render(MatrixView view)
    {
        m_settings.view = view;
        return jobs::renderScene(m_settings, m_cpu.get(), m_host.progress(), m_host.events());
    }

    const NamedWeights m_weights;
    jobs::RenderSettings m_settings;
};

TEST_F(JobsRender, WeightsAreShownAsTheyAre)
{
    m_settings.region = jobs::CellRegion{8, 24, 0, 48};
    m_settings.tileBorders = false;
    const auto rendered = render(MatrixView::Weights);
    ASSERT_TRUE(rendered) << rendered.error().line();
    const HeatmapScene &scene = rendered->scene;
    EXPECT_EQ(scene.rows, 40);
    EXPECT_EQ(scene.cols, 64);
    EXPECT_EQ(scene.tileSize, 0);
    EXPECT_EQ(scene.camera.width, 48 * 32); // 1536 pixels of the longer side
    EXPECT_EQ(scene.camera.height, 16 * 32);
    ASSERT_TRUE(scene.field.values);
    EXPECT_EQ((*scene.field.values)(2, 7), m_weights.values[10 * 64 + 7]);
    EXPECT_EQ(m_host.total(), 40 * 64);
    EXPECT_EQ(m_host.done(), m_host.total());
    EXPECT_EQ(paintHeatmap(scene).pixels.size(), std::size_t(48 * 32 * 16 * 32));
}

TEST_F(JobsRender, AMaskKeepsNOfM)
{
    const auto rendered = render(MatrixView::Mask);
    ASSERT_TRUE(rendered) << rendered.error().line();
    const Matrix<float> &cells = *rendered->scene.field.values;
    double sum = 0;
    for (std::int64_t col = 0; col < 8; ++col)
        sum += cells(3, col);
    EXPECT_EQ(sum, 4);
    EXPECT_EQ(rendered->scene.tileSize, 8);
    EXPECT_EQ(rendered->totals.tiles, 40);
    EXPECT_EQ(m_host.total(), 2 * 40 * 64);
    EXPECT_EQ(m_host.done(), m_host.total());
}

TEST_F(JobsRender, APlanAfterSomeIterationsIsNoMask)
{
    m_settings.options.method = Method::Dykstra;
    m_settings.options.iterations = 500;
    m_settings.iteration = 40;
    const auto rendered = render(MatrixView::Plan);
    ASSERT_TRUE(rendered) << rendered.error().line();
    EXPECT_EQ(rendered->totals.tiles, 0) << "it did not go to its end";
    EXPECT_GT(m_host.reports(), 3);
    const Matrix<float> &cells = *rendered->scene.field.values;
    int undecided = 0;
    for (std::int64_t row = 0; row < cells.rows(); ++row)
        for (std::int64_t col = 0; col < cells.cols(); ++col)
            undecided += cells(row, col) > 0.01F && cells(row, col) < 0.99F ? 1 : 0;
    EXPECT_GT(undecided, 0);
}

TEST_F(JobsRender, StoppedWhileSolving)
{
    m_settings.options.method = Method::Dykstra;
    m_settings.options.iterations = 100000;
    m_host.stopAfter(40 * 64); // all is read
    const auto rendered = render(MatrixView::Plan);
    ASSERT_FALSE(rendered);
    EXPECT_EQ(rendered.error().kind, ErrorKind::Cancelled);
}

TEST_F(JobsRender, RefusesWhatItCannotShow)
{
    m_settings.region = jobs::CellRegion{0, 41, 0, 8};
    auto rendered = render(MatrixView::Weights);
    ASSERT_FALSE(rendered);
    EXPECT_EQ(rendered.error().kind, ErrorKind::Usage);
    EXPECT_THAT(rendered.error().line(), HasSubstr("layer/w: --region 0:41,0:8 reaches beyond its 40 rows and 64 columns"));
    m_settings.region.reset();
    rendered = jobs::renderScene({.file = m_settings.file, .tensor = "layer/w", .view = MatrixView::Mask}, nullptr, {});
    ASSERT_FALSE(rendered);
    EXPECT_EQ(rendered.error().kind, ErrorKind::Usage);
    m_settings.memoryLimit = 4 * 40 * 64 * 4 - 4;
    rendered = render(MatrixView::Weights);
    ASSERT_FALSE(rendered);
    EXPECT_EQ(rendered.error().kind, ErrorKind::Resource);
}

TEST(CellRegion, ReadsWhatItWrites)
{
    const auto region = jobs::CellRegion::parse("0:128,64:256");
    ASSERT_TRUE(region);
    EXPECT_EQ(region->text(), "0:128,64:256");
    for (const char *wrong : {"", "0:8", "8:0,0:8", "0:8,0:8,", "-1:8,0:8", "0:8,a:b", "0:0,0:1"})
        EXPECT_EQ(jobs::CellRegion::parse(wrong).error().kind, ErrorKind::Usage) << wrong;
}

// --- reports: keys, their order, and null for what is unknown

TEST(ReportJson, SolvedTensors)
{
    jobs::SolvedTensor solved;
    solved.report = {"a/w", {4, 8}, "oi", {2, 4}, "dykstra", 2, 0.25, 0.5, 12.5, 13.0, 0.03125, 0.875, 0.0625};
    solved.totals.tiles = 2;
    solved.totals.iterations = 30;
    solved.totals.mostIterations = 20;
    solved.totals.notConverged = 1;
    solved.totals.worstResidual = 0.5;
    solved.totals.worstGap = 0.125;
    jobs::SolveFileReport report{"w.h5", "m.h5", {}, "cpu", {solved}, {{"b", "is a scalar, not a matrix"}}};
    report.options.method = Method::Dykstra;
    report.options.tolerance = 0.001;
    report.options.warmStart = Method::Capped;
    EXPECT_EQ(
        jobs::toJson(report).dump(),
        R"({"tensors":[{"path":"a/w","shape":[4,8],"axes":"out × in","letters":"oi","pattern":"2:4","method":"dykstra","objective":12.5,)"
        R"("upper_bound":13.0,"relative_gap":0.03125,"kept_fraction":0.5,"tiles":2,"seconds":0.25,)"
        R"("kept_magnitude":0.875,"relative_squared_error":0.0625,"not_converged":1,"worst_residual":0.5,)"
        R"("worst_gap":0.125,"iterations_mean":15.0,"iterations_max":20,"tolerance":0.001,"warm_start":"capped"}],)"
        R"("skipped":[{"path":"b","reason":"is a scalar, not a matrix"}],"backend":"cpu","version":")" NMS_VERSION
        R"(","source":"w.h5","output":"m.h5"})");
}

TEST(ReportJson, WhatIsUnknownIsNull)
{
    jobs::MaskVerdict verdict;
    verdict.report.path = "a/w";
    verdict.report.shape = {4, 4};
    verdict.report.method = "unknown";
    verdict.report.tiles = 1;
    verdict.report.keptFraction = 0.5;
    verdict.violatingTiles = 1;
    verdict.violations = {"tile (0, 0): row 1 keeps 3, must keep 2"};
    EXPECT_EQ(
        jobs::toJson(jobs::VerifyReport{"m.h5", "cpu", {verdict}, {{"b", "is dense: 0 zeros"}}}).dump(),
        R"({"tensors":[{"path":"a/w","shape":[4,4],"axes":"rows × columns","letters":"","pattern":"2:4","method":"unknown","objective":null,)"
        R"("upper_bound":null,"relative_gap":null,"kept_fraction":0.5,"tiles":1,"seconds":0.0,)"
        R"("kept_magnitude":null,"relative_squared_error":null,"holds":false,"checked":"rows and columns","along":{"rows":true,"columns":true},)"
        R"("violating_tiles":1,"violations":["tile (0, 0): row 1 keeps 3, must keep 2"],"false_claims":[]}],)"
        R"("holds":false,"skipped":[{"path":"b","reason":"is dense: 0 zeros"}],"backend":"cpu","version":")" NMS_VERSION
        R"(","masks":"m.h5"})");
}

TEST(ReportJson, InspectedTensors)
{
    jobs::TensorFacts facts;
    facts.tensor.path = "b";
    facts.tensor.shape = {9};
    facts.tensor.dtype = DType::F32;
    facts.tensor.layout = "contiguous";
    jobs::TensorFacts matrix;
    matrix.tensor.path = "a";
    matrix.tensor.shape = {2, 2};
    matrix.tensor.dtype = DType::F16;
    matrix.patterns.emplace();
    matrix.patterns->sparsity = 0.5;
    matrix.patterns->alongRows = {{1, 2}};
    matrix.nonFinite = 3;
    matrix.deadRows = 2;
    matrix.deadColumns = 1;
    matrix.tensor.unreadable = "lies elsewhere";
    EXPECT_EQ(
        jobs::toJson(jobs::InspectReport{"w.h5", "HDF5", {matrix, facts}, {}}).dump(),
        R"({"file":"w.h5","format":"HDF5","tensors":[{"path":"a","shape":[2,2],"dtype":"f16",)"
        R"("matrices":{"count":1,"rows":2,"cols":2,"axes":"rows × columns"},"sparsity":0.5,)"
        R"("patterns":{"rows":["1:2"],"columns":[],"transposable":[]},"layout":"","non_finite":3,"dead_rows":2,"dead_columns":1,)"
        R"("unreadable":"lies elsewhere"},{"path":"b","shape":[9],"dtype":"f32","matrices":null,"sparsity":null,)"
        R"("patterns":{"rows":[],"columns":[],"transposable":[]},"layout":"contiguous"}],"skipped":[],"version":")" NMS_VERSION
        R"("})");
}

// --- films

TEST(FilmedIterations, HoldBothEndsAndGrow)
{
    EXPECT_THAT(jobs::filmedIterations(0, 5), testing::ElementsAre(0));
    EXPECT_THAT(jobs::filmedIterations(3, 5), testing::ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(jobs::filmedIterations(4, 5), testing::ElementsAre(0, 1, 2, 3, 4));
    for (const int frames : {2, 3, 7, 60, 600})
        for (const int last : {frames, frames + 1, 300, 1000, 99'999}) {
            if (last < frames)
                continue;
            const std::vector<int> iterations = jobs::filmedIterations(last, frames);
            EXPECT_EQ(iterations.size(), std::size_t(frames));
            EXPECT_EQ(iterations.front(), 0);
            EXPECT_EQ(iterations.back(), last);
            for (std::size_t k = 1; k < iterations.size(); ++k)
                EXPECT_GT(iterations[k], iterations[k - 1]) << frames << " of " << last;
        }
}

TEST_F(JobsRender, AFilmsFramesAreThePicturesOfTheirIterations)
{
    for (const MatrixView view : {MatrixView::Plan, MatrixView::Mask, MatrixView::Error}) {
        m_settings.view = view;
        m_settings.region = jobs::CellRegion{5, 31, 3, 50};
        m_settings.iteration.reset();
        m_settings.options.method = *methodByName("dykstra");
        m_settings.options.iterations = 23;
        WatchingHost host;
        std::vector<std::pair<Matrix<float>, int>> frames;
        const auto film = jobs::renderAnimation(m_settings, 6, m_cpu.get(), host.progress(), host.events(),
                                                [&](const HeatmapScene &scene, int iteration, int last) -> Status {
                                                    EXPECT_EQ(last, 23);
                                                    frames.emplace_back(*scene.field.values, iteration);
                                                    return {};
                                                });
        ASSERT_TRUE(film) << film.error().line();
        ASSERT_EQ(frames.size(), 6U);
        EXPECT_EQ(film->iterations.front(), 0);
        EXPECT_EQ(film->iterations.back(), 23);
        EXPECT_EQ(host.done(), host.total());
        for (const auto &[values, iteration] : frames) {
            m_settings.iteration = iteration;
            const auto picture = jobs::renderScene(m_settings, m_cpu.get(), {});
            ASSERT_TRUE(picture) << picture.error().line();
            const Matrix<float> &shown = *picture->scene.field.values;
            ASSERT_EQ(shown.size(), values.size());
            EXPECT_TRUE(std::equal(shown.data(), shown.data() + shown.size(), values.data())) << iteration;
        }
    }
}

} // namespace nms::test
