// SPDX-License-Identifier: Apache-2.0
// The window as part of a desktop: menus, keys, small screens, themes, names and hints of every control.
#include "tests/ui/window_fixture.h"
#include "ui/models/tables.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/command_palette.h"
#include "ui/widgets/panel_dock.h"
#include "ui/widgets/picture_source.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QButtonGroup>
#include <QChart>
#include <QChartView>
#include <QClipboard>
#include <QComboBox>
#include <QDialog>
#include <QFileDialog>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QProcess>
#include <QSettings>
#include <QSlider>
#include <QStandardPaths>
#include <QSvgRenderer>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTimer>
#include <QToolButton>
#include <QWindow>

#include <cmath>
#include <set>

using namespace nms;
using namespace nms::test;

namespace {

class DesktopTest : public WindowTest
{
protected:
    QMenu &menu() const { return *child<QToolButton>("brand")->menu(); }
    QAction *action(const QString &text) const
    {
        for (const PaletteEntry &entry : actionsUnder(menu()))
            if (entry.text.endsWith(text))
                return entry.action;
        return nullptr;
    }

    /// What a person acts on, without the parts of other controls.
    QList<QWidget *> controls() const
    {
        QList<QWidget *> found;
        for (QWidget *widget : window->findChildren<QWidget *>()) {
            const bool isPart = qobject_cast<QComboBox *>(widget->parentWidget()) ||
                qobject_cast<QAbstractSpinBox *>(widget->parentWidget()) ||
                qobject_cast<QLineEdit *>(widget->parentWidget()) || qobject_cast<QTabBar *>(widget->parentWidget()) ||
                inherits(widget, "QComboBoxPrivateContainer");
            const bool acts = qobject_cast<QAbstractButton *>(widget) || qobject_cast<QComboBox *>(widget) ||
                qobject_cast<QAbstractSpinBox *>(widget) || qobject_cast<QLineEdit *>(widget) ||
                qobject_cast<QSlider *>(widget) || qobject_cast<QPlainTextEdit *>(widget) ||
                qobject_cast<QChartView *>(widget) ||
                (qobject_cast<QAbstractItemView *>(widget) && !qobject_cast<QHeaderView *>(widget));
            if (acts && !isPart && !widget->inherits("QTableCornerButton") &&
                !widget->objectName().startsWith(QLatin1String("qt_")))
                found << widget;
        }
        return found;
    }
    static bool inherits(const QWidget *widget, const char *name)
    {
        for (; widget; widget = widget->parentWidget())
            if (widget->inherits(name))
                return true;
        return false;
    }
    static std::string said(const QWidget *widget)
    {
        const auto *button = qobject_cast<const QAbstractButton *>(widget);
        QString text = QString::fromLatin1(widget->metaObject()->className()) + QLatin1Char(' ') + widget->objectName() +
            QLatin1Char(' ') + (button ? button->text() : QString());
        for (const QWidget *parent = widget->parentWidget(); parent; parent = parent->parentWidget())
            text +=
                QStringLiteral(" < %1 %2").arg(QString::fromLatin1(parent->metaObject()->className()), parent->objectName());
        return text.toStdString();
    }
};

TEST_F(DesktopTest, MenusRunFromLeftToRight)
{
    QMenu &top = menu();
    top.popup(window->mapToGlobal(QPoint(8, 40)));
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&top));
    EXPECT_EQ(top.layoutDirection(), Qt::LeftToRight);
    int submenus = 0;
    for (QAction *entry : top.actions()) {
        QMenu *inner = entry->menu();
        ASSERT_TRUE(inner) << entry->text().toStdString();
        top.setActiveAction(entry); // opens it
        ASSERT_TRUE(QTest::qWaitFor([&] { return inner->isVisible(); }, patience)) << entry->text().toStdString();
        EXPECT_EQ(inner->layoutDirection(), Qt::LeftToRight);
        EXPECT_GE(inner->pos().x(), top.pos().x() + top.width() / 2) << "opens at the right";
        // Wide enough for name and key beside each other.
        for (const QAction *action : inner->actions()) {
            const QString keys = action->shortcut().toString(QKeySequence::NativeText);
            const int needed = inner->fontMetrics().horizontalAdvance(action->text() + keys);
            EXPECT_GE(inner->actionGeometry(const_cast<QAction *>(action)).width(), needed) << action->text().toStdString();
        }
        ++submenus;
    }
    EXPECT_GE(submenus, 4);
    QTest::qWait(100);
    screenshot("menu");
    top.close();
}

