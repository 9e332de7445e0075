// SPDX-License-Identifier: Apache-2.0
// The Pruning panel in the real window, by mouse and keyboard.
#include "core/solver/cpu_backend.h"
#include "tests/ui/npy_support.h"
#include "ui/models/prune_run.h"
#include "ui/widgets/main_window.h"
#include "ui/widgets/prune_chart.h"
#include "ui/widgets/prune_compare_page.h"
#include "ui/widgets/prune_dock.h"

#include <QApplication>
#include <QComboBox>
#include <QDropEvent>
#include <QFileInfo>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QScreen>
#include <QSettings>
#include <QSlider>
#include <QTemporaryDir>
#include <QTest>
#include <QWindow>

using namespace nms;

namespace {

constexpr int patience = 60000;

class PruneWindowTest : public testing::Test
{
protected:
    void SetUp() override
    {
        start(MainWindow::Start::Fresh);
        weights = QFileInfo(writeNpy(directory.filePath("w.npy"), 64, 96, 1, false)).canonicalFilePath();
        activations = writeNpy(directory.filePath("x.npy"), 400, 96, 2, true);
        open();
    }
    void start(MainWindow::Start how)
    {
        window.reset();
        workspace = std::make_unique<Workspace>(
            std::vector<BackendChoice>{{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}});
        window = std::make_unique<MainWindow>(*workspace, how);
        window->setInitialSize({1600, 1000});
        window->show();
        ASSERT_TRUE(QTest::qWaitForWindowExposed(window.get()));
        window->activateWindow();
        window->showPanel(QStringLiteral("pruning"));
    }
    void open()
    {
        workspace->openFile(weights);
        ASSERT_TRUE(waitFor([&] { return workspace->tensor() && !workspace->isLoading(); }));
    }
    void calibrate()
    {
        workspace->setCalibration(activations);
        ASSERT_TRUE(waitFor([&] { return workspace->pruning().inputs().has_value(); }));
    }
    bool waitFor(const std::function<bool()> &condition) { return QTest::qWaitFor(condition, patience); }
    PruneDock *dock() const { return window->findChild<PruneDock *>(); }
    PruneRun &run() const { return workspace->pruning(); }
    QPushButton *button(const QWidget *of, const QString &text) const
    {
        for (QPushButton *candidate : of->findChildren<QPushButton *>())
            if (candidate->text() == text)
                return candidate;
        return nullptr;
    }
    bool shows(const QString &text) const
    {
        for (const QLabel *label : dock()->findChildren<QLabel *>())
            if (label->isVisible() && label->text().contains(text))
                return true;
        return false;
    }
    void click(QWidget *widget)
    {
        ASSERT_TRUE(waitFor([&] { return widget->isEnabled(); }));
        QTest::mouseClick(widget, Qt::LeftButton);
    }

    QTemporaryDir directory;
    QString weights, activations;
    std::unique_ptr<Workspace> workspace;
    std::unique_ptr<MainWindow> window; // before the workspace
};

TEST_F(PruneWindowTest, ALayerIsPrunedWatchedAndLookedBackAt)
{
    calibrate();
    ASSERT_TRUE(waitFor([&] { return shows(QStringLiteral("400 samples × 96 inputs")); }));
    run().setPace(0);
    click(button(dock(), QStringLiteral("Prune")));
    ASSERT_TRUE(waitFor([&] { return run().view().status.state == SessionState::Finished; }));
    EXPECT_TRUE(workspace->showsPruning());
    ASSERT_TRUE(waitFor([&] { return shows(QStringLiteral("error ")); }));
    const int last = run().view().status.iteration;
    auto *slider = dock()->findChild<QSlider *>();
    ASSERT_TRUE(waitFor([&] { return slider->value() == last; }));
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_Left);
    QTest::keyClick(slider, Qt::Key_Left);
    ASSERT_TRUE(waitFor([&] { return run().shown()->step() == last - 2; }));
    EXPECT_EQ(run().scrubbedTo(), last - 2);
    auto *chart = dock()->findChild<PruneChart *>();
    QTest::mouseClick(chart->viewport(), Qt::LeftButton, {}, chart->viewport()->rect().center());
    ASSERT_TRUE(waitFor([&] { return run().shown()->step() < last - 2; }));
    QTest::keyClick(window.get(), Qt::Key_End);
    EXPECT_FALSE(run().scrubbedTo());
    for (const MatrixView view : {MatrixView::Weights, MatrixView::Mask, MatrixView::Error, MatrixView::Plan}) {
        workspace->setView(view);
        QTest::qWait(50);
    }
    workspace->setView(MatrixView::Error);
    for (QWindow *each : QGuiApplication::allWindows()) // the read-out tells of the entry under the mouse
        if (each->surfaceType() == QSurface::VulkanSurface)
            QTest::mouseMove(each, QPoint(500, 200));
    QTest::qWait(300);
    const QRect area = window->geometry();
    EXPECT_TRUE(window->screen()
                    ->grabWindow(0, area.x(), area.y(), area.width(), area.height())
                    .save(QStringLiteral(NMS_TEST_OUTPUT "/window-pruning.png")));
}

