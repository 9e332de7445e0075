// SPDX-License-Identifier: Apache-2.0
// A seeded monkey at the window: random keys, clicks, drags, wheel turns, commands, sizes and settings, with the validation
// layer of Vulkan on. Nothing crashes, nothing hangs, and Vulkan has nothing to say. NMS_MONKEY_STEPS and NMS_MONKEY_SEED
// make it longer, and other.
#include "tests/ui/npy_support.h"
#include "tests/ui/window_fixture.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/command_palette.h"

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QDialog>
#include <QDrag>
#include <QFileDialog>
#include <QMenu>
#include <QMessageBox>
#include <QTemporaryDir>
#include <QTimer>
#include <QWheelEvent>
#include <QWindow>

#include <cstdlib>
#include <random>

namespace nms::test {

namespace {

int numberFrom(const char *variable, int usual)
{
    bool isNumber = false;
    const int value = qEnvironmentVariableIntValue(variable, &isNumber);
    return isNumber ? value : usual;
}

int vulkanMessages = 0;
QtMessageHandler earlierHandler = nullptr;

void countVulkan(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    vulkanMessages += text.contains(QStringLiteral("VUID")) || text.contains(QStringLiteral("vkDebug"));
    if (earlierHandler)
        earlierHandler(type, context, text);
}

} // namespace

class Monkey : public WindowTest
{
protected:
    void SetUp() override
    {
        earlierHandler = qInstallMessageHandler(countVulkan);
        vulkanMessages = 0;
        qputenv("NMS_VALIDATION", "1");
        // In a folder of its own: the monkey may save pictures beside the file.
        file = m_folder.filePath(QStringLiteral("sample.h5"));
        ASSERT_TRUE(QFile::copy(sample, file));
        start(MainWindow::Start::Fresh);
        openAgain();
        // Menus, dialogs for files, and drags of selected text wait for an answer in an event loop of their own; a drag for
        // a release of the mouse that the screen's server tells of, which it never does here.
        QObject::connect(&m_answer, &QTimer::timeout, qApp, [] {
            QDrag::cancel();
            if (QApplication::activePopupWidget() != nullptr)
                QApplication::activePopupWidget()->close();
            else if (auto *dialog = qobject_cast<QFileDialog *>(QApplication::activeModalWidget()))
                dialog->reject();
            else if (auto *box = qobject_cast<QMessageBox *>(QApplication::activeModalWidget()))
                box->reject();
        });
        m_answer.start(100);
        m_random.seed(std::uint32_t(numberFrom("NMS_MONKEY_SEED", 20261127)));
    }
    void TearDown() override
    {
        window.reset();
        qunsetenv("NMS_VALIDATION");
        qInstallMessageHandler(earlierHandler);
    }

    void openAgain()
    {
        workspace->openFile(file);
        ASSERT_TRUE(waitFor([&] { return workspace->tensor() && !workspace->isLoading(); }));
    }

    int below(int count) { return std::uniform_int_distribution<int>(0, std::max(count, 1) - 1)(m_random); }
    template <class List> auto oneOf(const List &list) { return list[std::size_t(below(int(std::size(list))))]; }

    /// A visible, enabled widget of the window that is not hidden behind a dialog.
    QWidget *anyWidget()
    {
        QList<QWidget *> all;
        QWidget *root = QApplication::activeModalWidget() != nullptr ? QApplication::activeModalWidget() : window.get();
        for (QWidget *widget : root->findChildren<QWidget *>())
            if (widget->isVisible() && widget->isEnabled() && widget->width() > 2 && widget->height() > 2)
                all << widget;
        return all.isEmpty() ? root : all[below(int(all.size()))];
    }

