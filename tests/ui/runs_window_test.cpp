// SPDX-License-Identifier: Apache-2.0
// Kept runs, undo and sessions in the real window, by mouse and keyboard.
#include "tests/ui/npy_support.h"
#include "tests/ui/window_support.h"
#include "ui/models/comparison_model.h"
#include "ui/models/mask_comparison.h"
#include "ui/models/run_list.h"
#include "ui/models/run_list_model.h"
#include "ui/models/session_file.h"
#include "ui/models/tables.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/runs_dock.h"

#include <QAction>
#include <QDir>
#include <QFileInfo>
#include <QMenu>
#include <QScreen>
#include <QSettings>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QUndoStack>

#include <gtest/gtest.h>

using namespace nms;

namespace {

class RunsWindowTest : public testing::Test
{
protected:
    void SetUp() override { start(MainWindow::Start::Fresh); }
    void start(MainWindow::Start how)
    {
        test.reset();
        test = std::make_unique<test::WindowUnderTest>(how);
        ASSERT_TRUE(test->isExposed);
    }
    void openAndSolve()
    {
        const QString name = writeNpy(folder.filePath(QStringLiteral("w.npy")), 61, 67, 5, true);
        ASSERT_TRUE(test->open(name));
        test->type(QStringLiteral("iterations"), QStringLiteral("25"));
        test->press(Qt::Key_Space);
        ASSERT_TRUE(test->waitForState(SessionState::Finished));
        test->type(QStringLiteral("tau"), QStringLiteral("5"));
        test->press(Qt::Key_Space);
        ASSERT_TRUE(test->waitFor([&] { return workspace().runs().all().size() == 2; }));
    }
    Workspace &workspace() { return test->workspace; }
    QTableView *table() const { return test->window.findChild<RunsDock *>()->findChild<QTableView *>(); }
    void screenshot(const QString &name)
    {
        QTest::qWait(400);
        const QRect area = test->window.geometry();
        const QImage image = test->window.screen()->grabWindow(0, area.x(), area.y(), area.width(), area.height()).toImage();
        EXPECT_TRUE(image.save(QStringLiteral(NMS_TEST_OUTPUT "/window-%1.png").arg(name)));
    }