TEST_F(PruneWindowTest, SpaceAndStepGoToWhatIsShown)
{
    calibrate();
    click(button(dock(), QStringLiteral("Step")));
    ASSERT_TRUE(waitFor([&] { return run().shown() && run().shown()->step() == 1; }));
    QTest::keyClick(window.get(), Qt::Key_Period);
    ASSERT_TRUE(waitFor([&] { return run().shown()->step() == 2; }));
    QTest::keyClick(window.get(), Qt::Key_Comma);
    ASSERT_TRUE(waitFor([&] { return run().shown()->step() == 1; }));
    QTest::keyClick(window.get(), Qt::Key_Backspace, Qt::ControlModifier);
    ASSERT_TRUE(waitFor([&] { return run().view().status.iteration == 1; }));
    QTest::keyClick(window.get(), Qt::Key_Space); // at a pace
    ASSERT_TRUE(waitFor([&] { return run().view().status.state == SessionState::Running; }));
    ASSERT_TRUE(waitFor([&] { return run().view().status.iteration > 3; }));
    QTest::keyClick(window.get(), Qt::Key_Space);
    ASSERT_TRUE(waitFor([&] { return run().view().status.state == SessionState::Paused; }));
    EXPECT_EQ(workspace->sessionStatus().state, SessionState::Idle) << "the solve is another run";
}

TEST_F(PruneWindowTest, WithoutActivationsOneSentenceSaysWhatToDo)
{
    QStringList messages;
    QObject::connect(workspace.get(), &Workspace::message, workspace.get(),
                     [&](MessageLevel, const QString &text) { messages << text; });
    click(button(dock(), QStringLiteral("Prune")));
    ASSERT_EQ(messages.size(), 1);
    EXPECT_TRUE(messages.front().contains(QStringLiteral("calibration file"))) << messages.front().toStdString();
    EXPECT_FALSE(run().isStarted());
}

TEST_F(PruneWindowTest, AFileDroppedOnThePanelIsItsCalibration)
{
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(activations)});
    QDragEnterEvent enter({20, 20}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(dock(), &enter);
    EXPECT_TRUE(enter.isAccepted());
    QDropEvent drop({20, 20}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(dock(), &drop);
    EXPECT_EQ(run().calibration(), activations);
    EXPECT_EQ(workspace->files().size(), 1U) << "it is not opened as weights";
}

TEST_F(PruneWindowTest, ASolveByWandasScoresFromTheMenu)
{
    calibrate();
    QComboBox *score = nullptr;
    for (QComboBox *box : window->findChildren<QComboBox *>())
        if (box->findText(QStringLiteral("Wanda"), Qt::MatchStartsWith) >= 0 && box->findText(QStringLiteral("|W|")) == 0)
            score = box;
    ASSERT_TRUE(score);
    score->setCurrentIndex(score->findText(QStringLiteral("Wanda"), Qt::MatchStartsWith));
    emit score->activated(score->currentIndex());
    ASSERT_TRUE(waitFor([&] { return workspace->tensor()->scoreSummary.has_value(); }));
    workspace->setView(MatrixView::Score);
    QTest::qWait(300);
    const QRect area = window->geometry();
    EXPECT_TRUE(window->screen()
                    ->grabWindow(0, area.x(), area.y(), area.width(), area.height())
                    .save(QStringLiteral(NMS_TEST_OUTPUT "/window-wanda.png")));
    QTest::keyClick(window.get(), Qt::Key_Space);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().state == SessionState::Finished; }));
}

TEST_F(PruneWindowTest, TheComparisonTellsThePrice)
{
    calibrate();
    dock()->showPage(PruneDock::Compare);
    auto *page = window->findChild<PruneComparePage *>();
    click(button(page, QStringLiteral("Compare frameworks")));
    EXPECT_TRUE(run().isComparing());
    ASSERT_TRUE(waitFor([&] { return !run().isComparing(); }));
    EXPECT_EQ(run().comparison().size(), 4U * 2 * 4); // frameworks, kinds, patterns
    for (const FrameworkTraits &traits : frameworks()) {
        const auto price = jobs::priceOfTransposability(run().comparison(), traits.framework, {8, 16});
        ASSERT_TRUE(price) << traits.name;
        EXPECT_GT(*price, 0.98) << traits.name;
    }
    ASSERT_TRUE(waitFor([&] { return shows(QStringLiteral("price at 8:16")) && shows(QStringLiteral("×1.")); }));
}

TEST_F(PruneWindowTest, TheCalibrationFileIsRememberedForItsWeights)
{
    start(MainWindow::Start::Remembered);
    open();
    calibrate();
    window->close();
    start(MainWindow::Start::Remembered);
    EXPECT_TRUE(run().calibration().isEmpty());
    open();
    ASSERT_TRUE(waitFor([&] { return run().inputs().has_value(); }));
    EXPECT_EQ(run().calibration(), activations);
    workspace->setCalibration({});
    window->close();
    start(MainWindow::Start::Remembered);
    open();
    EXPECT_TRUE(run().calibration().isEmpty());
    QSettings().clear();
}

} // namespace
