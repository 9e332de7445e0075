// SPDX-License-Identifier: Apache-2.0
// The real window on a real (virtual) screen, driven as a person would.
#include "core/io/mask_file.h"
#include "tests/ui/large_npy.h"
#include "tests/ui/window_fixture.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/comparison_dock.h"
#include "ui/widgets/convergence_chart.h"
#include "ui/widgets/convergence_dock.h"
#include "ui/widgets/log_dock.h"
#include "ui/widgets/notice_bar.h"
#include "ui/widgets/tiles_dock.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QProcess>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableView>
#include <QTemporaryDir>
#include <QTreeView>

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <set>

using namespace nms;
using namespace nms::test;

namespace {

TEST_F(WindowTest, ShowsTheSample)
{
    auto *tree = child<QTreeView>();
    ASSERT_TRUE(tree);
    ASSERT_EQ(tree->model()->rowCount(), 1);
    EXPECT_EQ(tree->model()->rowCount(tree->model()->index(0, 0)), 6);
    EXPECT_TRUE(tree->currentIndex().isValid());
    EXPECT_EQ(window->windowTitle(), "minilm-layer0.h5 – nmscope");
    EXPECT_FALSE(child<NoticeBar>("notice")->isVisible());
    EXPECT_EQ(qobject_cast<QLineEdit *>(QApplication::focusWidget()), nullptr) << "typing would go into a field";
    QTest::qWait(500);
    const QImage image = screenshot("weights");
    EXPECT_EQ(image.size(), QSize(1600, 1000));
    // What the viewport drew is on the screen: many shades where the matrix is.
    const auto *viewport = child<Viewport>();
    const QRect middle = QRect(viewport->mapTo(window.get(), QPoint(0, 0)), viewport->size());
    EXPECT_GT(colorCount(image.copy(middle)), 100u) << viewport->deviceName().toStdString();
}

TEST_F(WindowTest, IconsAreDrawnAndFieldsAreAlike)
{
    // Some systems package Qt's SVG plug-in by itself; a window without it has no arrows.
    const QStringList icons = QDir(QStringLiteral(":/icons")).entryList({QStringLiteral("*.svg")});
    EXPECT_FALSE(icons.isEmpty());
    for (const QString &icon : icons)
        EXPECT_FALSE(QPixmap(QStringLiteral(":/icons/") + icon).isNull()) << icon.toStdString();
    auto *box = child<QComboBox>();
    ASSERT_TRUE(box);
    for (const auto *field : window->findChildren<QAbstractSpinBox *>())
        if (field->isVisible()) {
            EXPECT_EQ(field->height(), box->height()) << field->objectName().toStdString();
        }
}

TEST_F(WindowTest, TheTopBarNamesWhatIsReadAndThenWhatIsOpen)
{
    const QTemporaryDir folder;
    const QString file = QFileInfo(writeLargeNpy(folder.path())).canonicalFilePath();
    const QString before =
        QFileInfo(sample).canonicalFilePath() + QLatin1Char('\n') + QString::fromStdString(workspace->tensor()->info.path);
    const auto labels = window->findChildren<QLabel *>();
    const auto label = std::ranges::find(labels, before, &QLabel::toolTip);
    ASSERT_NE(label, labels.end());
    const QLabel *named = *label;
    bool previewed = false;
    QObject::connect(workspace.get(), &Workspace::previewChanged, workspace.get(), [&] {
        if (!workspace->preview() || previewed)
            return;
        previewed = true;
        EXPECT_TRUE(named->toolTip().startsWith(file));
        workspace->cancelLoading();
        EXPECT_EQ(named->toolTip(), before);
    });
    workspace->openFile(file);
    ASSERT_TRUE(waitFor([&] { return previewed && !workspace->isLoading(); }));
    EXPECT_EQ(named->toolTip(), before);
}

TEST_F(WindowTest, PanelsSayWhoseFiguresTheyShowWhileAnotherTensorIsRead)
{
    const QTemporaryDir folder;
    const QString file = writeLargeNpy(folder.path());
    const QString note =
        QStringLiteral("Still of %1, until large is read").arg(QString::fromStdString(workspace->tensor()->info.path));
    const auto notes = [&] {
        QStringList texts;
        for (const auto *label : window->findChildren<QLabel *>(QStringLiteral("panelNote")))
            if (!label->isHidden())
                texts << label->text();
        return texts;
    };
    workspace->runTo(3);
    workspace->selectTile(5);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == 3; }));
    EXPECT_TRUE(notes().isEmpty());
    bool previewed = false;
    QObject::connect(workspace.get(), &Workspace::previewChanged, workspace.get(), [&] {
        if (!workspace->preview() || previewed)
            return;
        previewed = true;
        EXPECT_EQ(notes(), QStringList(5, note)) << "run, convergence, tiles, tile, statistics";
        workspace->cancelLoading();
        EXPECT_TRUE(notes().isEmpty()) << "cancelled";
    });
    workspace->openFile(file);
    ASSERT_TRUE(waitFor([&] { return previewed && !workspace->isLoading(); }));
    workspace->openFile(file);
    ASSERT_TRUE(waitFor([&] { return workspace->tensor()->info.path == "large" && !workspace->isLoading(); }));
    EXPECT_TRUE(notes().isEmpty()) << "read";
}

