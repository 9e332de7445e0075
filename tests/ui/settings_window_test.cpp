// SPDX-License-Identifier: Apache-2.0
// What the run settings say is what is run, however it is started; and messages leave with what they are about.
#include "tests/ui/npy_support.h"
#include "tests/ui/window_support.h"
#include "ui/widgets/notice_bar.h"

#include <QTemporaryDir>

#include <gtest/gtest.h>

using namespace nms;

namespace {

const QString sample = QStringLiteral(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5");

class SettingsWindow : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_TRUE(test.isExposed);
        ASSERT_TRUE(test.open(sample));
    }

    SolveOptions lastRun() { return test.workspace.shownOptions(); }

    test::WindowUnderTest test;
};

TEST_F(SettingsWindow, WhatIsTypedIsRunByTheButton)
{
    test.type(QStringLiteral("tau"), QStringLiteral("5"));
    QTest::mouseClick(test.button(QStringLiteral("Run")), Qt::LeftButton);
    ASSERT_TRUE(test.waitForState(SessionState::Finished));
    EXPECT_EQ(lastRun().tau, 5);
    EXPECT_EQ(test.workspace.solution()->options.tau, 5);
}

TEST_F(SettingsWindow, WhatIsTypedIsStepped)
{
    test.type(QStringLiteral("iterations"), QStringLiteral("17"));
    QTest::mouseClick(test.button(QStringLiteral("Step")), Qt::LeftButton);
    ASSERT_TRUE(test.waitFor([&] { return test.workspace.sessionStatus().iteration == 1; }));
    EXPECT_EQ(lastRun().iterations, 17);
    EXPECT_EQ(test.workspace.sessionStatus().plannedIterations, 17);
}

TEST_F(SettingsWindow, SpaceRunsWhatIsTypedAndEnterCommitsIt)
{
    test.type(QStringLiteral("tau"), QStringLiteral("7"));
    test.press(Qt::Key_Space);
    ASSERT_TRUE(test.waitForState(SessionState::Finished));
    EXPECT_EQ(lastRun().tau, 7);

    test.type(QStringLiteral("tau"), QStringLiteral("9"));
    EXPECT_EQ(test.workspace.options().tau, 7);
    test.press(Qt::Key_Return);
    EXPECT_EQ(test.workspace.options().tau, 9);
}

TEST_F(SettingsWindow, LosingTheFocusCommits)
{
    test.type(QStringLiteral("keep"), QStringLiteral("4"));
    QTest::mouseClick(test.child<QAbstractSpinBox>(QStringLiteral("tau")), Qt::LeftButton);
    EXPECT_EQ(test.workspace.options().pattern, (NmPattern{4, 16}));
}

TEST_F(SettingsWindow, ADifferenceFromTheRunIsMarkedAndTakenBackByOneClick)
{
    auto *back = test.child<QPushButton>(QStringLiteral("takeBack"));
    ASSERT_TRUE(back);
    EXPECT_FALSE(back->isVisible());
    test.press(Qt::Key_Space);
    ASSERT_TRUE(test.waitForState(SessionState::Finished));
    const QPoint before = test.button(QStringLiteral("Run"))->pos();
    test.type(QStringLiteral("tau"), QStringLiteral("5"));
    test.press(Qt::Key_Return);
    ASSERT_TRUE(back->isVisible());
    EXPECT_EQ(test.button(QStringLiteral("Run"))->pos(), before) << "nothing moves under the mouse";
    EXPECT_EQ(test.workspace.sessionStatus().state, SessionState::Finished) << "the run stays on screen";
    int marked = 0;
    for (const QLabel *label : test.child<QWidget>(QStringLiteral("run"))->findChildren<QLabel *>())
        marked += label->text() == QStringLiteral("τ ●");
    EXPECT_EQ(marked, 1);
    QTest::mouseClick(back, Qt::LeftButton);
    EXPECT_EQ(test.workspace.options().tau, 100);
    EXPECT_FALSE(back->isVisible());
    EXPECT_EQ(test.workspace.options(), lastRun());
}

TEST_F(SettingsWindow, AMessageLeavesWithItsTensor)
{
    const QTemporaryDir folder;
    const QString tiny = folder.filePath(QStringLiteral("tiny.npy"));
    writeNpy(tiny, 3, 5, 1, false);
    auto *notice = test.child<NoticeBar>(QStringLiteral("notice"));
    ASSERT_TRUE(test.open(tiny));
    ASSERT_TRUE(test.waitFor([&] { return test.workspace.tensor()->info.rows() == 3; }));
    test.press(Qt::Key_Space);
    ASSERT_TRUE(notice->isVisible()) << "too small for 8:16";
    const OpenFile model = test.workspace.files().front();
    test.workspace.selectTensor(model.fileName, QString::fromStdString(model.tensors.front().path));
    ASSERT_TRUE(test.waitFor([&] { return test.workspace.tensor()->file == model.fileName; }));
    EXPECT_FALSE(notice->isVisible());

    test.workspace.openFile(folder.filePath(QStringLiteral("missing.h5"))); // this one is about no tensor
    ASSERT_TRUE(test.waitFor([&] { return notice->isVisible(); }));
    test.workspace.selectTensor(model.fileName, QString::fromStdString(model.tensors.back().path));
    ASSERT_TRUE(test.waitFor([&] { return !test.workspace.isLoading(); }));
    EXPECT_TRUE(notice->isVisible());
}

} // namespace
