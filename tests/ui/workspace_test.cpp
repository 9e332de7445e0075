// SPDX-License-Identifier: Apache-2.0
// The workspace over real files and the real solver, without a window.
#include "ui/models/workspace.h"

#include "core/io/mask_file.h"
#include "core/solver/cpu_backend.h"
#include "tests/support/erring_backend.h"
#include "ui/models/pattern_scanner.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <gtest/gtest.h>

#include <limits>

using namespace nms;

namespace {

const QString sample = QStringLiteral(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5");
const QString query = QStringLiteral("encoder/layer/0/attention/self/query/weight");
constexpr int patience = 60000;

class WorkspaceTest : public testing::Test
{
protected:
    WorkspaceTest() : workspace({{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}})
    {
        QObject::connect(&workspace, &Workspace::message, &workspace, [this](MessageLevel level, const QString &text) {
            if (level != MessageLevel::Info)
                messages << text;
        });
    }

    void openQuery()
    {
        workspace.openFile(sample);
        ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.tensor() && !workspace.isLoading(); }, patience));
        workspace.selectTensor(workspace.files().front().fileName, query);
        ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace.isLoading(); }, patience));
        ASSERT_EQ(workspace.tensor()->info.path, query.toStdString());
    }
    bool waitForState(SessionState state)
    {
        return QTest::qWaitFor([&] { return workspace.sessionStatus().state == state; }, patience);
    }
    void setMethod(Method method, NmPattern pattern = {8, 16}, int iterations = 300)
    {
        SolveOptions options = workspace.options();
        options.method = method;
        options.pattern = pattern;
        options.iterations = iterations;
        workspace.setOptions(options);
    }

    Workspace workspace;
    QStringList messages;
};

TEST_F(WorkspaceTest, OpensTheSample)
{
    openQuery();
    ASSERT_EQ(workspace.files().size(), 1u);
    EXPECT_EQ(workspace.files().front().tensors.size(), 6u);
    EXPECT_EQ(workspace.tensor()->weights->rows(), 384);
    EXPECT_EQ(workspace.grid().count(), 576);
    EXPECT_FALSE(workspace.tensor()->notFinite);
    EXPECT_GE(workspace.tensor()->score->data()[0], 0);
    EXPECT_TRUE(messages.isEmpty()) << messages.join('\n').toStdString();
    workspace.closeFile(workspace.files().front().fileName);
    EXPECT_TRUE(workspace.files().empty());
    EXPECT_FALSE(workspace.tensor());
}

TEST_F(WorkspaceTest, ABadFileIsAMessageAndNothingElse)
{
    QTemporaryDir folder;
    const QString text = folder.filePath("text.h5");
    QFile file(text);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("this is no HDF5 file");
    file.close();
    openQuery();
    workspace.openFile(text);
    workspace.openFile(folder.filePath("missing.h5"));
    ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace.isLoading(); }, patience));
    ASSERT_EQ(messages.size(), 2);
    EXPECT_TRUE(messages[0].contains("text.h5"));
    EXPECT_TRUE(messages[1].contains("missing.h5"));
    EXPECT_EQ(workspace.files().size(), 1u);
    EXPECT_EQ(workspace.tensor()->info.path, query.toStdString());
}

TEST_F(WorkspaceTest, RunsPausesStepsScrubsAndFinishes)
{
    openQuery();
    setMethod(Method::Dykstra);
    workspace.runTo(20);
    ASSERT_TRUE(QTest::qWaitFor(
        [&] { return workspace.sessionStatus().state == SessionState::Paused && workspace.sessionStatus().iteration == 20; },
        patience));
    workspace.step(3);
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.sessionStatus().iteration == 23; }, patience));
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.shownSnapshot()->iteration == 23; }, patience));
    ASSERT_EQ(workspace.iterationStats().size(), 23u);
    EXPECT_EQ(workspace.iterationStats().back().iteration, 23);

    workspace.scrubTo(7);
    EXPECT_TRUE(workspace.isScrubbing());
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.shownSnapshot()->iteration == 7; }, patience));
    EXPECT_EQ(workspace.sessionStatus().iteration, 23) << "scrubbing commands nothing";
    workspace.followLive();
    EXPECT_EQ(workspace.shownSnapshot()->iteration, 23);

    workspace.scrubTo(11);
    workspace.rewindHere();
    EXPECT_FALSE(workspace.isScrubbing());
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.sessionStatus().iteration == 11; }, patience));
    EXPECT_EQ(workspace.iterationStats().size(), 11u);

    EXPECT_FALSE(workspace.solution());
    workspace.run();
    ASSERT_TRUE(waitForState(SessionState::Finished));
    ASSERT_TRUE(workspace.solution());
    EXPECT_EQ(workspace.iterationStats().size(), 300u);
    EXPECT_TRUE(messages.isEmpty()) << messages.join('\n').toStdString();
}

