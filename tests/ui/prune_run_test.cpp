// SPDX-License-Identifier: Apache-2.0
// Pruning the open tensor, from the calibration file to the last step, without a window.
#include "core/prune/cpu_algebra.h"
#include "core/prune/prune_layer.h"
#include "core/prune/reconstruction_error.h"
#include "core/solver/cpu_backend.h"
#include "tests/ui/npy_support.h"
#include "ui/models/prune_run.h"
#include "ui/models/prune_verdict.h"
#include "ui/models/transport.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace nms;

namespace {

constexpr int patience = 60000;

class PruneRunTest : public testing::Test
{
protected:
    PruneRunTest() : workspace({{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}})
    {
        QObject::connect(&workspace, &Workspace::message, &workspace, [this](MessageLevel level, const QString &text) {
            if (level != MessageLevel::Info)
                messages << text;
        });
        SolveOptions options = workspace.options();
        options.pattern = {4, 8};
        options.method = Method::Exact;
        options.threads = 1;
        workspace.setOptions(options);
        workspace.pruning().setPace(0);
    }
    void SetUp() override
    {
        workspace.openFile(writeNpy(directory.filePath("w.npy"), 48, 64, 1, false));
        ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.tensor() && !workspace.isLoading(); }, patience));
    }
    void calibrate(std::int64_t inputs = 64, std::int64_t samples = 300)
    {
        workspace.setCalibration(
            writeNpy(directory.filePath(QStringLiteral("x%1.npy").arg(inputs)), samples, inputs, 2, true));
        ASSERT_TRUE(QTest::qWaitFor([&] { return run().inputs() || run().inputsError(); }, patience));
    }
    PruneRun &run() { return workspace.pruning(); }
    void setFramework(Framework framework)
    {
        PruneOptions options = workspace.pruneOptions();
        options.framework = framework;
        workspace.setPruneOptions(options);
    }
    bool waitFor(SessionState state)
    {
        return QTest::qWaitFor([&] { return run().view().status.state == state && !run().view().status.starting; },
                               patience);
    }

    QTemporaryDir directory;
    Workspace workspace;
    QStringList messages;
};

TEST_F(PruneRunTest, TellsWhatTheCalibrationHas)
{
    EXPECT_NE(inputsVerdict(run()).text.indexOf(QStringLiteral("none")), -1);
    calibrate();
    ASSERT_TRUE(run().inputs());
    EXPECT_EQ(run().inputs()->samples, 300);
    EXPECT_EQ(inputsVerdict(run()).text, QStringLiteral("300 samples × 64 inputs"));
    calibrate(40);
    ASSERT_TRUE(run().inputsError());
    EXPECT_NE(run().inputsError()->line().find("64"), std::string::npos) << run().inputsError()->line();
    workspace.prune();
    ASSERT_FALSE(messages.isEmpty());
    EXPECT_FALSE(run().isStarted());
}

TEST_F(PruneRunTest, WithoutActivationsMagnitudeAlone)
{
    setFramework(Framework::Wanda);
    workspace.prune();
    ASSERT_EQ(messages.size(), 1);
    EXPECT_TRUE(messages.front().contains(QStringLiteral("calibration"))) << messages.front().toStdString();
    setFramework(Framework::Magnitude);
    workspace.prune();
    ASSERT_TRUE(waitFor(SessionState::Finished));
    EXPECT_FALSE(run().shown()->error);
    EXPECT_TRUE(pruneVerdict(run()).text.startsWith(QStringLiteral("keeps"))) << pruneVerdict(run()).text.toStdString();
}

TEST_F(PruneRunTest, ALayerIsPrunedAsByTheLibrary)
{
    calibrate();
    setFramework(Framework::Alps);
    workspace.prune();
    EXPECT_TRUE(workspace.showsPruning());
    ASSERT_TRUE(waitFor(SessionState::Finished));
    const auto algebra = makeCpuAlgebra();
    auto gram =
        jobs::readInputs(QFile::encodeName(run().calibration()).toStdString(), workspace.tensor()->info, *algebra, 1, {});
    ASSERT_TRUE(gram);
    const auto backend = makeCpuBackend();
    const auto layer =
        pruneLayer({workspace.tensor()->weights->span(), &*gram}, workspace.pruneOptions(), {*backend, *algebra}, {});
    ASSERT_TRUE(layer);
    const Matrix<float> &shown = run().shown()->layer.weights;
    ASSERT_EQ(shown.size(), layer->weights.size());
    EXPECT_EQ(std::memcmp(shown.data(), layer->weights.data(), std::size_t(shown.size()) * sizeof(float)), 0);
    EXPECT_TRUE(pruneVerdict(run()).text.startsWith(QStringLiteral("error "))) << pruneVerdict(run()).text.toStdString();
    EXPECT_TRUE(messages.isEmpty()) << messages.join('\n').toStdString();
}

