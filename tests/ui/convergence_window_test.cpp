// SPDX-License-Identifier: Apache-2.0
// How a run's convergence is examined: breakpoints with values of one's own, the chart's read-out and zoom, marks, and the
// comparison with double precision. By keyboard and mouse alone.
#include "tests/ui/window_fixture.h"
#include "ui/models/format.h"
#include "ui/widgets/convergence_chart.h"
#include "ui/widgets/convergence_dock.h"
#include "ui/widgets/notice_bar.h"

#include <QAbstractSpinBox>
#include <QCheckBox>
#include <QDialog>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineSeries>
#include <QSpinBox>
#include <QValueAxis>
#include <QWheelEvent>

namespace nms::test {

class ConvergenceWindow : public WindowTest
{
protected:
    QDialog *openBreakpoints()
    {
        press(Qt::Key_B, Qt::ControlModifier);
        auto *dialog = child<QDialog>("breakpointDialog");
        EXPECT_TRUE(dialog && QTest::qWaitForWindowActive(dialog));
        return dialog;
    }
    static QCheckBox *box(const QDialog &dialog, const QString &name)
    {
        for (auto *candidate : dialog.findChildren<QCheckBox *>())
            if (candidate->text() == name)
                return candidate;
        return nullptr;
    }
    ConvergenceChart *chart() const { return child<ConvergenceDock>("convergence")->findChild<ConvergenceChart *>(); }
    QString noticeText() const
    {
        QString text;
        for (const QLabel *label : window->findChild<NoticeBar *>()->findChildren<QLabel *>())
            text += label->text() + QLatin1Char('\n');
        return text;
    }
    std::pair<double, double> shownIterations() const
    {
        const auto axes = chart()->chart()->axes(Qt::Horizontal);
        const auto *axis = qobject_cast<QValueAxis *>(axes.first());
        return {axis->min(), axis->max()};
    }
    void wheel(const QPointF &at, int degrees)
    {
        QWidget *area = chart()->viewport();
        QWheelEvent event(at, area->mapToGlobal(at), {}, {0, degrees * 8}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                          false);
        QApplication::sendEvent(area, &event);
    }
};

TEST_F(ConvergenceWindow, PausesAtAValueThatIsTyped)
{
    QDialog *dialog = openBreakpoints();
    QTest::mouseClick(box(*dialog, QStringLiteral("Residual below")), Qt::LeftButton, {}, {8, 8});
    auto *percent = dialog->findChild<QDoubleSpinBox *>(QStringLiteral("residualBelow"));
    ASSERT_TRUE(percent->isEnabled());
    percent->setFocus();
    percent->selectAll();
    QTest::keyClicks(percent, QStringLiteral("7.5"));
    QTest::keyClick(percent, Qt::Key_Tab);
    ASSERT_TRUE(workspace->breakpoint());
    EXPECT_DOUBLE_EQ(workspace->breakpoint()->residualBelow.value(), 0.075);
    QTest::keyClick(dialog, Qt::Key_Escape);
    press(Qt::Key_Space);
    ASSERT_TRUE(waitForState(SessionState::Paused));
    const auto &stats = workspace->iterationStats();
    ASSERT_GT(stats.size(), 1u);
    EXPECT_LT(stats.back().residual(), 0.075);
    EXPECT_GE(stats[stats.size() - 2].residual(), 0.075);
    const QString expected = QStringLiteral("Paused at iteration %1: residual %2 is below 7.5 %")
                                 .arg(stats.back().iteration)
                                 .arg(format::share(stats.back().residual()));
    EXPECT_TRUE(noticeText().contains(expected)) << noticeText().toStdString();
    QTest::qWait(300);
    screenshot("breakpoint");
    press(Qt::Key_Space);
    ASSERT_TRUE(waitForState(SessionState::Finished));
}

TEST_F(ConvergenceWindow, TheDialogShowsWhatIsSetAndTakesItAway)
{
    workspace->selectTile(13);
    const Breakpoint set{.iteration = 77, .planGapBelow = 0.004, .notFinite = true, .tile = 13};
    workspace->setBreakpoint(set);
    QDialog *dialog = openBreakpoints();
    EXPECT_EQ(workspace->breakpoint(), set) << "opening changes nothing";
    EXPECT_TRUE(box(*dialog, QStringLiteral("Plan gap below"))->isChecked());
    EXPECT_FALSE(box(*dialog, QStringLiteral("Mask gap below"))->isChecked());
    EXPECT_EQ(dialog->findChild<QDoubleSpinBox *>(QStringLiteral("planGapBelow"))->value(), 0.4);
    EXPECT_EQ(dialog->findChild<QSpinBox *>(QStringLiteral("iteration"))->value(), 77);
    QCheckBox *ofTile = box(*dialog, QStringLiteral("of tile 0, 13 only"));
    ASSERT_TRUE(ofTile);
    QTest::keyClick(ofTile, Qt::Key_Space);
    EXPECT_FALSE(workspace->breakpoint()->tile);
    QTest::keyClick(ofTile, Qt::Key_Space);
    EXPECT_EQ(workspace->breakpoint(), set);
    for (QPushButton *candidate : dialog->findChildren<QPushButton *>())
        if (candidate->text() == QStringLiteral("Never pause"))
            QTest::mouseClick(candidate, Qt::LeftButton);
    EXPECT_FALSE(workspace->breakpoint());
}

TEST_F(ConvergenceWindow, ABreakpointOfATileEndsWithItsTensor)
{
    workspace->setBreakpoint(Breakpoint{.residualBelow = 0.1, .tile = 3});
    SolveOptions options = workspace->options();
    options.pattern = {2, 4};
    workspace->setOptions(options);
    EXPECT_FALSE(workspace->breakpoint()) << "tile 3 is another one now";
    workspace->setBreakpoint(Breakpoint{.residualBelow = 0.1});
    options.pattern = {4, 8};
    workspace->setOptions(options);
    EXPECT_TRUE(workspace->breakpoint());
}

TEST_F(ConvergenceWindow, TheFirstIterationBelowTheLimitIsTwoKeysAway)
{
    auto *tau = child<QAbstractSpinBox>("tau");
    QTest::mouseClick(tau, Qt::LeftButton);
    tau->selectAll();
    QTest::keyClicks(tau, QStringLiteral("8")); // at τ = 100 this layer needs thousands of iterations
    QTest::mouseClick(button(QStringLiteral("Run")), Qt::LeftButton);
    ASSERT_TRUE(waitForState(SessionState::Finished));
    window->setFocus();
    press(Qt::Key_G);
    const auto &stats = workspace->iterationStats();
    const auto first =
        std::find_if(stats.begin(), stats.end(), [](const IterationStats &one) { return one.residual() <= 0.01; });
    ASSERT_NE(first, stats.end());
    ASSERT_GT(first->iteration, 1);
    ASSERT_TRUE(waitFor([&] { return workspace->shownSnapshot()->iteration == first->iteration; }));
    ASSERT_TRUE(waitFor([&] { return chart()->firstConverged() == first->iteration; }));
}

TEST_F(ConvergenceWindow, WithoutSuchAnIterationAMessageSaysSo)
{
    workspace->runTo(3);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == 3; }));
    press(Qt::Key_G);
    EXPECT_TRUE(noticeText().contains(QStringLiteral("No iteration has a residual of 1.0 % or less yet")))
        << noticeText().toStdString();
    EXPECT_FALSE(workspace->isScrubbing());
}

