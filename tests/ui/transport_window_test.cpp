// SPDX-License-Identifier: Apache-2.0
// One transport: timeline, run settings, menus and keys play and pause the same run, at the same speed; Esc closes what lies
// on top; the first run of somebody new can be followed by eye.
#include "tests/ui/window_support.h"
#include "ui/models/transport.h"
#include "ui/viewport/viewport_controller.h"
#include "ui/widgets/notice_bar.h"

#include <QSettings>
#include <QSpinBox>

#include <gtest/gtest.h>

using namespace nms;

namespace {

const QString sample = QStringLiteral(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5");

class TransportWindow : public testing::Test
{
protected:
    void open(test::WindowUnderTest &test)
    {
        ASSERT_TRUE(test.isExposed);
        ASSERT_TRUE(test.open(sample));
    }
    static overlay::TimelineView timeline(test::WindowUnderTest &test)
    {
        ViewportController controller(test.workspace);
        controller.advance();
        return *controller.overlayView().timeline;
    }
};

TEST_F(TransportWindow, ButtonsKeysAndTimelineShareStateAndSpeed)
{
    test::WindowUnderTest test;
    open(test);
    Transport &transport = Transport::of(test.workspace);
    transport.setSpeed(5);
    EXPECT_EQ(timeline(test).speed, 5);
    test.press(Qt::Key_Space);
    ASSERT_TRUE(test.waitFor([&] { return test.button(QStringLiteral("Pause")) != nullptr; }));
    EXPECT_TRUE(timeline(test).playing);
    ASSERT_TRUE(test.waitFor([&] { return test.workspace.sessionStatus().iteration >= 1; }));
    QTest::mouseClick(test.button(QStringLiteral("Pause")), Qt::LeftButton);
    ASSERT_TRUE(test.waitForState(SessionState::Paused));
    EXPECT_LT(test.workspace.sessionStatus().iteration, 300) << "it kept the pace";
    EXPECT_FALSE(timeline(test).playing);

    transport.setSpeed(0);
    QTest::mouseClick(test.button(QStringLiteral("Run")), Qt::LeftButton);
    ASSERT_TRUE(test.waitForState(SessionState::Finished));

    // From an earlier iteration the history is played, whoever starts it.
    transport.scrubTo(290);
    transport.setSpeed(20);
    ASSERT_TRUE(test.waitFor([&] { return transport.shown() == 290; }));
    QTest::mouseClick(test.button(QStringLiteral("Run")), Qt::LeftButton);
    EXPECT_TRUE(timeline(test).playing);
    ASSERT_TRUE(test.waitFor([&] { return transport.shown() == 292; }));
    EXPECT_TRUE(test.button(QStringLiteral("Pause")));
    test.press(Qt::Key_Space);
    EXPECT_FALSE(timeline(test).playing);
    EXPECT_TRUE(test.workspace.isScrubbing());
    test.press(Qt::Key_Space);
    ASSERT_TRUE(test.waitFor([&] { return !test.workspace.isScrubbing(); }));
    EXPECT_EQ(test.workspace.sessionStatus().state, SessionState::Finished) << "played, not run again";
}

TEST_F(TransportWindow, TheFirstRunEverCanBeFollowedAndLaterOnesGoAsRemembered)
{
    QSettings().remove(QStringLiteral("run/pace"));
    {
        test::WindowUnderTest test(MainWindow::Start::Remembered);
        open(test);
        EXPECT_GT(test.workspace.pace(), 0);
        EXPECT_LE(test.workspace.pace(), 60);
        test.press(Qt::Key_Space);
        ASSERT_TRUE(test.waitFor([&] { return test.workspace.sessionStatus().iteration >= 1; }));
        EXPECT_EQ(test.workspace.view(), MatrixView::Plan);
        test.workspace.setView(MatrixView::Score);
        test.workspace.restart();
        ASSERT_TRUE(test.waitFor([&] { return test.workspace.sessionStatus().iteration >= 1; }));
        EXPECT_EQ(test.workspace.view(), MatrixView::Score) << "once is enough";
        Transport::of(test.workspace).setSpeed(0);
    }
    test::WindowUnderTest test(MainWindow::Start::Remembered);
    open(test);
    EXPECT_EQ(test.workspace.pace(), 0);
    test.press(Qt::Key_Space);
    ASSERT_TRUE(test.waitForState(SessionState::Finished));
    EXPECT_EQ(test.workspace.view(), MatrixView::Weights);
    QSettings().remove(QStringLiteral("run/pace"));
}

TEST_F(TransportWindow, EscapeClosesTheInnermostThing)
{
    test::WindowUnderTest test;
    open(test);
    test.workspace.selectTile(3);
    auto *notice = test.child<NoticeBar>(QStringLiteral("notice"));
    notice->show(MessageLevel::Error, QStringLiteral("something is wrong"), MessageSubject::File);
    test.type(QStringLiteral("tau"), QStringLiteral("5"));
    test.press(Qt::Key_Escape); // what was typed
    EXPECT_EQ(test.workspace.options().tau, 100);
    EXPECT_EQ(test.child<QAbstractSpinBox>(QStringLiteral("tau"))->text(), "100");
    EXPECT_TRUE(notice->isVisible());
    test.press(Qt::Key_Escape);
    EXPECT_FALSE(notice->isVisible());
    EXPECT_EQ(test.workspace.selectedTile(), 3);
}

} // namespace