TEST_F(DesktopTest, TheButtonOpensItsMenuLeftToRight)
{
    auto *brand = child<QToolButton>("brand");
    bool wasShown = false;
    QTimer::singleShot(200, brand, [&] { // while the menu is open
        wasShown = menu().isVisible();
        EXPECT_EQ(menu().layoutDirection(), Qt::LeftToRight);
        for (const QMenu *inner : menu().findChildren<QMenu *>())
            EXPECT_EQ(inner->layoutDirection(), Qt::LeftToRight);
        menu().close();
    });
    press(Qt::Key_F10);
    ASSERT_TRUE(waitFor([&] { return wasShown; }));
}

TEST_F(DesktopTest, ThePaletteFindsEveryAction)
{
    std::set<QAction *> all; // by another way: everything in any menu of the window
    std::set<QAction *> listed;
    for (const PaletteEntry &entry : actionsUnder(menu()))
        listed.insert(entry.action);
    for (const QMenu *any : menu().findChildren<QMenu *>())
        for (QAction *one : any->actions())
            if (!one->isSeparator() && !one->menu())
                all.insert(one);
    EXPECT_EQ(listed, all);
    for (const QAction *one : window->actions())
        EXPECT_TRUE(listed.contains(const_cast<QAction *>(one))) << one->text().toStdString();
    for (const PaletteEntry &entry : actionsUnder(menu()))
        EXPECT_GT(matchOf(entry.text, entry.text), 0);
}

TEST_F(DesktopTest, ThePaletteIsDrivenByKeys)
{
    const auto openPalette = [&]() -> QLineEdit * {
        window->activateWindow();
        if (!QTest::qWaitForWindowActive(window.get()))
            return nullptr;
        press(Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier);
        auto *palette = child<CommandPalette>("commandPalette");
        if (!palette || !waitFor([&] { return palette->isVisible() && palette->findChild<QLineEdit *>()->hasFocus(); }))
            return nullptr;
        return palette->findChild<QLineEdit *>();
    };
    const auto isClosed = [&] {
        return waitFor([&] { return !child<CommandPalette>("commandPalette"); });
    };
    QLineEdit *field = openPalette();
    ASSERT_TRUE(field);
    QTest::keyClicks(field, QStringLiteral("vi mas"));
    QTest::qWait(100);
    screenshot("palette");
    QTest::keyClick(field, Qt::Key_Return);
    ASSERT_TRUE(waitFor([&] { return workspace->view() == MatrixView::Mask; }));
    ASSERT_TRUE(isClosed());

    field = openPalette();
    ASSERT_TRUE(field);
    QTest::keyClicks(field, QStringLiteral("qqqq"));
    QTest::keyClick(field, Qt::Key_Return); // nothing is found, nothing happens
    EXPECT_TRUE(child<CommandPalette>("commandPalette"));
    QTest::keyClick(field, Qt::Key_Escape);
    EXPECT_TRUE(isClosed());
}

