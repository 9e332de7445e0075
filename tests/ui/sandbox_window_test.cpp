// SPDX-License-Identifier: Apache-2.0
// The sandbox in the window, by mouse and keyboard.
#include "core/sandbox/tile_catalog.h"
#include "tests/support/temp_folder.h"
#include "tests/ui/window_fixture.h"
#include "ui/models/sandbox.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/sandbox_page.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QSlider>
#include <QSpinBox>
#include <QTableView>
#include <QToolButton>
#include <QUndoStack>

using namespace nms;
using namespace nms::test;

namespace {

class SandboxWindow : public WindowTest
{
protected:
    void SetUp() override
    {
        WindowTest::SetUp();
        window->openTile(QStringLiteral("greedy-2:4"));
        ASSERT_TRUE(window->shownSandbox());
        grid = child<QTableView>("sandboxGrid");
        ASSERT_TRUE(grid);
        QTest::qWait(50);
    }

    Sandbox &sandbox() { return Sandbox::of(*workspace); }
    QPoint middleOf(int row, int col) const { return grid->visualRect(grid->model()->index(row, col)).center(); }
    void click(int row, int col) { QTest::mouseClick(grid->viewport(), Qt::LeftButton, {}, middleOf(row, col)); }
    /// As a person types: the keys go to whatever has the focus, through the shortcuts of the window.
    void typeKeys(const QString &keys)
    {
        for (const QChar key : keys)
            QTest::keyClick(QApplication::focusWidget(), key.toLatin1());
    }
    /// Ends editing; Qt commits the value from the event loop.
    void enter()
    {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        QCoreApplication::processEvents();
    }