TEST_F(WindowTest, RunsPausesAndSteps)
{
    setIterations(100000);
    press(Qt::Key_Space);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration >= 5; }));
    EXPECT_EQ(button("Pause") != nullptr, true);
    press(Qt::Key_Space);
    ASSERT_TRUE(waitForState(SessionState::Paused));
    const int reached = workspace->sessionStatus().iteration;
    EXPECT_NE(button("Run"), nullptr);
    press(Qt::Key_Period);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == reached + 1; }));
    QTest::mouseClick(button("Step"), Qt::LeftButton);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == reached + 2; }));
    press(Qt::Key_Escape, Qt::ShiftModifier);
    ASSERT_TRUE(waitForState(SessionState::Cancelled));
    press(Qt::Key_R, Qt::ControlModifier);
    ASSERT_TRUE(waitForState(SessionState::Running));
}

TEST_F(WindowTest, ScrubsOnTheChartAndByKey)
{
    workspace->runTo(60);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == 60; }));
    auto *dock = child<ConvergenceDock>("convergence");
    ASSERT_TRUE(dock);
    QTest::qWait(300);
    workspace->setView(MatrixView::Plan);
    QWidget *area = dock->findChild<ConvergenceChart *>()->viewport();
    QTest::mouseClick(area, Qt::LeftButton, {}, QPoint(area->width() / 10, area->height() / 2));
    ASSERT_TRUE(workspace->isScrubbing());
    ASSERT_TRUE(waitFor([&] { return workspace->shownSnapshot()->iteration < 60; }));
    const int shown = workspace->shownSnapshot()->iteration;
    QTest::qWait(300);
    screenshot("scrubbed");
    press(Qt::Key_Comma);
    ASSERT_TRUE(waitFor([&] { return workspace->shownSnapshot()->iteration == shown - 1; }));
    press(Qt::Key_End);
    EXPECT_FALSE(workspace->isScrubbing());
    EXPECT_EQ(workspace->shownSnapshot()->iteration, 60);
}

TEST_F(WindowTest, SwitchesViewsByKey)
{
    workspace->run();
    ASSERT_TRUE(waitForState(SessionState::Finished));
    const std::pair<Qt::Key, MatrixView> views[] = {{Qt::Key_2, MatrixView::Score},
                                                    {Qt::Key_3, MatrixView::Plan},
                                                    {Qt::Key_4, MatrixView::Mask},
                                                    {Qt::Key_5, MatrixView::Error},
                                                    {Qt::Key_1, MatrixView::Weights}};
    QImage last;
    for (const auto &[key, view] : views) {
        press(key);
        EXPECT_EQ(workspace->view(), view);
        QTest::qWait(500);
        const QImage image = screenshot(QStringLiteral("view-%1").arg(int(view)));
        EXPECT_NE(image, last) << int(view);
        last = image;
    }
}

TEST_F(WindowTest, KeysWorkWhileTheViewportHasTheFocus)
{
    child<Viewport>()->setFocus();
    QWindow *focus = nullptr;
    for (QWindow *candidate : QGuiApplication::allWindows())
        if (candidate->surfaceType() == QSurface::VulkanSurface)
            focus = candidate;
    if (!focus)
        focus = window->windowHandle();
    QTest::keyClick(focus, Qt::Key_3);
    EXPECT_EQ(workspace->view(), MatrixView::Plan);
    QTest::keyClick(focus, Qt::Key_Period);
    EXPECT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == 1; }));
}

TEST_F(WindowTest, TypingIntoTheFilterRunsNothing)
{
    auto *filter = child<QDockWidget>("tensors")->findChild<QLineEdit *>();
    ASSERT_TRUE(filter);
    press(Qt::Key_F, Qt::ControlModifier);
    ASSERT_TRUE(waitFor([&] { return QApplication::focusWidget() == filter; }));
    QTest::keyClicks(filter, "query 3.");
    EXPECT_EQ(filter->text(), "query 3.");
    EXPECT_EQ(workspace->view(), MatrixView::Weights);
    EXPECT_EQ(workspace->sessionStatus().state, SessionState::Idle);
    filter->clear();
    QTest::keyClicks(filter, "query");
    auto *tree = child<QTreeView>();
    EXPECT_EQ(tree->model()->rowCount(tree->model()->index(0, 0)), 1);
}