TEST_F(DesktopTest, ASmallWindowStaysSmallWhateverIsClicked)
{
    for (const QSize size : {QSize(800, 600), QSize(1023, 767)}) {
        window->setInitialSize(size);
        ASSERT_TRUE(waitFor([&] { return window->size() == size; }))
            << window->minimumSizeHint().width() << "x" << window->minimumSizeHint().height();
        workspace->run();
        ASSERT_TRUE(waitForState(SessionState::Finished));
        workspace->selectTile(7);
        for (const char *panel :
             {"tensors", "run", "tile", "convergence", "comparison", "chart", "pruning", "price", "tiles", "log"}) {
            window->showPanel(QString::fromLatin1(panel));
            QTest::qWait(20);
            EXPECT_EQ(window->size(), size) << panel;
        }
        for (auto *segments : window->findChildren<SegmentedControl *>())
            for (auto *one : segments->findChildren<QToolButton *>()) {
                one->click();
                QTest::qWait(10);
                EXPECT_EQ(window->size(), size) << said(one);
            }
        emit workspace->message(MessageLevel::Error, QString(400, QLatin1Char('x')) + QStringLiteral(" a long message"),
                                MessageSubject::File);
        QTest::qWait(50);
        EXPECT_EQ(window->size(), size);
        press(Qt::Key_F9);
        QTest::qWait(50);
        for (const auto *dock : window->findChildren<PanelDock *>())
            EXPECT_FALSE(dock->isVisible()) << dock->objectName().toStdString();
        EXPECT_EQ(child<Viewport>()->width(), size.width());
        press(Qt::Key_F9);
        QTest::qWait(50);
        EXPECT_TRUE(child<QDockWidget>("convergence")->isVisible() || child<QDockWidget>("log")->isVisible());
        EXPECT_EQ(window->size(), size);
        const auto *viewport = child<Viewport>();
        EXPECT_GE(viewport->width(), 320);
        EXPECT_GE(viewport->height(), 240);
        screenshot(QStringLiteral("%1x%2").arg(size.width()).arg(size.height()));
    }
}

TEST_F(DesktopTest, TheFirstSizeIsWithinTheScreen)
{
    QSettings().clear();
    start(MainWindow::Start::Remembered);
    const QSize screen = window->screen()->availableSize();
    EXPECT_LT(window->width(), screen.width()) << "and a frame around it";
    EXPECT_LT(window->height(), screen.height());
    QSettings().clear();
}

TEST_F(DesktopTest, PanelsComeBackWhenTheWindowGrows)
{
    child<QDockWidget>("tile")->hide();
    window->resize(800, 600);
    ASSERT_TRUE(waitFor([&] { return window->size() == QSize(800, 600); }));
    EXPECT_LT(child<QDockWidget>("run")->x(), child<Viewport>()->x()) << "at the left, with the others";
    window->resize(1600, 1000);
    ASSERT_TRUE(waitFor([&] { return window->size() == QSize(1600, 1000); }));
    EXPECT_FALSE(child<QDockWidget>("tile")->isVisible()) << "as it was before";
    EXPECT_TRUE(child<QDockWidget>("run")->isVisible());
    EXPECT_GT(child<QDockWidget>("run")->x(), 800) << "at the right";
}

TEST_F(DesktopTest, ThemesSwitchAtOnce)
{
    workspace->setView(MatrixView::Weights);
    workspace->runTo(20);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == 20; }));
    workspace->selectTile(5);
    emit workspace->message(MessageLevel::Info, QStringLiteral("a message"), MessageSubject::File);
    QAction *light = action(QStringLiteral("Light theme"));
    ASSERT_TRUE(light);
    const auto brightShare = [&](const QImage &image, const QWidget *of) {
        const QRect area = QRect(of->mapTo(window.get(), QPoint(0, 0)), of->size());
        int bright = 0, all = 0;
        for (int y = area.top(); y <= area.bottom(); y += 2)
            for (int x = area.left(); x <= area.right(); x += 2, ++all)
                bright += qGray(image.pixel(x, y)) > 150;
        return double(bright) / all;
    };
    for (const bool isLight : {true, false, true, false}) {
        light->trigger();
        QTest::qWait(400);
        const QImage image = screenshot(isLight ? "light" : "dark");
        for (const QDockWidget *dock : window->findChildren<QDockWidget *>())
            if (dock->isVisible() && !dock->visibleRegion().isEmpty()) {
                const double share = brightShare(image, dock);
                EXPECT_TRUE(isLight ? share > 0.75 : share < 0.2) << dock->objectName().toStdString() << ' ' << share;
            }
        for (const QWidget *bar : {child<QWidget>("topBar")})
            EXPECT_TRUE(isLight ? brightShare(image, bar) > 0.75 : brightShare(image, bar) < 0.2);
        const double around = brightShare(image, child<Viewport>());
        EXPECT_TRUE(isLight ? around > 0.3 : around < 0.3) << "the ground around the matrix: " << around;
    }
}

