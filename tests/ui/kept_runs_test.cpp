// SPDX-License-Identifier: Apache-2.0
// Runs that are kept and shown again, undo of settings, and sessions, in a workspace with the real solver.
#include "ui/models/run_list.h"
#include "ui/models/session_state.h"
#include "ui/models/settings_history.h"
#include "ui/models/shown_verdict.h"
#include "ui/models/transport.h"
#include "ui/models/workspace.h"

#include "core/solver/cpu_backend.h"
#include "tests/ui/npy_support.h"

#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

#include <gtest/gtest.h>

using namespace nms;

namespace {

constexpr int patience = 60000;
const jobs::ScoreChoice squares{jobs::ScoreChoice::Kind::Rule, "square", {}};

struct Window {
    Window()
    {
        QObject::connect(&workspace, &Workspace::message, &workspace, [this](MessageLevel level, const QString &text) {
            if (level != MessageLevel::Info)
                messages << text;
        });
        workspace.settingsHistory().setMergeTime(std::chrono::milliseconds(0));
    }
    bool waitFor(const std::function<bool()> &condition) { return QTest::qWaitFor(condition, patience); }
    bool open(const QString &file)
    {
        workspace.openFile(file);
        return waitFor([&] { return workspace.tensor() && workspace.tensor()->file == file && !workspace.isLoading(); });
    }
    bool waitForState(SessionState state)
    {
        return waitFor([&] { return workspace.sessionStatus().state == state; });
    }
    /// Returns the finished run's id.
    int solve(Method method, NmPattern pattern, int iterations = 20)
    {
        set(method, pattern, iterations);
        workspace.run();
        EXPECT_TRUE(waitForState(SessionState::Finished));
        return workspace.shownRun().value_or(0);
    }
    void set(Method method, NmPattern pattern, int iterations = 20)
    {
        SolveOptions options = workspace.options();
        options.method = method;
        options.pattern = pattern;
        options.iterations = iterations;
        workspace.setOptions(options);
    }

    Workspace workspace{{{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}}};
    QStringList messages;
};

class KeptRunsTest : public testing::Test
{
protected:
    void SetUp() override
    {
        for (const auto &[rows, cols] : {std::pair{31, 33}, {17, 47}})
            files << QFileInfo(
                         writeNpy(folder.filePath(QStringLiteral("t%1.npy").arg(rows)), rows, cols, unsigned(rows), true))
                         .canonicalFilePath();
        ASSERT_TRUE(window.open(files[0]));
    }