TEST_F(WindowTest, ADoubleClickInTheTilesFliesThere)
{
    workspace->runTo(10);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == 10; }));
    auto *dock = child<TilesDock>("tiles");
    dock->raise();
    auto *table = dock->findChild<QTableView *>();
    ASSERT_TRUE(waitFor([&] { return table->model()->rowCount() > 3 && table->isVisible(); }));
    QSignalSpy flights(workspace.get(), &Workspace::flyRequested);
    const QPoint third = table->visualRect(table->model()->index(2, 1)).center();
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, third);
    ASSERT_TRUE(workspace->selectedTile());
    EXPECT_TRUE(flights.isEmpty());
    const std::int64_t tile = *workspace->selectedTile();
    QTest::mouseDClick(table->viewport(), Qt::LeftButton, {}, third);
    ASSERT_EQ(flights.size(), 1);
    EXPECT_EQ(flights[0][0].toLongLong(), tile);
    QTest::qWait(800);
    screenshot("tile");
}

TEST_F(WindowTest, ExportsAMaskThatReadsBack)
{
    press(Qt::Key_E, Qt::ControlModifier);
    EXPECT_TRUE(child<NoticeBar>("notice")->isVisible()) << "there is no mask yet";
    workspace->run();
    ASSERT_TRUE(waitForState(SessionState::Finished));
    QTemporaryDir folder;
    const QString target = folder.filePath("mask.h5");
    QSignalSpy ended(workspace.get(), &Workspace::exportEnded);
    workspace->exportMask(target);
    ASSERT_TRUE(ended.wait(patience));
    ASSERT_TRUE(ended[0][1].toBool()) << child<LogDock>("log")->findChild<QPlainTextEdit *>()->toPlainText().toStdString();
    auto file = MaskFile::open(target.toStdString());
    ASSERT_TRUE(file) << file.error().line();
    const auto mask = (*file)->read((*file)->masks().front());
    ASSERT_TRUE(mask);
    EXPECT_TRUE(*mask == workspace->solution()->mask);
    EXPECT_TRUE(child<LogDock>("log")->findChild<QPlainTextEdit *>()->toPlainText().contains(target));
}

TEST_F(WindowTest, TheComparisonFills)
{
    auto *dock = child<ComparisonDock>("comparison");
    const std::size_t cases = dock->chosenCases().size();
    EXPECT_EQ(cases, 16u);
    EXPECT_FALSE(dock->findChild<QTableView *>()->isVisible()); // a sentence stands there until something is compared
    QTest::mouseClick(button("Compare"), Qt::LeftButton);
    EXPECT_TRUE(workspace->isComparing());
    EXPECT_NE(dock->findChild<QPushButton *>(), nullptr);
    ASSERT_TRUE(waitFor([&] { return !workspace->isComparing(); }));
    EXPECT_EQ(dock->findChild<QTableView *>()->model()->rowCount(), int(cases));
    EXPECT_TRUE(dock->findChild<QTableView *>()->isVisible());
    QTest::qWait(200);
    screenshot("comparison");
    QTest::mouseClick(button("CSV"), Qt::LeftButton);
    EXPECT_EQ(QGuiApplication::clipboard()->text().count('\n'), qsizetype(cases) + 1);

    // A double click takes a row's case over into the run settings.
    auto *table = dock->findChild<QTableView *>();
    const QPoint first = table->visualRect(table->model()->index(0, 0)).center();
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, first);
    QTest::mouseDClick(table->viewport(), Qt::LeftButton, {}, first);
    EXPECT_EQ(workspace->options().pattern, (NmPattern{2, 4}));
}

TEST_F(WindowTest, FitsASmallScreen)
{
    window->setInitialSize({1280, 800});
    QTest::qWait(200);
    EXPECT_EQ(window->size().width(), 1280) << window->minimumSizeHint().width();
    EXPECT_EQ(window->size().height(), 800) << window->minimumSizeHint().height();
    screenshot("small");
}

TEST_F(WindowTest, PatternControlsFollowEachOther)
{
    auto *run = child<QDockWidget>("run");
    const QList<QSpinBox *> boxes = run->findChildren<QSpinBox *>();
    ASSERT_GE(boxes.size(), 2);
    boxes[0]->setValue(3);
    EXPECT_EQ(workspace->options().pattern, (NmPattern{3, 16}));
    boxes[1]->setValue(2); // fewer than are kept: N follows
    EXPECT_EQ(workspace->options().pattern, (NmPattern{2, 2}));
    EXPECT_EQ(boxes[0]->value(), 2);
}

TEST_F(WindowTest, ABadFileIsToldAndNothingBreaks)
{
    workspace->openFile("/nonexistent/model.h5");
    ASSERT_TRUE(waitFor([&] { return child<NoticeBar>("notice")->isVisible(); }));
    EXPECT_TRUE(child<NoticeBar>("notice")->findChild<QLabel *>()->text().contains("/nonexistent/model.h5"));
    EXPECT_TRUE(child<LogDock>("log")->findChild<QPlainTextEdit *>()->toPlainText().contains("/nonexistent/model.h5"));
    EXPECT_TRUE(workspace->tensor());
    screenshot("bad-file");
}