    QTableView *grid = nullptr;
};

TEST_F(SandboxWindow, TakesThePlaceOfTheViewport)
{
    EXPECT_FALSE(child<Viewport>()->isVisible());
    EXPECT_TRUE(grid->isVisible());
    EXPECT_TRUE(grid->hasFocus());
    EXPECT_GT(colorCount(grid->verticalHeader()->grab().toImage()), 3U) << "numbers and potentials of the rows";
    EXPECT_GT(colorCount(grid->horizontalHeader()->grab().toImage()), 3U);
    screenshot(QStringLiteral("sandbox"));
    press(Qt::Key_N, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_TRUE(child<Viewport>()->isVisible());
    EXPECT_FALSE(window->shownSandbox());
    QTest::qWait(300); // the viewport draws again
    const auto *viewport = child<Viewport>();
    const QImage image = screenshot(QStringLiteral("after-sandbox"));
    EXPECT_GT(colorCount(image.copy(QRect(viewport->mapTo(window.get(), QPoint(0, 0)), viewport->size()))), 100U);
    press(Qt::Key_N, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_TRUE(window->shownSandbox());
    EXPECT_EQ(sandbox().tile().name, "Greedy gets stuck");
    press(Qt::Key_N, Qt::ControlModifier);
    EXPECT_NE(sandbox().tile().name, "Greedy gets stuck");
    EXPECT_EQ(*sandbox().tile().pattern(), (NmPattern{2, 4}));
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(sandbox().tile().name, "Greedy gets stuck");
}

TEST_F(SandboxWindow, DigitsGoIntoCellsAlthoughTheyAreKeysOfTheWindow)
{
    const MatrixView view = workspace->view();
    click(3, 2);
    typeKeys(QStringLiteral("4"));
    enter();
    EXPECT_EQ(sandbox().tile().scores(3, 2), 4);
    EXPECT_EQ(workspace->view(), view);
    click(0, 4); // a sum
    typeKeys(QStringLiteral("3"));
    enter();
    EXPECT_EQ(sandbox().tile().rowSums[0], 3);
    EXPECT_TRUE(child<QLabel>("sandboxState")->text().contains(QStringLiteral("add up to 9")));
    press(Qt::Key_Z, Qt::ControlModifier);
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(sandbox().tile().scores(3, 2), 0);
    EXPECT_EQ(sandbox().history()->optimum, 53);
}

/// What is in the middle is copied, whoever has the keyboard.
TEST_F(SandboxWindow, PictureAndValuesAreThoseOfTheTile)
{
    QClipboard *clipboard = QGuiApplication::clipboard();
    window->shownSandbox()->showLayer(0);
    child<QPushButton>("sandboxDraw")->setFocus();
    press(Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    const QImage picture = clipboard->image();
    ASSERT_FALSE(picture.isNull());
    EXPECT_LT(picture.width(), grid->width() + 1);
    EXPECT_GT(colorCount(picture), 20U);
    const QImage shown = grid->grab(QRect(QPoint(), picture.size())).toImage();
    int different = 0;
    for (int y = 0; y < picture.height(); y += 3)
        for (int x = 0; x < picture.width(); x += 3)
            different += picture.pixel(x, y) != shown.pixel(x, y);
    EXPECT_LT(different, picture.width() * picture.height() / 9 / 20) << "the cells as they are on the screen";
    press(Qt::Key_C, Qt::ControlModifier);
    EXPECT_TRUE(clipboard->text().startsWith(QStringLiteral("9\t8\t6\t6")));
    press(Qt::Key_N, Qt::ControlModifier | Qt::ShiftModifier); // the matrix
    press(Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_NE(clipboard->image().size(), picture.size());
}

TEST_F(SandboxWindow, IsDrawnOnWithTheMouse)
{
    QTest::mouseClick(child<QPushButton>("sandboxDraw"), Qt::LeftButton);
    child<QDoubleSpinBox>("sandboxBrush")->setValue(5);
    const int count = workspace->undoStack().count();
    QTest::mousePress(grid->viewport(), Qt::LeftButton, {}, middleOf(0, 0));
    QTest::mouseMove(grid->viewport(), middleOf(1, 1));
    QTest::mouseMove(grid->viewport(), middleOf(2, 2));
    QTest::mouseRelease(grid->viewport(), Qt::LeftButton, {}, middleOf(2, 2));
    for (int k = 0; k < 3; ++k)
        EXPECT_EQ(sandbox().tile().scores(k, k), 5);
    EXPECT_EQ(workspace->undoStack().count(), count + 1);
}

TEST_F(SandboxWindow, SpaceAndStepsGoThroughItsHistory)
{
    auto *slider = child<QSlider>("sandboxSlider");
    const int last = slider->maximum();
    EXPECT_EQ(slider->value(), last);
    QTest::keyClick(grid, Qt::Key_Comma);
    EXPECT_EQ(sandbox().shown(), last - 1);
    QTest::keyClick(grid, Qt::Key_End);
    EXPECT_EQ(sandbox().shown(), last);
    QTest::keyClick(grid, Qt::Key_Space); // from the start
    ASSERT_TRUE(waitFor([&] { return sandbox().shown() > 3 && sandbox().shown() < last; }));
    QTest::keyClick(grid, Qt::Key_Space);
    const int paused = sandbox().shown();
    QTest::keyClick(grid, Qt::Key_Period);
    EXPECT_EQ(sandbox().shown(), paused + 1);
    EXPECT_EQ(workspace->sessionStatus().state, SessionState::Idle) << "the run of the matrix is left alone";
    slider->setValue(0);
    EXPECT_EQ(child<QLabel>("sandboxPlace")->text(), "start");
}

TEST_F(SandboxWindow, IsSolvedByEveryMethod)
{
    auto *methods = child<QComboBox>("sandboxMethod");
    EXPECT_GE(methods->count(), 12);
    for (int k = 0; k < methods->count(); ++k) {
        methods->setCurrentIndex(k);
        emit methods->activated(k);
        EXPECT_EQ(sandbox().options().method, methods->itemData(k).toString().toStdString());
        EXPECT_TRUE(sandbox().history()) << methods->itemText(k).toStdString();
    }
    window->openTile(QStringLiteral("factories")); // which the last of them does not solve
    EXPECT_TRUE(sandbox().history());
    EXPECT_EQ(child<QLabel>("sandboxOptimum")->text(), "-535");
}

TEST_F(SandboxWindow, PastesAndSizes)
{
    QGuiApplication::clipboard()->setText(QStringLiteral("1 & 2 & 3 \\\\ 4 & 5 & 6 \\\\ 7 & 8 & 9"));
    click(0, 0);
    QTest::keyClick(grid, Qt::Key_V, Qt::ControlModifier);
    EXPECT_EQ(sandbox().tile().scores(2, 2), 9);
    EXPECT_EQ(sandbox().tile().rows(), 4);
    QTest::keyClick(grid, Qt::Key_A, Qt::ControlModifier);
    QTest::keyClick(grid, Qt::Key_C, Qt::ControlModifier);
    EXPECT_EQ(QGuiApplication::clipboard()->text().count(QLatin1Char('\n')), 4);
    child<QSpinBox>("sandboxRows")->setValue(7); // the columns follow: it stays a mask
    EXPECT_EQ(*sandbox().tile().pattern(), (NmPattern{2, 7}));
    child<QSpinBox>("sandboxKeep")->setValue(3);
    EXPECT_EQ(*sandbox().tile().pattern(), (NmPattern{3, 7}));
    screenshot(QStringLiteral("sandbox-pasted"));
}

TEST_F(SandboxWindow, OpensFilesAndShowsThemAsMatrices)
{
    const TempFolder folder;
    const QString file =
        QString::fromStdString(folder.write("x.tile", "nmscope tile 1\nkeep 1\nscores\n1 2 3\n4 5 6\n7 8 9\n"));
    window->showSandbox().sandbox().setTile(*builtInTile("ties"), QStringLiteral("another"));
    workspace->openFile(file);
    EXPECT_EQ(*sandbox().tile().pattern(), (NmPattern{1, 3}));
    window->showSandbox().openAsMatrix();
    ASSERT_TRUE(waitFor([&] { return workspace->tensor() && workspace->tensor()->info.path == "tile"; }));
    EXPECT_FALSE(window->shownSandbox());
    EXPECT_EQ(workspace->options().pattern, (NmPattern{1, 3}));
    workspace->run();
    ASSERT_TRUE(waitForState(SessionState::Finished));
    EXPECT_EQ(workspace->solution()->totals().objective, 15); // every permutation has that sum
    screenshot(QStringLiteral("sandbox-matrix"));
}

TEST_F(SandboxWindow, EveryControlSaysWhatItIsAndDoes)
{
    const auto *page = window->shownSandbox();
    int count = 0;
    for (QWidget *control : page->findChildren<QWidget *>()) {
        const bool acts = qobject_cast<QAbstractButton *>(control) || qobject_cast<QComboBox *>(control) ||
            qobject_cast<QAbstractSpinBox *>(control) || qobject_cast<QSlider *>(control) ||
            qobject_cast<QTableView *>(control) ||
            (qobject_cast<QLineEdit *>(control) && !qobject_cast<QAbstractSpinBox *>(control->parentWidget()));
        if (!acts || control->inherits("QTableCornerButton") || control->objectName().startsWith(QLatin1String("qt_")) ||
            control->parentWidget()->inherits("QComboBoxPrivateContainer"))
            continue;
        ++count;
        EXPECT_FALSE(control->toolTip().isEmpty()) << control->objectName().toStdString();
        EXPECT_LE(control->toolTip().size(), 260);
        QAccessibleInterface *accessible = QAccessible::queryAccessibleInterface(control);
        ASSERT_TRUE(accessible);
        EXPECT_FALSE(accessible->text(QAccessible::Name).isEmpty()) << control->toolTip().toStdString();
    }
    EXPECT_GE(count, 20);
}

TEST_F(SandboxWindow, FitsIntoASmallWindow)
{
    window->resize(900, 620);
    QTest::qWait(100);
    EXPECT_EQ(window->size(), QSize(900, 620));
    screenshot(QStringLiteral("sandbox-small"));
}

} // namespace
