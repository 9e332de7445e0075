// SPDX-License-Identifier: Apache-2.0
// The real window on a real (virtual) screen, with the sample open.
#pragma once

#include "core/solver/cpu_backend.h"
#include "ui/widgets/main_window.h"

#include <QImage>
#include <QPushButton>
#include <QScreen>
#include <QTest>

#include <gtest/gtest.h>

#include <set>

namespace nms::test {

inline const QString sample = QStringLiteral(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5");
inline constexpr int patience = 60000;

inline std::size_t colorCount(const QImage &image)
{
    std::set<QRgb> colors;
    for (int y = 0; y < image.height(); y += 3)
        for (int x = 0; x < image.width(); x += 3)
            colors.insert(image.pixel(x, y));
    return colors.size();
}

class WindowTest : public testing::Test
{
protected:
    void SetUp() override
    {
        start(MainWindow::Start::Fresh);
        workspace->openFile(sample);
        ASSERT_TRUE(QTest::qWaitFor([&] { return workspace->tensor() && !workspace->isLoading(); }, patience));
    }

    void start(MainWindow::Start how)
    {
        window.reset();
        workspace = std::make_unique<Workspace>(
            std::vector<BackendChoice>{{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}});
        window = std::make_unique<MainWindow>(*workspace, how);
        if (how == MainWindow::Start::Fresh)
            window->setInitialSize({1600, 1000});
        window->show();
        ASSERT_TRUE(QTest::qWaitForWindowExposed(window.get()));
        window->activateWindow();
    }

    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        QTest::keyClick(window.get(), key, modifiers);
    }
    bool waitFor(const std::function<bool()> &condition) { return QTest::qWaitFor(condition, patience); }
    bool waitForState(SessionState state)
    {
        return waitFor([&] { return workspace->sessionStatus().state == state; });
    }
    void setIterations(int iterations)
    {
        SolveOptions options = workspace->options();
        options.iterations = iterations;
        workspace->setOptions(options);
    }
    QImage screenshot(const QString &name)
    {
        const QRect area = window->geometry();
        const QImage image = window->screen()->grabWindow(0, area.x(), area.y(), area.width(), area.height()).toImage();
        EXPECT_TRUE(image.save(QStringLiteral(NMS_TEST_OUTPUT "/window-%1.png").arg(name)));
        return image;
    }
    template <class Widget> Widget *child(const char *name = "") const
    {
        return window->findChild<Widget *>(QString::fromLatin1(name));
    }
    QPushButton *button(const QString &text) const
    {
        for (QPushButton *candidate : window->findChildren<QPushButton *>())
            if (candidate->text() == text)
                return candidate;
        return nullptr;
    }

    std::unique_ptr<Workspace> workspace;
    std::unique_ptr<MainWindow> window; // before the workspace
};

} // namespace nms::test