    std::string act()
    {
        switch (below(10)) {
        case 0:
        case 1: { // a key
            static const std::vector<std::pair<Qt::Key, Qt::KeyboardModifiers>> keys{{Qt::Key_Space, {}},
                                                                                     {Qt::Key_Period, {}},
                                                                                     {Qt::Key_Comma, {}},
                                                                                     {Qt::Key_Escape, {}},
                                                                                     {Qt::Key_1, {}},
                                                                                     {Qt::Key_2, {}},
                                                                                     {Qt::Key_3, {}},
                                                                                     {Qt::Key_4, {}},
                                                                                     {Qt::Key_5, {}},
                                                                                     {Qt::Key_Home, {}},
                                                                                     {Qt::Key_End, {}},
                                                                                     {Qt::Key_G, {}},
                                                                                     {Qt::Key_I, {}},
                                                                                     {Qt::Key_F, {}},
                                                                                     {Qt::Key_Plus, {}},
                                                                                     {Qt::Key_Minus, {}},
                                                                                     {Qt::Key_Left, {}},
                                                                                     {Qt::Key_Down, {}},
                                                                                     {Qt::Key_Tab, {}},
                                                                                     {Qt::Key_Return, {}},
                                                                                     {Qt::Key_F9, {}},
                                                                                     {Qt::Key_Delete, {}},
                                                                                     {Qt::Key_Z, Qt::ControlModifier},
                                                                                     {Qt::Key_R, Qt::ControlModifier}};
            const auto [key, modifiers] = oneOf(keys);
            QTest::keyClick(window.get(), key, modifiers);
            return "key " + std::to_string(int(key));
        }
        case 2: { // a command of the menus, apart from those that end the program
            const auto entries = actionsUnder(*child<QMenu>("mainMenu"));
            QAction *action = entries[below(int(entries.size()))].action;
            if (action->text().contains(QStringLiteral("Quit")) || !action->isEnabled())
                return "no command";
            const std::string text = action->text().toStdString();
            action->trigger();
            return "command " + text;
        }
        case 3:
        case 4: { // a click
            QWidget *widget = anyWidget();
            QTest::mouseClick(widget, below(8) == 0 ? Qt::RightButton : Qt::LeftButton,
                              below(4) == 0 ? Qt::ShiftModifier : Qt::NoModifier,
                              {below(widget->width()), below(widget->height())});
            return std::string("click on ") + widget->metaObject()->className();
        }
        case 5: { // a drag
            QWidget *widget = anyWidget();
            const auto place = [&] {
                return QPoint(below(widget->width()), below(widget->height()));
            };
            QTest::mousePress(widget, Qt::LeftButton, below(2) == 0 ? Qt::ShiftModifier : Qt::NoModifier, place());
            for (int i = 0; i < 4; ++i)
                QTest::mouseMove(widget, place());
            QTest::mouseRelease(widget, Qt::LeftButton, {}, place());
            return std::string("drag on ") + widget->metaObject()->className();
        }
        case 6: { // the wheel
            QWidget *widget = anyWidget();
            const QPointF at(below(widget->width()), below(widget->height()));
            QWheelEvent wheel(at, widget->mapToGlobal(at), {}, {0, below(2) == 0 ? 240 : -240}, Qt::NoButton, Qt::NoModifier,
                              Qt::NoScrollPhase, false);
            QApplication::sendEvent(widget, &wheel);
            return "wheel";
        }
        case 7: { // settings
            SolveOptions options = workspace->options();
            options.method = oneOf(offeredMethods());
            options.warmStart.reset();
            options.paperSwaps.reset();
            static const NmPattern patterns[] = {{1, 4}, {2, 4}, {4, 8}, {8, 16}, {3, 5}, {16, 32}, {7, 7}, {1, 1}};
            options.pattern = oneOf(patterns);
            options.iterations = 1 + below(80);
            options.tau = std::pow(10.0, below(5) - 1);
            workspace->setOptions(options);
            return "settings";
        }
        case 8: { // a tensor, or a tile
            if (below(2) == 0 && workspace->tensor())
                workspace->flyToTile(below(int(workspace->grid().count())));
            else if (!workspace->files().empty()) {
                const OpenFile &open = workspace->files()[std::size_t(below(int(workspace->files().size())))];
                if (!open.tensors.empty())
                    workspace->selectTensor(
                        open.fileName,
                        QString::fromStdString(open.tensors[std::size_t(below(int(open.tensors.size())))].path));
            }
            return "tensor or tile";
        }
        default: // a size, rarely; else a pause in which things happen
            if (below(4) == 0)
                window->resize(800 + below(800), 600 + below(400));
            else
                QTest::qWait(below(120));
            return "size or pause";
        }
    }

    QString file;

private:
    QTemporaryDir m_folder;
    QTimer m_answer;
    std::mt19937 m_random;
};

TEST_F(Monkey, FindsNothing)
{
    QTemporaryDir folder;
    workspace->openFile(writeNpy(folder.filePath(QStringLiteral("odd.npy")), 61, 101, 3, false));
    ASSERT_TRUE(waitFor([&] { return workspace->files().size() == 2; }));
    const int steps = numberFrom("NMS_MONKEY_STEPS", 400);
    std::string last;
    for (int step = 0; step < steps; ++step) {
        last = act();
        if (below(12) == 0 && QApplication::activeModalWidget() != nullptr)
            QApplication::activeModalWidget()->close();
        if (QWidget *popup = QApplication::activePopupWidget(); popup != nullptr && below(2) == 0)
            popup->close();
        QCoreApplication::processEvents();
        ASSERT_TRUE(window->isVisible()) << "step " << step << ", " << last;
        ASSERT_EQ(vulkanMessages, 0) << "step " << step << ", " << last;
        if (workspace->files().empty()) { // it has closed them all
            openAgain();
        }
    }
    while (QApplication::activePopupWidget() != nullptr)
        QApplication::activePopupWidget()->close();
    while (QApplication::activeModalWidget() != nullptr)
        QApplication::activeModalWidget()->close();
    // The window still answers: the sample can be opened and solved.
    openAgain();
    SolveOptions options;
    options.method = watchedMethod();
    options.iterations = 20;
    workspace->setOptions(options);
    workspace->setBreakpoint(std::nullopt);
    workspace->setPace(0);
    workspace->restart();
    const bool isFinished = waitForState(SessionState::Finished);
    const SessionStatus status = workspace->sessionStatus();
    EXPECT_TRUE(isFinished) << "after " << last << ": state " << int(status.state) << ", iteration " << status.iteration
                            << " of " << status.plannedIterations << ", pattern " << workspace->options().pattern.text()
                            << ", loading " << workspace->isLoading() << ", tensor "
                            << (workspace->tensor() ? workspace->tensor()->info.path : "none");
}

} // namespace nms::test