TEST_F(DesktopTest, EveryControlSaysWhatItIsAndDoes)
{
    const QList<QWidget *> all = controls();
    EXPECT_GE(all.size(), 50);
    for (QWidget *control : all) {
        EXPECT_FALSE(control->toolTip().isEmpty()) << said(control);
        EXPECT_LE(control->toolTip().size(), 260) << "one sentence: " << said(control);
        QAccessibleInterface *accessible = QAccessible::queryAccessibleInterface(control);
        ASSERT_TRUE(accessible) << said(control);
        EXPECT_FALSE(accessible->text(QAccessible::Name).isEmpty()) << said(control);
    }
    for (const QTabBar *tabs : window->findChildren<QTabBar *>())
        for (int i = 0; i < tabs->count(); ++i)
            EXPECT_FALSE(tabs->tabText(i).isEmpty());
}

/// Tab goes through everything that can be acted on, and shows where it is.
TEST_F(DesktopTest, TheKeyboardReachesEveryControlAndShowsWhere)
{
    workspace->runTo(20);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == 20; }));
    for (const char *panel : {"comparison", "pruning", "tiles", "log"}) {
        window->showPanel(QString::fromLatin1(panel));
        QTest::qWait(400); // timers that fill it
        std::set<QWidget *> reached;
        window->activateWindow();
        child<QToolButton>("brand")->setFocus();
        bool passedViewport = false;
        for (int i = 0; i < 100; ++i) {
            ASSERT_TRUE(waitFor([] { return QGuiApplication::focusWindow() != nullptr; }));
            passedViewport = passedViewport || QGuiApplication::focusWindow() != window->windowHandle();
            QTest::keyClick(QGuiApplication::focusWindow(), Qt::Key_Tab);
            QTest::qWait(5);
            QWidget *here = QApplication::focusWidget();
            if (here == child<QToolButton>("brand"))
                break; // once around
            if (here)
                reached.insert(here);
        }
        EXPECT_EQ(QApplication::focusWidget(), child<QToolButton>("brand")) << panel << ": Tab does not come back";
        reached.insert(child<QToolButton>("brand"));
        EXPECT_TRUE(passedViewport) << "Tab goes into the viewport, and out of it";
        for (QWidget *control : controls()) {
            const bool canBe = control->isVisibleTo(window.get()) && control->isVisible() && control->isEnabled() &&
                !control->visibleRegion().isEmpty();
            if (!canBe)
                continue;
            bool isReached = false;
            for (const QWidget *one : reached) {
                isReached = isReached || one == control || control->isAncestorOf(one);
                // Arrow keys go on inside of a group.
                if (const auto *button = qobject_cast<const QAbstractButton *>(one); button && button->group())
                    isReached = isReached || button->group()->buttons().contains(qobject_cast<QAbstractButton *>(control));
            }
            EXPECT_TRUE(isReached) << panel << ": " << said(control);
        }
    }
    window->showPanel(QStringLiteral("comparison"));
    QTest::qWait(100);
    for (QWidget *control : controls()) {
        if (!control->isVisible() || !control->isEnabled() || control->visibleRegion().isEmpty())
            continue;
        window->activateWindow();
        ASSERT_TRUE(QTest::qWaitForWindowActive(window.get()));
        child<QToolButton>("brand")->setFocus();
        if (control == child<QToolButton>("brand"))
            child<QLineEdit>()->setFocus();
        ASSERT_TRUE(waitFor([&] { return !control->hasFocus(); }));
        const QImage without = control->grab().toImage();
        control->setFocus(Qt::TabFocusReason);
        ASSERT_TRUE(waitFor([&] { return control->hasFocus() || control->isAncestorOf(QApplication::focusWidget()); }))
            << said(control);
        EXPECT_NE(control->grab().toImage(), without) << "the focus is not seen: " << said(control);
    }
}