TEST_F(PruneRunTest, TheTransportDrivesWhatIsShown)
{
    calibrate();
    Transport &transport = Transport::of(workspace);
    EXPECT_EQ(transport.status().state, SessionState::Idle);
    workspace.pruneStep(3);
    ASSERT_TRUE(QTest::qWaitFor([&] { return transport.shown() == 3; }, patience));
    transport.step();
    ASSERT_TRUE(QTest::qWaitFor([&] { return transport.shown() == 4; }, patience));
    transport.scrubTo(1);
    ASSERT_TRUE(QTest::qWaitFor([&] { return transport.shown() == 1; }, patience));
    EXPECT_TRUE(transport.isScrubbing());
    EXPECT_EQ(transport.status().iteration, 4);
    transport.rewindHere();
    ASSERT_TRUE(QTest::qWaitFor([&] { return transport.status().iteration == 1 && !transport.isScrubbing(); }, patience));
    EXPECT_TRUE(QTest::qWaitFor([&] { return transport.shown() == 1; }, patience));
    transport.toggle();
    ASSERT_TRUE(waitFor(SessionState::Finished));
    workspace.setShowsPruning(false);
    EXPECT_EQ(transport.status().state, SessionState::Idle) << "the solve has not run";
}

TEST_F(PruneRunTest, OtherSettingsDropTheRun)
{
    calibrate();
    workspace.pruneStep(2);
    ASSERT_TRUE(QTest::qWaitFor([&] { return run().shown() && run().shown()->step() == 2; }, patience));
    SolveOptions options = workspace.options();
    options.pattern = {2, 4};
    workspace.setOptions(options);
    EXPECT_FALSE(run().isStarted());
    EXPECT_FALSE(run().shown());
    workspace.pruneStep();
    workspace.closeFile(workspace.files().front().fileName);
    EXPECT_FALSE(run().isStarted());
    EXPECT_FALSE(workspace.showsPruning());
}

TEST_F(PruneRunTest, CommandsBeforeTheActivationsAreReadAreKept)
{
    calibrate();
    workspace.pruneStep(1);
    run().step(2);
    ASSERT_TRUE(QTest::qWaitFor([&] { return run().view().status.iteration == 3; }, patience));
    workspace.restartPruning();
    run().cancel();
    QTest::qWait(50);
    EXPECT_NE(run().view().status.state, SessionState::Running);
}

TEST_F(PruneRunTest, ComparesWhatThereAreActivationsFor)
{
    workspace.comparePruning();
    ASSERT_TRUE(QTest::qWaitFor([&] { return !run().isComparing(); }, patience));
    EXPECT_EQ(run().comparison().size(), 8U) << "magnitude by two kinds and four patterns";
    for (const jobs::PruneCaseResult &result : run().comparison()) {
        EXPECT_TRUE(std::isnan(result.error));
        EXPECT_GT(result.keptMagnitude, 0.5);
    }
    calibrate();
    EXPECT_TRUE(run().comparison().empty()) << "they were without activations";
    workspace.comparePruning();
    workspace.comparePruning(); // cancels
    EXPECT_FALSE(run().isComparing());
    workspace.comparePruning();
    workspace.prune(); // both wait for the same activations
    ASSERT_TRUE(waitFor(SessionState::Finished));
    ASSERT_TRUE(QTest::qWaitFor([&] { return !run().isComparing(); }, patience));
    EXPECT_EQ(run().comparison().size(), 32U);
    const auto same = std::ranges::find(run().comparison(), jobs::PruneCase{Framework::Alps, Kind::Transposable, {4, 8}},
                                        &jobs::PruneCaseResult::which);
    ASSERT_NE(same, run().comparison().end());
    EXPECT_EQ(same->error, run().shown()->figures.error);
    EXPECT_TRUE(messages.isEmpty()) << messages.join('\n').toStdString();
}

TEST_F(PruneRunTest, SolvesCanKeepWandasScores)
{
    workspace.setScore({.kind = jobs::ScoreChoice::Kind::Wanda, .rule = {}, .file = {}});
    EXPECT_EQ(messages.size(), 1) << "there are no activations yet";
    EXPECT_TRUE(workspace.score().isMagnitude());
    calibrate();
    workspace.setScore({.kind = jobs::ScoreChoice::Kind::Wanda, .rule = {}, .file = {}});
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.tensor()->scoreSummary.has_value(); }, patience));
    EXPECT_EQ(workspace.tensor()->scoreTitle, QStringLiteral("|W|·|X|"));
    setFramework(Framework::Wanda); // the same scores, so the same mask
    workspace.prune();
    ASSERT_TRUE(waitFor(SessionState::Finished));
    workspace.run();
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.solution() != nullptr; }, patience));
    const Mask &solved = workspace.solution()->mask, &pruned = run().shown()->layer.mask;
    for (std::int64_t row = 0; row < pruned.rows(); ++row)
        for (std::int64_t col = 0; col < pruned.cols(); ++col)
            ASSERT_EQ(solved.at(row, col), pruned.at(row, col));
    EXPECT_FALSE(workspace.showsPruning()) << "the solve was run last";
    workspace.setScore({});
    ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace.tensor()->scoreSummary; }, patience));
    EXPECT_FALSE(workspace.solution());
}

TEST_F(PruneRunTest, ScoresFromAFileMustFit)
{
    const QString fitting = writeNpy(directory.filePath("s.npy"), 48, 64, 5, false);
    workspace.setScore(
        {.kind = jobs::ScoreChoice::Kind::File, .rule = {}, .file = QFile::encodeName(fitting).toStdString()});
    ASSERT_TRUE(QTest::qWaitFor([&] { return !messages.isEmpty(); }, patience)) << "some of them are negative";
    EXPECT_TRUE(workspace.score().isMagnitude());
    EXPECT_EQ(workspace.tensor()->scoreTitle, QStringLiteral("|W|"));
}

} // namespace
