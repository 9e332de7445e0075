// SPDX-License-Identifier: Apache-2.0
// How soon the window shows a large tensor, and how long it blocks while the user zooms and pans there, printed:
// NMS_LARGE_TENSOR=FILE nms_window_tests --gtest_also_run_disabled_tests --gtest_filter=ZoomMeasurement.* on a machine that
// does nothing else. NMS_NO_VULKAN=1: painted on the CPU by the window's thread instead.
#include "tests/ui/turn_watch.h"
#include "tests/ui/window_fixture.h"

#include <QEvent>
#include <QGuiApplication>
#include <QMouseEvent>
#include <QWheelEvent>
#include <QWindow>

#include <functional>
#include <random>
#include <string>

namespace nms::test {

namespace {

/// Counts the frames of the viewport, painted or by Vulkan.
class FrameCounter : public QObject
{
public:
    explicit FrameCounter(QObject *viewport) { viewport->installEventFilter(this); }
    bool eventFilter(QObject *, QEvent *event) override
    {
        m_frames += event->type() == QEvent::UpdateRequest || event->type() == QEvent::Paint;
        return false;
    }
    int frames() const { return m_frames; }

private:
    int m_frames = 0;
};

} // namespace

class ZoomMeasurement : public WindowTest
{
protected:
    void SetUp() override
    {
        start(MainWindow::Start::Fresh);
        for (QWindow *candidate : QGuiApplication::allWindows())
            if (candidate->metaObject()->className() == std::string("nms::VulkanViewport"))
                view = candidate;
        for (QWidget *candidate : window->findChildren<QWidget *>())
            if (candidate->metaObject()->className() == std::string("nms::PaintedViewport"))
                view = candidate;
        ASSERT_TRUE(view);
        size = view->isWindowType() ? static_cast<QWindow *>(view)->size() : static_cast<QWidget *>(view)->size();
        QTest::qWait(1500); // the window's own first frames
    }
    void wheel(QPointF at, int notches)
    {
        QWheelEvent event(at, at, {}, {0, 120 * notches}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(view, &event);
    }
    void drag(QPointF from, QPointF to, QEvent::Type type)
    {
        const QPointF at = type == QEvent::MouseButtonPress ? from : to;
        const bool isMove = type == QEvent::MouseMove;
        const Qt::MouseButtons held = type == QEvent::MouseButtonRelease ? Qt::NoButton : Qt::LeftButton;
        QMouseEvent event(type, at, at, isMove ? Qt::NoButton : Qt::LeftButton, held, Qt::NoModifier);
        QCoreApplication::sendEvent(view, &event);
    }

    QObject *view = nullptr;
    QSize size;
};

TEST_F(ZoomMeasurement, DISABLED_OfALargeTensor)
{
    const QString file = qEnvironmentVariable("NMS_LARGE_TENSOR");
    if (file.isEmpty())
        GTEST_SKIP() << "no file in NMS_LARGE_TENSOR";
    FrameCounter counter(view);
    TurnWatch watch;
    QElapsedTimer clock;
    clock.start();
    const auto until = [&](const char *what, const std::function<bool()> &reached) {
        while (!reached())
            watch.during(what, [] { QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents); });
        return double(clock.nsecsElapsed()) * 1e-6;
    };
    watch.during("opening", [&] { workspace->openFile(file); });
    until("opening", [&] { return workspace->preview() || workspace->tensor(); });
    if (workspace->preview()) {
        const double there = double(clock.nsecsElapsed()) * 1e-6;
        const int before = counter.frames();
        const double drawn = until("the preview", [&] { return counter.frames() > before || workspace->tensor(); });
        std::printf("preview: read after %.0f ms, its frame after %.0f ms\n", there, drawn);
        watch.turn("the preview", 200);
        screenshot(QStringLiteral("large-preview"));
    }
    const double loaded = until("loading", [&] { return workspace->tensor() && !workspace->isLoading(); });
    const int before = counter.frames();
    const double drawn = until("the first picture", [&] { return counter.frames() > before; });
    std::printf("tensor: read after %.0f ms, its frame after %.0f ms\n", loaded, drawn);
    watch.turn("the first picture", 1500);
    screenshot(QStringLiteral("large-tensor"));
    press(Qt::Key_F9); // nothing but the viewport
    watch.turn("folding the panels", 1000);
    size = view->isWindowType() ? static_cast<QWindow *>(view)->size() : static_cast<QWidget *>(view)->size();

    for (const Qt::Key key : {Qt::Key_1, Qt::Key_2}) { // weights, scores
        watch.during("changing the view", [&] { press(key); });
        watch.turn("changing the view", 1000);
        const QPointF middle(size.width() * 0.45, size.height() * 0.4);
        const auto zoom = [&](const char *what, int steps, int notches, int pause) {
            for (int i = 0; i < steps; ++i) {
                watch.during(what, [&] { wheel(middle, notches); });
                watch.turn(what, pause);
            }
        };
        zoom("zooming in", 34, 1, 60);
        zoom("zooming out", 34, -1, 60);
        zoom("zooming in fast", 34, 1, 8);
        zoom("zooming out fast", 17, -2, 8);
        for (const int depth : {10, 16, 22}) {
            zoom("zooming in", depth, 1, 20);
            watch.turn("zooming in", 300);
            QPointF at = middle;
            watch.during("panning", [&] { drag(at, at, QEvent::MouseButtonPress); });
            std::mt19937 random(9);
            for (int i = 0; i < 60; ++i) {
                const QPointF next = at + QPointF(40 + double(random() % 20), 25);
                watch.during("panning", [&] { drag(at, next, QEvent::MouseMove); });
                watch.turn("panning", 16);
                at = next;
            }
            watch.during("panning", [&] { drag(at, at, QEvent::MouseButtonRelease); });
            watch.during("flying out", [&] { press(Qt::Key_Home); });
            watch.turn("flying out", 1200);
        }
        for (int i = 0; i < 4; ++i) {
            watch.during("flying to a tile", [&] { workspace->flyToTile(workspace->grid().count() * (2 * i + 1) / 9); });
            watch.turn("flying to a tile", 1200);
        }
        watch.during("flying out", [&] { press(Qt::Key_Home); });
        watch.turn("flying out", 1200);
    }
    std::printf("%d frames of %d × %d pixels\n", counter.frames(), size.width(), size.height());
    watch.printAll();
}

} // namespace nms::test