TEST_F(WindowTest, TakesDroppedFiles)
{
    workspace->closeFile(workspace->files().front().fileName);
    ASSERT_FALSE(workspace->tensor());
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(sample)});
    QDragEnterEvent enter(QPoint(100, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window.get(), &enter);
    EXPECT_TRUE(enter.isAccepted());
    QDropEvent drop(QPointF(100, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window.get(), &drop);
    EXPECT_TRUE(waitFor([&] { return workspace->tensor() != nullptr; }));
}

TEST_F(WindowTest, ClosesAtOnceInTheMiddleOfARun)
{
    setIterations(1000000);
    workspace->run();
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration > 2; }));
    QElapsedTimer clock;
    clock.start();
    window->close();
    window.reset();
    workspace.reset();
    EXPECT_LT(clock.elapsed(), 10000); // the run would take minutes
}

TEST_F(WindowTest, RemembersLayoutOptionsAndFiles)
{
    start(MainWindow::Start::Remembered);
    workspace->openFile(sample);
    ASSERT_TRUE(waitFor([&] { return workspace->tensor() != nullptr; }));
    SolveOptions options = workspace->options();
    options.pattern = {5, 12};
    options.method = Method::Exact;
    options.tau = 42.5;
    options.tolerance = 0.0025;
    options.warmStart = Method::Capped;
    workspace->setOptions(options);
    child<QDockWidget>("tile")->hide();
    window->close();

    start(MainWindow::Start::Remembered);
    EXPECT_EQ(workspace->options().pattern, (NmPattern{5, 12}));
    EXPECT_EQ(workspace->options().method, Method::Exact);
    EXPECT_EQ(workspace->options().tau, 42.5);
    EXPECT_EQ(workspace->options().tolerance, 0.0025);
    EXPECT_EQ(workspace->options().warmStart, Method::Capped);
    EXPECT_FALSE(child<QDockWidget>("tile")->isVisible());
    EXPECT_TRUE(child<QDockWidget>("run")->isVisible());
    EXPECT_EQ(QSettings().value("files/recent").toStringList().value(0), QFileInfo(sample).canonicalFilePath());
}

bool catchesSigterm(qint64 pid)
{
    QFile status(QStringLiteral("/proc/%1/status").arg(pid));
    if (!status.open(QIODevice::ReadOnly))
        return false;
    for (const QByteArray &line : status.readAll().split('\n'))
        if (line.startsWith("SigCgt:"))
            return line.mid(7).trimmed().toULongLong(nullptr, 16) >> (SIGTERM - 1) & 1;
    return false;
}

TEST(Program, EndsOnSigtermInTheMiddleOfARun)
{
    QProcess program;
    program.setProcessChannelMode(QProcess::ForwardedChannels);
    program.start(QStringLiteral(NMS_PROGRAM), {"--pattern", "16:32", "--run-to", "end", sample});
    ASSERT_TRUE(program.waitForStarted());
    ASSERT_TRUE(QTest::qWaitFor([&] { return catchesSigterm(program.processId()); }, patience));
    QTest::qWait(1000);
    ASSERT_EQ(program.state(), QProcess::Running);
    ::kill(pid_t(program.processId()), SIGTERM);
    ASSERT_TRUE(program.waitForFinished(10000)); // the run would take minutes
    EXPECT_EQ(program.exitStatus(), QProcess::NormalExit);
    EXPECT_EQ(program.exitCode(), 0);
}

TEST(Program, TakesItsOwnScreenshot)
{
    const QTemporaryDir folder;
    const QString picture = folder.filePath("picture.png");
    QProcess program;
    program.setProcessChannelMode(QProcess::ForwardedChannels);
    program.start(
        QStringLiteral(NMS_PROGRAM),
        {"--size", "1280x800", "--view", "plan", "--run-to", "12", "--zoom-to-tile", "30", "--screenshot", picture, sample});
    ASSERT_TRUE(program.waitForFinished(patience));
    EXPECT_EQ(program.exitCode(), 0);
    EXPECT_EQ(QImage(picture).width(), 1280);
    EXPECT_EQ(QImage(picture).height(), 800);
}

TEST(Program, RefusesAnUnknownOption)
{
    QProcess program;
    program.start(QStringLiteral(NMS_PROGRAM), {"--no-such-option"});
    ASSERT_TRUE(program.waitForFinished(patience));
    EXPECT_EQ(program.exitCode(), 2);
    EXPECT_TRUE(program.readAllStandardError().contains("no-such-option"));
}

} // namespace