TEST_F(ConvergenceWindow, TheChartZoomsByWheelBrushAndKeys)
{
    workspace->runTo(200);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == 200; }));
    QTest::qWait(300);
    ASSERT_EQ(shownIterations(), (std::pair<double, double>(0, 300)));
    QWidget *area = chart()->viewport();
    const QRectF plot = chart()->chart()->plotArea();
    wheel({plot.left() + plot.width() / 2, plot.center().y()}, 45);
    const auto closer = shownIterations();
    EXPECT_GT(closer.first, 0);
    EXPECT_LT(closer.second, 300);
    EXPECT_NEAR((closer.first + closer.second) / 2, 150, 2) << "it zooms about the pointer";
    EXPECT_FALSE(workspace->isScrubbing());

    QTest::mouseDClick(area, Qt::LeftButton, {}, plot.center().toPoint());
    EXPECT_EQ(shownIterations(), (std::pair<double, double>(0, 300)));
    workspace->followLive();

    const QPoint from(int(plot.left() + plot.width() / 3), int(plot.center().y()));
    const QPoint to(int(plot.left() + plot.width() * 2 / 3), from.y());
    QTest::mousePress(area, Qt::LeftButton, Qt::ShiftModifier, from);
    QTest::mouseMove(area, to);
    QTest::mouseRelease(area, Qt::LeftButton, Qt::ShiftModifier, to);
    EXPECT_NEAR(shownIterations().first, 100, 3);
    EXPECT_NEAR(shownIterations().second, 200, 3);
    EXPECT_FALSE(workspace->isScrubbing()) << "selecting a range is not scrubbing";
    QTest::qWait(300);
    screenshot("chart-zoomed");
    workspace->run(); // a run goes on below a zoomed chart
    ASSERT_TRUE(waitForState(SessionState::Finished));
    QTest::qWait(300);
    EXPECT_NEAR(shownIterations().first, 100, 3);

    QTest::keyClick(chart(), Qt::Key_0);
    EXPECT_EQ(shownIterations(), (std::pair<double, double>(0, 300)));
    QTest::keyClick(chart(), Qt::Key_Plus);
    EXPECT_NEAR(shownIterations().second - shownIterations().first, 200, 1);
    QTest::keyClick(chart(), Qt::Key_Minus);
    EXPECT_EQ(shownIterations(), (std::pair<double, double>(0, 300)));
}