TEST_F(DesktopTest, TheOpenDialogRemembersItsFolder)
{
    QSettings().clear();
    QTemporaryDir folder;
    const QString copy = folder.filePath(QStringLiteral("copy.h5"));
    ASSERT_TRUE(QFile::copy(sample, copy));
    start(MainWindow::Start::Remembered);
    QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
    const auto withDialog = [&](const std::function<void(QFileDialog &)> &act) {
        bool wasSeen = false;
        QTimer poll;
        QObject::connect(&poll, &QTimer::timeout, &poll, [&] {
            if (auto *dialog = qobject_cast<QFileDialog *>(QApplication::activeModalWidget()); dialog && !wasSeen) {
                wasSeen = true;
                act(*dialog);
            }
        });
        poll.start(50);
        window->chooseFiles();
        EXPECT_TRUE(wasSeen);
    };
    withDialog([&](QFileDialog &dialog) {
        dialog.findChild<QLineEdit *>()->setText(copy);
        QTest::keyClick(dialog.findChild<QLineEdit *>(), Qt::Key_Return);
    });
    ASSERT_TRUE(waitFor([&] { return workspace->tensor() && !workspace->isLoading(); }));
    window->close();
    start(MainWindow::Start::Remembered); // another day
    QString shown;
    withDialog([&](QFileDialog &dialog) {
        shown = dialog.directory().absolutePath();
        dialog.reject();
    });
    EXPECT_EQ(QFileInfo(shown).canonicalFilePath(), QFileInfo(folder.path()).canonicalFilePath());
    QSettings().clear();
}

TEST_F(DesktopTest, LimitsOfTheColoursCanBeTyped)
{
    workspace->setView(MatrixView::Score);
    QTest::qWait(200);
    const ValueScale initial = child<Viewport>()->legendRange().scale;
    press(Qt::Key_L, Qt::ControlModifier);
    auto *dialog = child<QDialog>("rangeDialog");
    ASSERT_TRUE(dialog);
    ASSERT_TRUE(QTest::qWaitForWindowExposed(dialog));
    auto *low = dialog->findChild<QLineEdit *>(QStringLiteral("low"));
    auto *high = dialog->findChild<QLineEdit *>(QStringLiteral("high"));
    const auto type = [](QLineEdit *field, const QString &text) {
        field->selectAll();
        QTest::keyClick(field, Qt::Key_Delete);
        QTest::keyClicks(field, text);
    };
    type(low, QStringLiteral("0.01"));
    type(high, QStringLiteral("0.05"));
    EXPECT_FLOAT_EQ(child<Viewport>()->legendRange().scale.low, 0.01F);
    EXPECT_FLOAT_EQ(child<Viewport>()->legendRange().scale.high, 0.05F);
    for (const char *wrong : {"", "x", "0.005", "nan", "inf"}) { // nothing, no number, below the lowest, not finite
        type(high, QString::fromLatin1(wrong));
        EXPECT_TRUE(high->property("isWrong").toBool()) << wrong;
        EXPECT_GT(child<Viewport>()->legendRange().scale.high, child<Viewport>()->legendRange().scale.low);
    }
    type(high, QStringLiteral("0.06"));
    EXPECT_FLOAT_EQ(child<Viewport>()->legendRange().scale.high, 0.06F);
    auto *percentile = dialog->findChild<QComboBox *>();
    ASSERT_TRUE(percentile);
    const int last = percentile->count() - 1;
    percentile->setCurrentIndex(last);
    emit percentile->activated(last); // all
    const ValueSummary &summary = workspace->tensor()->weightSummary;
    EXPECT_NEAR(double(child<Viewport>()->legendRange().scale.high),
                double(std::max(std::abs(summary.minimum), summary.maximum)), 1e-4);
    EXPECT_EQ(child<Viewport>()->legendRange().scale.low, 0);
    QTest::qWait(200);
    screenshot("range");
    for (QPushButton *one : dialog->findChildren<QPushButton *>())
        if (one->text().contains(QLatin1String("Reset")))
            one->click();
    EXPECT_EQ(child<Viewport>()->legendRange().scale, initial);
}