    QTemporaryDir folder;
    QStringList files;
    Window window;
    Workspace &workspace = window.workspace;
};

TEST_F(KeptRunsTest, ARunIsShownAgainWithoutSolving)
{
    const int first = window.solve(Method::Dykstra, {2, 4});
    const auto mask = workspace.solution();
    const int second = window.solve(Method::Greedy, {4, 8});
    ASSERT_EQ(workspace.runs().all().size(), 2U);
    EXPECT_EQ(workspace.shownRun(), second);
    EXPECT_FALSE(workspace.showsKeptRun());

    workspace.showRun(first);
    EXPECT_TRUE(workspace.showsKeptRun());
    EXPECT_EQ(workspace.shownRun(), first);
    EXPECT_EQ(workspace.solution(), mask) << "the very mask";
    EXPECT_EQ(workspace.sessionStatus().state, SessionState::Finished);
    EXPECT_EQ(workspace.options().pattern, (NmPattern{2, 4}));
    EXPECT_EQ(workspace.options(), workspace.shownOptions());
    EXPECT_FALSE(workspace.settingsDiffer());
    EXPECT_EQ(workspace.iterationStats().size(), 20U);
    EXPECT_EQ(workspace.grid().m, 4);
    EXPECT_FALSE(workspace.shownSnapshot());
    EXPECT_EQ(shownVerdict(workspace).text, workspace.runs().find(first)->verdict.text);

    workspace.scrubTo(3);
    EXPECT_FALSE(workspace.isScrubbing());
    EXPECT_EQ(window.messages.size(), 1) << "why not";
    SolveOptions other = workspace.options();
    other.tau = 7;
    workspace.setOptions(other);
    EXPECT_TRUE(workspace.settingsDiffer());
    workspace.resetSettingsToRun();
    EXPECT_FALSE(workspace.settingsDiffer());

    workspace.showRun(second);
    EXPECT_FALSE(workspace.showsKeptRun()) << "that is the run itself";
    EXPECT_EQ(workspace.options().method, Method::Greedy);
    workspace.showRun(first);
    workspace.restart(); // with its plan
    ASSERT_TRUE(window.waitForState(SessionState::Finished));
    EXPECT_FALSE(workspace.showsKeptRun());
    EXPECT_EQ(workspace.shownRun(), first) << "the same setup is the same row";
    EXPECT_EQ(workspace.solution()->mask, mask->mask);
    ASSERT_TRUE(window.waitFor([&] { return workspace.shownSnapshot() != nullptr; }));
}

TEST_F(KeptRunsTest, ARunInProgressContinuesBehindAnother)
{
    const int first = window.solve(Method::Greedy, {2, 4});
    window.set(Method::Dykstra, {4, 8}, 500);
    workspace.runTo(3);
    ASSERT_TRUE(window.waitFor([&] {
        return workspace.sessionStatus().iteration == 3 && workspace.sessionStatus().state == SessionState::Paused;
    }));
    EXPECT_EQ(workspace.runs().all().size(), 1U) << "it has not ended";
    workspace.showRun(first);
    ASSERT_EQ(workspace.runs().all().size(), 2U) << "but can be found";
    const auto running = workspace.runInProgress();
    ASSERT_TRUE(running);
    EXPECT_EQ(workspace.shownRun(), first);
    workspace.cancel(); // of a run that is finished: nothing
    workspace.showRun(*running);
    EXPECT_EQ(workspace.sessionStatus().state, SessionState::Paused);
    EXPECT_EQ(workspace.sessionStatus().iteration, 3);
    ASSERT_TRUE(workspace.shownSnapshot());
    workspace.run();
    workspace.showRun(first);
    ASSERT_TRUE(window.waitFor([&] { return workspace.runs().find(*running)->isFinished; })) << "it went on";
    EXPECT_EQ(workspace.shownRun(), first);
    EXPECT_EQ(workspace.solution(), workspace.runs().find(first)->solution);
    workspace.showRun(*running);
    EXPECT_EQ(workspace.sessionStatus().iteration, 500);
}

TEST_F(KeptRunsTest, AStoppedRunIsSolvedAgainUpToWhereItWas)
{
    window.set(Method::Dykstra, {4, 8}, 400);
    workspace.runTo(7);
    ASSERT_TRUE(window.waitFor([&] {
        return workspace.sessionStatus().iteration == 7 && workspace.sessionStatus().state == SessionState::Paused;
    }));
    window.solve(Method::Greedy, {2, 4});
    ASSERT_EQ(workspace.runs().all().size(), 2U);
    const RunList::Run stopped = workspace.runs().all().front();
    EXPECT_FALSE(stopped->isFinished);
    EXPECT_EQ(stopped->iteration, 7);
    EXPECT_EQ(stopped->statistics->size(), 7U);
    workspace.showRun(stopped->id);
    ASSERT_TRUE(window.waitFor([&] {
        return workspace.sessionStatus().iteration == 7 && workspace.sessionStatus().state == SessionState::Paused;
    }));
    EXPECT_EQ(workspace.iterationStats().back().objective, stopped->statistics->back().objective) << "bit by bit";
}

/// A run that is asked for right after another score waits for it, whatever the command.
TEST_F(KeptRunsTest, ARunWaitsForItsScores)
{
    window.set(Method::Dykstra, {2, 4});
    const std::function<void()> commands[] = {[&] { workspace.run(); }, [&] { workspace.restart(); },
                                              [&] {
                                                  workspace.runTo(20);
                                              }};
    for (const auto &command : commands) {
        const bool isMagnitude = workspace.score().isMagnitude();
        workspace.setScore(isMagnitude ? squares : jobs::ScoreChoice());
        ASSERT_TRUE(workspace.isScoring());
        command();
        ASSERT_TRUE(window.waitForState(SessionState::Finished));
        EXPECT_EQ(workspace.runs().find(workspace.shownRun().value_or(0))->scoreTitle, workspace.tensor()->scoreTitle);
        EXPECT_EQ(workspace.score().isMagnitude(), !isMagnitude);
    }
    workspace.setScore(jobs::ScoreChoice());
    workspace.run();
    workspace.cancel();
    ASSERT_TRUE(window.waitFor([&] { return !workspace.isScoring(); }));
    QTest::qWait(50);
    EXPECT_EQ(workspace.sessionStatus().state, SessionState::Idle) << "cancelled before it began";
}

TEST_F(KeptRunsTest, RunsOfOtherTensorsAndScoresAreFound)
{
    const int first = window.solve(Method::Greedy, {2, 4});
    const auto mask = workspace.solution();
    ASSERT_TRUE(window.open(files[1]));
    workspace.setScore(squares);
    ASSERT_TRUE(window.waitFor([&] { return !workspace.isScoring(); }));
    const int second = window.solve(Method::Greedy, {3, 7});
    EXPECT_EQ(workspace.runs().find(second)->scoreTitle, workspace.tensor()->scoreTitle);
    workspace.closeFile(files[0]);

    workspace.showRun(first); // opens the file, too
    ASSERT_TRUE(window.waitFor([&] { return workspace.shownRun() == first; }));
    EXPECT_EQ(workspace.tensor()->file, files[0]);
    EXPECT_TRUE(workspace.score().isMagnitude());
    EXPECT_EQ(workspace.solution(), mask);
    workspace.showRun(second);
    ASSERT_TRUE(window.waitFor([&] { return workspace.shownRun() == second; }));
    EXPECT_EQ(workspace.tensor()->file, files[1]);
    EXPECT_EQ(workspace.score().rule, "square");
    EXPECT_EQ(workspace.solution()->options.pattern, (NmPattern{3, 7}));

    // The other score of the same tensor
    workspace.setScore(jobs::ScoreChoice());
    ASSERT_TRUE(window.waitFor([&] { return !workspace.isScoring(); }));
    EXPECT_FALSE(workspace.shownRun());
    workspace.showRun(second);
    ASSERT_TRUE(window.waitFor([&] { return workspace.shownRun() == second; }));
    EXPECT_TRUE(window.messages.isEmpty()) << window.messages.join('\n').toStdString();
}

TEST_F(KeptRunsTest, AFileThatHasChangedIsSolvedAgain)
{
    const int first = window.solve(Method::Greedy, {2, 4});
    const auto mask = workspace.solution();
    workspace.closeFile(files[0]);
    writeNpy(files[0], 31, 33, 99, true);
    workspace.showRun(first);
    ASSERT_TRUE(window.waitFor([&] { return workspace.shownRun() == first && workspace.solution(); }));
    EXPECT_FALSE(workspace.showsKeptRun());
    EXPECT_NE(workspace.solution()->mask, mask->mask);
    ASSERT_EQ(window.messages.size(), 1);
    EXPECT_TRUE(window.messages.front().contains(QStringLiteral("has changed")));
    EXPECT_EQ(workspace.runs().find(first)->solution, workspace.solution()) << "the row is of the new file";

    workspace.closeFile(files[0]);
    QFile::remove(files[0]);
    workspace.showRun(first);
    ASSERT_TRUE(window.waitFor([&] { return window.messages.size() == 2 && !workspace.isLoading(); }));
    EXPECT_TRUE(window.messages.back().contains(files[0]));
}

TEST_F(KeptRunsTest, AMaskThatWasDroppedIsSolvedAgain)
{
    const int first = window.solve(Method::Dykstra, {2, 4});
    const Mask mask = workspace.solution()->mask;
    window.solve(Method::Greedy, {2, 4});
    workspace.runs().setLimit(workspace.runs().bytes() - 1);
    ASSERT_FALSE(workspace.runs().find(first)->solution);
    workspace.showRun(first);
    ASSERT_TRUE(window.waitFor([&] { return workspace.shownRun() == first && workspace.solution(); }));
    EXPECT_FALSE(workspace.showsKeptRun());
    EXPECT_EQ(workspace.solution()->mask, mask);
    EXPECT_TRUE(window.messages.isEmpty());
}

TEST_F(KeptRunsTest, SettingsAreUndoneAndRedone)
{
    QUndoStack &undo = workspace.undoStack();
    ASSERT_EQ(undo.count(), 0);
    const SolveOptions initial = workspace.options();
    SolveOptions options = initial;
    options.tau = 20;
    workspace.setOptions(options);
    EXPECT_EQ(undo.undoText(), QString::fromUtf8("τ 100 → 20"));
    options.pattern = {4, 8};
    workspace.setOptions(options);
    workspace.setScore(squares);
    ASSERT_TRUE(window.waitFor([&] { return !workspace.isScoring(); }));
    ASSERT_EQ(undo.count(), 3);
    workspace.setOptions(options); // no change
    EXPECT_EQ(undo.count(), 3);
    undo.undo();
    ASSERT_TRUE(window.waitFor([&] { return !workspace.isScoring(); }));
    EXPECT_TRUE(workspace.score().isMagnitude());
    EXPECT_FALSE(workspace.tensor()->scoreSummary) << "the scores follow";
    undo.undo();
    EXPECT_EQ(workspace.options().pattern, initial.pattern);
    EXPECT_EQ(workspace.options().tau, 20);
    undo.undo();
    EXPECT_EQ(workspace.options(), initial);
    EXPECT_FALSE(undo.canUndo());
    undo.redo();
    undo.redo();
    EXPECT_EQ(workspace.options(), options);

    // A spin box that is turned is one step; another setting in between is not.
    workspace.settingsHistory().setMergeTime(std::chrono::hours(1));
    const int before = undo.count();
    for (const int iterations : {301, 302, 303}) {
        options.iterations = iterations;
        workspace.setOptions(options);
    }
    options.tau = 21;
    workspace.setOptions(options);
    EXPECT_EQ(undo.count(), before - 1 + 2) << "redo of the score is gone";
    undo.undo();
    undo.undo();
    EXPECT_EQ(workspace.options().iterations, initial.iterations);
}

TEST_F(KeptRunsTest, ASessionBringsEverythingBackButTheMasks)
{
    const int first = window.solve(Method::Dykstra, {2, 4});
    workspace.runs().rename(first, QStringLiteral("best"));
    workspace.runs().setPinned(first, true);
    workspace.runs().setTicked(first, true);
    ASSERT_TRUE(window.open(files[1]));
    workspace.setScore(squares);
    ASSERT_TRUE(window.waitFor([&] { return !workspace.isScoring(); }));
    SolveOptions options = workspace.options();
    options.seed = 18446744073709551615U;
    options.tau = 0.1 + 0.2;
    options.pattern = {3, 7};
    options.iterations = 50;
    workspace.setOptions(options);
    workspace.setView(MatrixView::Error);
    workspace.setRankFigure(TileFigure::MaskLost);
    workspace.runTo(5);
    ASSERT_TRUE(window.waitFor([&] {
        return workspace.sessionStatus().iteration == 5 && workspace.sessionStatus().state == SessionState::Paused;
    }));
    workspace.selectTile(3);
    const QString name = folder.filePath(QStringLiteral("s.nmscope"));
    SavedSession saved = currentSession(workspace);
    saved.camera = CameraPlace{{1.5, 2.25}, 12};
    ASSERT_TRUE(writeSession(saved, name));

    Window other;
    SessionRestorer restorer(other.workspace);
    std::optional<CameraPlace> camera;
    QObject::connect(&restorer, &SessionRestorer::tensorShown, &other.workspace,
                     [&](const SavedSession &session) { camera = session.camera; });
    auto read = readSession(name);
    ASSERT_TRUE(read) << read.error().line();
    restorer.restore(*read);
    ASSERT_TRUE(other.waitFor([&] { return camera.has_value() && !other.workspace.isScoring(); }));
    EXPECT_EQ(*camera, *saved.camera);
    EXPECT_EQ(other.workspace.files().size(), 2U);
    EXPECT_EQ(other.workspace.tensor()->file, files[1]);
    EXPECT_EQ(other.workspace.options(), options);
    EXPECT_EQ(other.workspace.score().rule, "square");
    EXPECT_EQ(other.workspace.view(), MatrixView::Error);
    EXPECT_EQ(other.workspace.rankFigure(), TileFigure::MaskLost);
    EXPECT_EQ(other.workspace.selectedTile(), 3);
    ASSERT_EQ(other.workspace.runs().all().size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        const KeptRun &was = *workspace.runs().all()[i], &is = *other.workspace.runs().all()[i];
        EXPECT_EQ(is.setup, was.setup);
        EXPECT_EQ(is.name, was.name);
        EXPECT_EQ(is.isPinned, was.isPinned);
        EXPECT_EQ(is.isTicked, was.isTicked);
        EXPECT_EQ(is.isFinished, was.isFinished);
        EXPECT_EQ(is.iteration, was.iteration);
        EXPECT_EQ(is.scoreTotal, was.scoreTotal);
        EXPECT_EQ(is.keptShare, was.keptShare);
        EXPECT_EQ(is.gap, was.gap);
        EXPECT_EQ(is.verdict.text, was.verdict.text);
        EXPECT_EQ(is.verdict.level, was.verdict.level);
        EXPECT_EQ(is.ended.toMSecsSinceEpoch(), was.ended.toMSecsSinceEpoch());
        ASSERT_EQ(is.statistics->size(), was.statistics->size());
        EXPECT_EQ(is.statistics->back().objective, was.statistics->back().objective);
        EXPECT_FALSE(is.solution);
    }
    const int restored = other.workspace.runs().all().front()->id;
    other.workspace.showRun(restored);
    ASSERT_TRUE(other.waitFor([&] { return other.workspace.shownRun() == restored && other.workspace.solution(); }));
    EXPECT_EQ(other.workspace.solution()->mask, workspace.runs().find(first)->solution->mask) << "solved again";
    EXPECT_TRUE(other.messages.isEmpty()) << other.messages.join('\n').toStdString();
}

TEST_F(KeptRunsTest, ASessionIsFoundBesideItsFilesAndDoesWithoutOne)
{
    ASSERT_TRUE(window.open(files[1]));
    const QString name = folder.filePath(QStringLiteral("s.nmscope"));
    ASSERT_TRUE(writeSession(currentSession(workspace), name));
    QTemporaryDir moved; // the session and one of the two files
    QFile::copy(name, moved.filePath(QStringLiteral("s.nmscope")));
    const QString copy = moved.filePath(QFileInfo(files[1]).fileName());
    QFile::copy(files[1], copy);
    QFile::remove(files[0]);

    Window other;
    SessionRestorer restorer(other.workspace);
    restorer.restore(*readSession(moved.filePath(QStringLiteral("s.nmscope"))));
    ASSERT_TRUE(other.waitFor([&] { return other.workspace.tensor() && !other.workspace.isLoading(); }));
    EXPECT_EQ(other.workspace.tensor()->file, QFileInfo(copy).canonicalFilePath());
    ASSERT_EQ(other.messages.size(), 1) << "the one that is missing";
    EXPECT_TRUE(other.messages.front().contains(QFileInfo(files[0]).fileName()));
}

} // namespace