TEST_F(WorkspaceTest, ARunStaysOnScreenWithItsOwnSettings)
{
    openQuery();
    setMethod(Method::Exact);
    EXPECT_FALSE(workspace.settingsDiffer());
    workspace.run();
    ASSERT_TRUE(waitForState(SessionState::Finished));
    const auto solution = workspace.solution();
    workspace.selectTile(500);
    setMethod(Method::Dykstra, {4, 8});
    EXPECT_TRUE(workspace.settingsDiffer());
    EXPECT_EQ(workspace.solution(), solution);
    EXPECT_EQ(workspace.selectedTile(), 500);
    EXPECT_EQ(workspace.grid().count(), 576) << "of the run on screen";
    EXPECT_EQ(workspace.shownOptions().method, Method::Exact);
    EXPECT_EQ(workspace.shownOptions().pattern, (NmPattern{8, 16}));

    workspace.resetSettingsToRun();
    EXPECT_FALSE(workspace.settingsDiffer());
    EXPECT_EQ(workspace.options(), workspace.shownOptions());

    setMethod(Method::Dykstra, {4, 8}, 5);
    workspace.step();
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.sessionStatus().iteration == 1; }, patience));
    EXPECT_FALSE(workspace.settingsDiffer());
    EXPECT_FALSE(workspace.solution()) << "nothing of the run before";
    EXPECT_FALSE(workspace.selectedTile()) << "of tiles of another size";
    EXPECT_EQ(workspace.grid().count(), 48 * 48);

    setMethod(Method::Dykstra, {4, 8}, 7); // paused; the next command is for what the settings say
    workspace.run();
    ASSERT_TRUE(waitForState(SessionState::Finished));
    EXPECT_EQ(workspace.sessionStatus().iteration, 7);
    EXPECT_EQ(workspace.solution()->options.iterations, 7);
}

TEST_F(WorkspaceTest, ARunningRunIsPausedWhateverTheSettingsSay)
{
    openQuery();
    setMethod(Method::Dykstra, {8, 16}, 1000000);
    workspace.run();
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.sessionStatus().iteration > 2; }, patience));
    setMethod(Method::Dykstra, {8, 16}, 30);
    workspace.togglePause();
    ASSERT_TRUE(waitForState(SessionState::Paused));
    EXPECT_EQ(workspace.sessionStatus().plannedIterations, 1000000);
    workspace.togglePause();
    ASSERT_TRUE(waitForState(SessionState::Finished));
    EXPECT_EQ(workspace.sessionStatus().iteration, 30);
}

TEST_F(WorkspaceTest, MethodsWithoutIterationsSolveInOneGo)
{
    openQuery();
    setMethod(Method::Greedy);
    EXPECT_FALSE(workspace.isLive());
    workspace.run();
    ASSERT_TRUE(waitForState(SessionState::Finished));
    ASSERT_TRUE(workspace.solution());
    EXPECT_EQ(workspace.solution()->options.method, Method::Greedy);
    EXPECT_TRUE(workspace.iterationStats().empty());
}

TEST_F(WorkspaceTest, RefusesWhatCannotBeSolved)
{
    workspace.run();
    EXPECT_EQ(messages.size(), 1) << "no tensor";
    openQuery();
    SolveOptions options = workspace.options();
    options.pattern = {9, 8};
    workspace.setOptions(options);
    EXPECT_EQ(messages.size(), 2);
    EXPECT_EQ(workspace.options().pattern, (NmPattern{8, 16}));
    workspace.exportMask("/nowhere/mask.h5");
    EXPECT_EQ(messages.size(), 3) << "no mask yet";
}

TEST_F(WorkspaceTest, NanCanBeLookedAtButNotSolved)
{
    QTemporaryDir folder;
    const QString name = folder.filePath("nan.safetensors");
    std::vector<float> values(256, 1.0f);
    values[3 * 16 + 7] = std::numeric_limits<float>::quiet_NaN();
    const QByteArray header = R"({"layer.weight":{"dtype":"F32","shape":[16,16],"data_offsets":[0,1024]}})";
    const quint64 length = quint64(header.size());
    QFile file(name);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(reinterpret_cast<const char *>(&length), 8);
    file.write(header);
    file.write(reinterpret_cast<const char *>(values.data()), 1024);
    file.close();
    workspace.openFile(name);
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.tensor() && !workspace.isLoading(); }, patience));
    EXPECT_EQ(workspace.tensor()->weightSummary.nans, 1);
    ASSERT_TRUE(workspace.tensor()->notFinite);
    messages.clear();
    workspace.run();
    ASSERT_EQ(messages.size(), 1);
    EXPECT_TRUE(messages[0].contains("nan.safetensors") && messages[0].contains("layer.weight") &&
                messages[0].contains("(3, 7)"))
        << messages[0].toStdString();
    EXPECT_EQ(workspace.sessionStatus().state, SessionState::Idle);
}