TEST_F(DesktopTest, PicturesGoToTheClipboardAndToFiles)
{
    workspace->runTo(20);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == 20; }));
    workspace->setView(MatrixView::Plan);
    QTest::qWait(300);
    QGuiApplication::clipboard()->clear();
    press(Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    const QImage copied = QGuiApplication::clipboard()->image();
    EXPECT_EQ(copied.size(), child<Viewport>()->size() * window->devicePixelRatioF());
    EXPECT_GT(colorCount(copied), 60U);
    EXPECT_TRUE(copied.save(QStringLiteral(NMS_TEST_OUTPUT "/picture-plan.png")));

    QTemporaryDir folder;
    const PictureSource view = pictureOf(*child<Viewport>());
    const QString png = folder.filePath(QStringLiteral("a.png")), svg = folder.filePath(QStringLiteral("a.svg"));
    ASSERT_TRUE(savePicture(view, {701, 503}, 3, true, png));
    const QImage written(png);
    EXPECT_EQ(written.size(), QSize(2103, 1509));
    EXPECT_EQ(qAlpha(written.pixel(3, 1500)), 0) << "no ground";
    EXPECT_EQ(qAlpha(written.pixel(900, 700)), 255) << "the matrix";
    ASSERT_TRUE(savePicture(view, {701, 503}, 1, false, svg));
    QSvgRenderer drawn(svg); // Qt's reader of what its writer wrote, and the text as text
    EXPECT_TRUE(drawn.isValid());
    EXPECT_EQ(drawn.viewBox(), QRect(0, 0, 701, 503));
    QFile file(svg);
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    const QByteArray text = file.readAll();
    EXPECT_TRUE(text.contains("undecided by tile") || text.contains("plan S")) << "the legend's title";
    EXPECT_TRUE(text.contains("<image")) << "the matrix";
    EXPECT_FALSE(savePicture(view, {701, 503}, 1, false, folder.filePath(QStringLiteral("none/a.png"))));

    for (QChartView *chart : window->findChildren<QChartView *>()) {
        const PictureSource source = pictureOf(*chart, QStringLiteral("chart"));
        const QSizeF before = chart->chart()->size();
        const QImage image = imageOf(source, {640, 360}, 2, false);
        EXPECT_EQ(image.size(), QSize(1280, 720));
        EXPECT_EQ(chart->chart()->size(), before) << "the one on the screen is as it was";
        if (!chart->chart()->series().isEmpty()) { // a comparison has not run
            EXPECT_GT(colorCount(image), 3U) << said(chart);
        }
        EXPECT_TRUE(
            image.save(QStringLiteral(NMS_TEST_OUTPUT "/picture-%1.png")
                           .arg(QString::fromLatin1(chart->metaObject()->className()).section(QLatin1Char(':'), -1))));
        ASSERT_TRUE(savePicture(source, {640, 360}, 1, true, svg));
        EXPECT_TRUE(QSvgRenderer(svg).isValid());
    }
}

TEST_F(DesktopTest, ValuesOfATileAreCopiedByKey)
{
    workspace->selectTile(25); // row 1, column 1
    press(Qt::Key_C, Qt::ControlModifier);
    const QStringList lines = QGuiApplication::clipboard()->text().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    ASSERT_EQ(lines.size(), 16);
    EXPECT_EQ(lines[3].split(QLatin1Char('\t')).value(5).toFloat(), (*workspace->tensor()->weights)(19, 21));
}

TEST_F(DesktopTest, ARegionIsDrawnWithShiftAndItsPanelCopies)
{
    auto *viewport = child<Viewport>();
    QTest::qWait(300);
    QWindow *native = nullptr;
    for (QWindow *one : QGuiApplication::allWindows())
        if (one->parent() == window->windowHandle() || one->metaObject()->className() == std::string("nms::VulkanViewport"))
            native = one;
    ASSERT_TRUE(native) << viewport->deviceName().toStdString();
    const QPoint middle(native->width() / 2, native->height() / 2);
    QTest::mousePress(native, Qt::LeftButton, Qt::ShiftModifier, middle);
    QTest::mouseMove(native, middle + QPoint(30, 20));
    QTest::mouseRelease(native, Qt::LeftButton, Qt::ShiftModifier, middle + QPoint(60, 40));
    QTest::qWait(400);
    const Viewport::CopiedValues values = viewport->copiedValues();
    EXPECT_GT(values.count, 100);
    screenshot("region");
    press(Qt::Key_C, Qt::ControlModifier);
    EXPECT_EQ(QGuiApplication::clipboard()->text(), values.text);
}