TEST_F(ConvergenceWindow, ThePointerReadsTheValues)
{
    workspace->runTo(120);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == 120; }));
    QTest::qWait(300);
    const IterationStats &stats = workspace->iterationStats()[49];
    ASSERT_EQ(stats.iteration, 50);
    const QStringList readings = chart()->readingsAt(50.3);
    ASSERT_EQ(readings.size(), int(ConvergenceChart::LineCount));
    EXPECT_EQ(readings[0], QStringLiteral("rows ") + format::percent(stats.rowResidual));
    EXPECT_EQ(readings[3], QStringLiteral("plan gap ") + format::percent(stats.planGap()));
    EXPECT_TRUE(chart()->readingsAt(121).isEmpty()) << "that iteration is not done";
    const QImage before = chart()->grab().toImage();
    QTest::mouseMove(chart()->viewport(), chart()->chart()->plotArea().center().toPoint() - QPoint(150, 0));
    QTest::qWait(100);
    EXPECT_NE(chart()->grab().toImage(), before) << "the values appear";
    screenshot("chart-reading");
}

TEST_F(ConvergenceWindow, DoublePrecisionIsOneCommandAway)
{
    setIterations(60);
    press(Qt::Key_Space);
    ASSERT_TRUE(waitForState(SessionState::Finished));
    press(Qt::Key_D, Qt::ControlModifier | Qt::AltModifier);
    ASSERT_TRUE(waitFor([&] { return noticeText().contains(QStringLiteral("float32 against float64 in 64 tiles")); }))
        << noticeText().toStdString();
    EXPECT_TRUE(noticeText().contains(QStringLiteral("masks")));
    QTest::qWait(300);
    screenshot("drift");
    const auto series = chart()->chart()->series();
    const auto drift = std::find_if(series.begin(), series.end(), [](const QAbstractSeries *one) {
        return one->name().contains(QStringLiteral("float32"));
    });
    ASSERT_NE(drift, series.end());
    EXPECT_EQ(qobject_cast<QLineSeries *>(*drift)->count(), 60);
}

} // namespace nms::test