TEST_F(WorkspaceTest, AnUnknownTensorLeavesTheOpenOne)
{
    openQuery();
    workspace.selectTensor(workspace.files().front().fileName, "no/such/tensor");
    ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace.isLoading(); }, patience));
    ASSERT_EQ(messages.size(), 1);
    EXPECT_TRUE(messages[0].contains("no/such/tensor"));
    EXPECT_EQ(workspace.tensor()->info.path, query.toStdString()) << "the open tensor stays";
}

TEST_F(WorkspaceTest, CancelStopsARunAndRestartBeginsAgain)
{
    openQuery();
    setMethod(Method::Dykstra, {16, 32}, 100000);
    workspace.run();
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.sessionStatus().iteration > 0; }, patience));
    workspace.cancel();
    ASSERT_TRUE(waitForState(SessionState::Cancelled));
    const quint64 generation = workspace.sessionStatus().generation;
    workspace.restart();
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.sessionStatus().iteration > 0; }, patience));
    EXPECT_GT(workspace.sessionStatus().generation, generation);
    workspace.pause();
    ASSERT_TRUE(waitForState(SessionState::Paused));
}

TEST_F(WorkspaceTest, ComparisonFillsRowByRow)
{
    openQuery();
    QSignalSpy rows(&workspace, &Workspace::comparisonRowAdded);
    workspace.startComparison(crossProduct({{2, 4}, {8, 16}}, {Method::Exact, Method::Greedy, Method::RowNm}));
    EXPECT_TRUE(workspace.isComparing());
    EXPECT_EQ(workspace.comparisonTotal(), 6);
    ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace.isComparing(); }, patience));
    EXPECT_EQ(rows.size(), 6);
    ASSERT_EQ(workspace.comparison().size(), 6u);
    const auto &exact = workspace.comparison()[3];
    const auto &greedy = workspace.comparison()[4];
    EXPECT_EQ(exact.which.method, Method::Exact);
    EXPECT_GT(exact.metrics.keptMagnitude, greedy.metrics.keptMagnitude);
    EXPECT_NEAR(exact.totals.relativeGap, 0, 1e-6);

    workspace.startComparison(crossProduct({{8, 16}, {16, 32}}, {Method::Dykstra, Method::Exact}));
    workspace.cancelComparison();
    EXPECT_FALSE(workspace.isComparing());
    QTest::qWait(50);
    EXPECT_TRUE(workspace.comparison().empty());
    EXPECT_TRUE(messages.isEmpty()) << messages.join('\n').toStdString();
}

TEST_F(WorkspaceTest, ComparisonLeavesOutWhatCannotBeTiled)
{
    openQuery();
    workspace.startComparison({{{2, 4}, Method::Greedy}, {{8, 500}, Method::Greedy}});
    EXPECT_EQ(workspace.comparisonTotal(), 1);
    EXPECT_EQ(messages.size(), 1);
    ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace.isComparing(); }, patience));
    EXPECT_EQ(workspace.comparison().size(), 1u);
}

TEST_F(WorkspaceTest, ExportedMasksAreTheSolution)
{
    openQuery();
    setMethod(Method::Exact);
    workspace.run();
    ASSERT_TRUE(waitForState(SessionState::Finished));
    QTemporaryDir folder;
    const std::pair<const char *, MaskFormat> targets[] = {{"bytes.h5", MaskFormat::Bytes},
                                                           {"packed.h5", MaskFormat::Packed},
                                                           {"bytes.safetensors", MaskFormat::Bytes},
                                                           {"applied.h5", MaskFormat::Applied}};
    for (const auto &[name, format] : targets) {
        QSignalSpy ended(&workspace, &Workspace::exportEnded);
        workspace.exportMask(folder.filePath(name), format);
        ASSERT_TRUE(ended.wait(patience)) << name;
        ASSERT_TRUE(ended[0][1].toBool()) << messages.join('\n').toStdString();
        const bool isWhole = format == MaskFormat::Applied; // the model with this tensor masked
        auto file = MaskFile::open(folder.filePath(name).toStdString(), {}, {.prunedWeights = isWhole});
        ASSERT_TRUE(file) << file.error().line();
        const std::vector<MaskEntry> &entries = (*file)->masks();
        ASSERT_EQ(entries.size() == 1, !isWhole);
        const auto found = std::find_if(entries.begin(), entries.end(),
                                        [](const MaskEntry &one) { return one.tensorPath == query.toStdString(); });
        ASSERT_NE(found, entries.end());
        const MaskEntry &entry = *found;
        if (!isWhole) {
            EXPECT_EQ(entry.method, "exact");
            EXPECT_EQ(entry.transposable, true);
        }
        const auto mask = (*file)->read(entry);
        ASSERT_TRUE(mask) << mask.error().line();
        EXPECT_TRUE(*mask == workspace.solution()->mask) << name;
    }

    QSignalSpy ended(&workspace, &Workspace::exportEnded);
    workspace.exportMask(sample);
    ASSERT_TRUE(ended.wait(patience));
    EXPECT_FALSE(ended[0][1].toBool()) << "the input itself was overwritten";
    EXPECT_EQ(messages.size(), 1);
    EXPECT_EQ(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden).size(), 4) << "temporary files are left";
}

