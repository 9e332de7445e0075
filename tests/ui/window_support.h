// SPDX-License-Identifier: Apache-2.0
// The real window with the CPU backend, driven by mouse and keyboard.
#pragma once

#include "core/solver/cpu_backend.h"
#include "ui/widgets/main_window.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <QWindow>

#include <functional>
#include <memory>

namespace nms::test {

struct WindowUnderTest {
    static constexpr int patience = 60000;

    explicit WindowUnderTest(MainWindow::Start start = MainWindow::Start::Fresh)
        : workspace({{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}}), window(workspace, start)
    {
        if (start == MainWindow::Start::Fresh)
            window.setInitialSize({1600, 1000});
        window.show();
        isExposed = QTest::qWaitForWindowExposed(&window);
        window.activateWindow();
    }

    bool open(const QString &fileName)
    {
        workspace.openFile(fileName);
        return waitFor([&] { return workspace.tensor() && !workspace.isLoading(); });
    }
    bool waitFor(const std::function<bool()> &condition) const { return QTest::qWaitFor(condition, patience); }
    bool waitForState(SessionState state) const
    {
        return waitFor([&] { return workspace.sessionStatus().state == state; });
    }
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        QWidget *focus = QApplication::focusWidget();
        QTest::keyClick(focus ? focus : &window, key, modifiers);
    }
    template <class Widget> Widget *child(const QString &name) const { return window.findChild<Widget *>(name); }
    QPushButton *button(const QString &text) const
    {
        for (QPushButton *candidate : window.findChildren<QPushButton *>())
            if (candidate->text() == text && candidate->isVisible())
                return candidate;
        return nullptr;
    }
    /// Clicks into a field of the run settings and types over what stands there.
    void type(const QString &field, const QString &text) const
    {
        auto *box = child<QAbstractSpinBox>(field);
        QTest::mouseClick(box, Qt::LeftButton);
        box->selectAll();
        QTest::keyClicks(box, text);
    }

    /// Opens the list of a field by mouse and chooses the entry with this text by keyboard.
    bool choose(const QString &field, const QString &entry) const
    {
        auto *box = child<QComboBox>(field);
        const int row = box ? box->findText(entry) : -1;
        if (row < 0)
            return false;
        QTest::mouseClick(box, Qt::LeftButton);
        if (!waitFor([&] { return box->view()->isVisible(); }))
            return false;
        QTest::keyClick(box->view(), Qt::Key_Home);
        for (int k = 0; k < row; ++k)
            QTest::keyClick(box->view(), Qt::Key_Down);
        QTest::keyClick(box->view(), Qt::Key_Return);
        return waitFor([&] { return !box->view()->isVisible() && box->currentText() == entry; });
    }
    /// Clicks into the matrix at these shares of the viewport's width and height; the tile there is then the selected one.
    std::optional<std::int64_t> clickTile(double x, double y)
    {
        for (QWindow *one : QGuiApplication::allWindows())
            if (one->metaObject()->className() == std::string("nms::VulkanViewport")) {
                QTest::mouseClick(one, Qt::LeftButton, {}, QPoint(int(x * one->width()), int(y * one->height())));
                break;
            }
        QApplication::processEvents();
        return workspace.selectedTile();
    }

    Workspace workspace;
    MainWindow window;
    bool isExposed = false;
};

} // namespace nms::test