    QTemporaryDir folder;
    std::unique_ptr<test::WindowUnderTest> test;
};

TEST_F(RunsWindowTest, RunsAreShownRenamedTickedAndDeletedByKeys)
{
    openAndSolve();
    const auto first = workspace().runs().all()[0], second = workspace().runs().all()[1];
    EXPECT_EQ(first->setup.settings.options.tau, 100);
    EXPECT_EQ(second->setup.settings.options.tau, 5);
    test->press(Qt::Key_R, Qt::ControlModifier | Qt::ShiftModifier);
    ASSERT_EQ(QApplication::focusWidget(), table());
    EXPECT_EQ(table()->currentIndex().data(RunListModel::IdRole).toInt(), second->id);
    test->press(Qt::Key_Up);
    test->press(Qt::Key_Return);
    EXPECT_EQ(workspace().shownRun(), first->id);
    EXPECT_TRUE(workspace().showsKeptRun());
    EXPECT_EQ(workspace().options().tau, 100);
    screenshot(QStringLiteral("runs"));

    test->press(Qt::Key_F2);
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("sharp"));
    test->press(Qt::Key_Return);
    ASSERT_TRUE(test->waitFor([&] { return workspace().runs().find(first->id)->name == QStringLiteral("sharp"); }));
    ASSERT_TRUE(test->waitFor([&] { return QApplication::focusWidget() == table(); }));
    EXPECT_EQ(workspace().shownRun(), first->id);
    test->press(Qt::Key_T, Qt::ControlModifier);
    EXPECT_TRUE(workspace().runs().find(first->id)->isTicked);
    workspace().showRun(second->id); // the ticked one is drawn beside it
    screenshot(QStringLiteral("runs-overlaid"));
    workspace().showRun(first->id);
    test->press(Qt::Key_T, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_TRUE(workspace().runs().find(first->id)->isPinned);
    test->press(Qt::Key_Delete);
    EXPECT_EQ(workspace().runs().all().size(), 1U);
    EXPECT_TRUE(workspace().solution()) << "what is on screen stays there";
    test->press(Qt::Key_Z, Qt::ControlModifier);
    ASSERT_TRUE(workspace().runs().find(first->id));
    EXPECT_TRUE(workspace().runs().find(first->id)->solution);

    // Sorted by τ: the first row is the second run; a double click shows it.
    table()->sortByColumn(RunListModel::Tau, Qt::AscendingOrder);
    const QModelIndex row = table()->model()->index(0, RunListModel::Tau);
    QTest::mouseClick(table()->viewport(), Qt::LeftButton, {}, table()->visualRect(row).center());
    QTest::mouseDClick(table()->viewport(), Qt::LeftButton, {}, table()->visualRect(row).center());
    EXPECT_EQ(workspace().shownRun(), second->id);
    EXPECT_EQ(workspace().options().tau, 5);
}

/// Where greedy and the optimum differ: one key after the run.
TEST_F(RunsWindowTest, EntriesWhereGreedyAndOptimumDiffer)
{
    ASSERT_TRUE(test->open(QStringLiteral(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5")));
    ASSERT_TRUE(test->choose(QStringLiteral("method"), methodLabel(Method::Greedy)));
    test->window.setFocus();
    test->press(Qt::Key_Space);
    ASSERT_TRUE(test->waitForState(SessionState::Finished));
    test->press(Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
    MaskComparison &comparison = MaskComparison::of(workspace());
    ASSERT_TRUE(test->waitFor([&] { return comparison.difference() != nullptr; }));
    auto *dock = test->child<QWidget>(QStringLiteral("difference"));
    EXPECT_TRUE(test->waitFor([&] { return !dock->visibleRegion().isEmpty(); }));
    const auto tables = dock->findChildren<QTableView *>();
    ASSERT_EQ(tables.size(), 2);
    QTableView *tiles = tables[0], *entries = tables[1];
    EXPECT_EQ(tiles->model()->rowCount(), int(comparison.difference()->tilesThatDiffer));
    const QPoint first = tiles->visualRect(tiles->model()->index(0, 0)).center();
    QTest::mouseClick(tiles->viewport(), Qt::LeftButton, {}, first);
    QTest::mouseDClick(tiles->viewport(), Qt::LeftButton, {}, first);
    const auto tile = workspace().selectedTile();
    ASSERT_TRUE(tile);
    const auto listed = comparison.entriesOf(*tile);
    ASSERT_FALSE(listed.empty());
    ASSERT_EQ(entries->model()->rowCount(), int(listed.size()));
    EXPECT_EQ(entries->model()->index(0, 0).data().toString(), QString::number(listed[0].row));
    EXPECT_EQ(entries->model()->index(0, 2).data().toString(), listed[0].isInA ? QStringLiteral("A") : QStringLiteral("B"));
    const Table differing = tableOf(workspace(), TableKind::Difference);
    ASSERT_EQ(differing.rows.size(), comparison.difference()->tilesThatDiffer);
    qlonglong entriesOfAll = 0;
    for (const QVariantList &row : differing.rows)
        entriesOfAll += row[differing.columns.indexOf(QStringLiteral("entries"))].toLongLong();
    EXPECT_EQ(entriesOfAll, comparison.difference()->total.entries());
    const Table ofTile = tableOf(workspace(), TableKind::DifferingEntries);
    ASSERT_EQ(ofTile.rows.size(), qsizetype(listed.size()));
    EXPECT_EQ(ofTile.rows[0],
              (QVariantList{qlonglong(listed[0].row), qlonglong(listed[0].col),
                            listed[0].isInA ? QStringLiteral("A") : QStringLiteral("B"), double(listed[0].score)}));
    for (const char *name : {"side", "split", "blink", "difference"}) {
        test->window.setFocus();
        test->press(Qt::Key_D);
        screenshot(QStringLiteral("compare-") + QString::fromLatin1(name));
    }
    EXPECT_EQ(comparison.mode(), MaskComparison::Mode::Difference) << "once around";
    test->press(Qt::Key_B);
    EXPECT_TRUE(comparison.showsB());
    test->press(Qt::Key_D, Qt::ShiftModifier);
    EXPECT_FALSE(comparison.isActive());
    EXPECT_EQ(tiles->model()->rowCount(), 0);
}

TEST_F(RunsWindowTest, SettingsAreUndoneByKey)
{
    openAndSolve();
    QStringList texts;
    for (const QAction *action : test->window.actions())
        texts << action->text();
    EXPECT_TRUE(texts.contains(QString::fromUtf8("Undo τ 100 → 5"))) << texts.join(", ").toStdString();
    test->window.setFocus();
    test->press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(workspace().options().tau, 100);
    EXPECT_EQ(test->child<QAbstractSpinBox>(QStringLiteral("tau"))->text(), QStringLiteral("100"));
    EXPECT_TRUE(workspace().settingsDiffer());
    test->press(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_EQ(workspace().options().tau, 5);

    // In a field, Ctrl+Z takes back what is being typed; without such a text, the setting.
    test->type(QStringLiteral("tau"), QStringLiteral("7"));
    test->press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(workspace().options().tau, 5);
    test->press(Qt::Key_Escape);
    QTest::mouseClick(test->child<QAbstractSpinBox>(QStringLiteral("iterations")), Qt::LeftButton);
    test->press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(workspace().options().tau, 100);
}

TEST_F(RunsWindowTest, TheLastSessionIsReopened)
{
    QSettings().clear();
    QDir(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation)).removeRecursively();
    start(MainWindow::Start::Remembered);
    EXPECT_FALSE(test->window.reopenLastSession()) << "there is none";
    openAndSolve();
    auto *viewport = test->window.findChild<Viewport *>();
    workspace().setView(MatrixView::Mask);
    viewport->goToTile(7);
    QTest::qWait(500); // the flight
    const auto place = viewport->cameraPlace();
    ASSERT_TRUE(place);
    test->window.close();

    start(MainWindow::Start::Remembered);
    EXPECT_TRUE(test->window.reopenLastSession());
    ASSERT_TRUE(test->waitFor([&] { return workspace().tensor() && !workspace().isLoading(); }));
    viewport = test->window.findChild<Viewport *>();
    EXPECT_EQ(viewport->cameraPlace(), place);
    EXPECT_EQ(workspace().view(), MatrixView::Mask);
    EXPECT_EQ(workspace().runs().all().size(), 2U);
    EXPECT_EQ(workspace().options().tau, 5);
    test->window.close();

    QSettings().setValue(QStringLiteral("session/opening"), true); // as if it had crashed
    start(MainWindow::Start::Remembered);
    EXPECT_FALSE(test->window.reopenLastSession());
    EXPECT_TRUE(workspace().files().empty());
    QSettings().setValue(QStringLiteral("session/reopen"), false);
    EXPECT_FALSE(test->window.reopenLastSession()) << "not wanted";
    start(MainWindow::Start::Fresh);
    EXPECT_FALSE(test->window.reopenLastSession());
    QSettings().clear();
}

TEST_F(RunsWindowTest, ASessionFileIsOpenedLikeAnyFile)
{
    openAndSolve();
    QString name = folder.filePath(QStringLiteral("s.nmscope"));
    SavedSession session;
    session.files = session.files << workspace().tensor()->file;
    session.tensorFile = session.files.front();
    session.tensorPath = QString::fromStdString(workspace().tensor()->info.path);
    session.settings = workspace().settings();
    session.settings.options.tau = 42;
    ASSERT_TRUE(writeSession(session, name));
    QStringList messages;
    QObject::connect(&workspace(), &Workspace::message, &workspace(),
                     [&](MessageLevel, const QString &text) { messages << text; });
    workspace().openFile(name);
    ASSERT_TRUE(test->waitFor([&] { return workspace().options().tau == 42 && !workspace().isLoading(); }));
    EXPECT_EQ(workspace().runs().all().size(), 2U) << "the runs of before are still there";
    test->press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(workspace().options().tau, 5);
    test->press(Qt::Key_S, Qt::ControlModifier); // to the same file
    const auto saved = readSession(name);
    ASSERT_TRUE(saved) << saved.error().line();
    EXPECT_EQ(saved->settings.options.tau, 5);
    EXPECT_EQ(saved->runs.size(), 2U);
}

} // namespace