TEST_F(WorkspaceTest, EndsQuicklyInTheMiddleOfEverything)
{
    openQuery();
    setMethod(Method::Dykstra, {16, 32}, 1000000);
    workspace.run();
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.sessionStatus().iteration > 0; }, patience));
    workspace.startComparison(crossProduct({{16, 32}}, {Method::Dykstra}));
    QElapsedTimer clock;
    {
        Workspace other({{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}});
        other.openFile(sample);
        ASSERT_TRUE(QTest::qWaitFor([&] { return other.tensor() != nullptr; }, patience));
        SolveOptions options = other.options();
        options.iterations = 1000000;
        other.setOptions(options);
        other.run();
        ASSERT_TRUE(QTest::qWaitFor([&] { return other.sessionStatus().iteration > 0; }, patience));
        other.startComparison(crossProduct({{16, 32}}, {Method::Dykstra}));
        clock.start();
    }
    EXPECT_LT(clock.elapsed(), 10000); // the runs would take minutes
}

TEST(PatternScannerTest, FindsThatTheSampleIsDense)
{
    Workspace workspace({{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}});
    workspace.openFile(sample);
    ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace.files().empty(); }, patience));
    PatternScanner scanner;
    std::vector<DetectedPatterns> found;
    QObject::connect(&scanner, &PatternScanner::detected, &scanner,
                     [&](const QString &, const QString &, const DetectedPatterns &patterns) { found.push_back(patterns); });
    scanner.scan(workspace.files().front().fileName, workspace.files().front().tensors);
    ASSERT_TRUE(QTest::qWaitFor([&] { return found.size() == 6; }, patience));
    for (const DetectedPatterns &patterns : found) {
        EXPECT_LT(patterns.sparsity, 0.01);
        EXPECT_TRUE(patterns.transposable.empty());
    }
}

/// A mask that is not what its method promises is shown nowhere.
TEST(WorkspaceHandOver, refusesWhatABackendGotWrong)
{
    for (const auto &spoil :
         {test::ErringBackend::oneBitMore, test::ErringBackend::oneEntryMore, test::ErringBackend::wrongObjective}) {
        Workspace workspace(
            {{QStringLiteral("erring"), QStringLiteral("erring"), std::make_shared<test::ErringBackend>(spoil)}});
        QStringList errors;
        QObject::connect(&workspace, &Workspace::message, &workspace, [&](MessageLevel level, const QString &text) {
            if (level == MessageLevel::Error)
                errors << text;
        });
        workspace.openFile(sample);
        ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.tensor() && !workspace.isLoading(); }, patience));
        SolveOptions options = workspace.options();
        options.method = Method::Greedy;
        options.pattern = {4, 8};
        workspace.setOptions(options);
        workspace.run();
        ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.sessionStatus().state == SessionState::Failed; }, patience));
        EXPECT_FALSE(workspace.solution());
        ASSERT_EQ(errors.size(), 1);
        EXPECT_TRUE(
            errors.front().contains(QString::fromStdString(workspace.tensor()->info.path) + QStringLiteral(": tile (2, 5)")))
            << errors.front().toStdString();
        EXPECT_TRUE(errors.front().contains(QStringLiteral("a fault of nmscope")));

        errors.clear();
        workspace.startComparison({{{4, 8}, Method::Greedy}});
        ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace.isComparing(); }, patience));
        EXPECT_TRUE(workspace.comparison().empty());
        ASSERT_EQ(errors.size(), 1);
        EXPECT_TRUE(errors.front().contains(QStringLiteral("tile (2, 5)")));
    }
}

} // namespace