TEST_F(DesktopTest, TablesAreWrittenExactly)
{
    workspace->runTo(20);
    ASSERT_TRUE(waitFor([&] { return workspace->sessionStatus().iteration == 20; }));
    const Table iterations = tableOf(*workspace, TableKind::Iterations);
    ASSERT_EQ(iterations.rows.size(), 20);
    const QList<QByteArray> lines = toCsv(iterations).split('\n');
    EXPECT_EQ(lines.size(), 22) << "a heading, twenty lines, and the end of the last";
    const auto column = iterations.columns.indexOf(QStringLiteral("row_residual"));
    EXPECT_EQ(lines[7].split(',')[column].toDouble(), workspace->iterationStats()[6].rowResidual) << "bit by bit";
    const QJsonArray json = QJsonDocument::fromJson(toJson(iterations)).array();
    ASSERT_EQ(json.size(), 20);
    EXPECT_EQ(json[6].toObject()[QStringLiteral("objective")].toDouble(), workspace->iterationStats()[6].objective);
    EXPECT_EQ(tableOf(*workspace, TableKind::Tiles).rows.size(), workspace->grid().count());
    EXPECT_EQ(tableOf(*workspace, TableKind::Tensors).rows.size(), 6);
    EXPECT_TRUE(tableOf(*workspace, TableKind::Comparison).isEmpty());
    const Table odd{{"a", "b"}, {{QStringLiteral("x, \"y\""), std::nan("")}, {QVariant(), true}}};
    EXPECT_EQ(toCsv(odd), "a,b\n\"x, \"\"y\"\"\",\n,true\n");
    EXPECT_TRUE(QJsonDocument::fromJson(toJson(odd)).array()[0].toObject()[QStringLiteral("b")].isNull());
}

/// A screen of 16 bits: drivers present nothing into it, so the viewport is painted.
TEST(Screens, SixteenBitsAreEnoughAndEightAreRefused)
{
    const QString xvfb = QStandardPaths::findExecutable(QStringLiteral("xvfb-run"));
    if (xvfb.isEmpty())
        GTEST_SKIP() << "no xvfb-run";
    QTemporaryDir folder;
    const QString png = folder.filePath(QStringLiteral("screen.png"));
    const auto run = [&](int depth) {
        QProcess process;
        process.setProcessChannelMode(QProcess::SeparateChannels);
        process.start(xvfb,
                      {QStringLiteral("-a"), QStringLiteral("-s"), QStringLiteral("-screen 0 1000x700x%1").arg(depth),
                       QStringLiteral(NMS_PROGRAM), QStringLiteral("--size"), QStringLiteral("1000x700"),
                       QStringLiteral("--screenshot"), png, sample});
        EXPECT_TRUE(process.waitForFinished(patience));
        return std::pair(process.exitCode(), process.readAllStandardError());
    };
    EXPECT_EQ(run(16).first, 0);
    const QImage image(png);
    ASSERT_EQ(image.size(), QSize(1000, 700));
    EXPECT_GT(colorCount(image.copy(600, 100, 380, 260)), 40U) << "the matrix is seen";
    const auto [status, text] = run(8);
    EXPECT_EQ(status, 1);
    EXPECT_TRUE(text.contains("nmscope: the screen has 8 bits a pixel")) << text.toStdString();
}

TEST(Palette, MatchesWordsBeforeLetters)
{
    EXPECT_GT(matchOf(QStringLiteral("zoom in"), QStringLiteral("View › Zoom in")),
              matchOf(QStringLiteral("zoom in"), QStringLiteral("Run › Rezooming")));
    EXPECT_GT(matchOf(QStringLiteral("zo"), QStringLiteral("View › Zoom in")),
              matchOf(QStringLiteral("zo"), QStringLiteral("Razor")));
    EXPECT_GT(matchOf(QStringLiteral("rst"), QStringLiteral("Run › Restart")), 0) << "letters in their order";
    EXPECT_EQ(matchOf(QStringLiteral("xyz"), QStringLiteral("Run › Restart")), 0);
    EXPECT_GT(matchOf({}, QStringLiteral("anything")), 0);
}

} // namespace
