// SPDX-License-Identifier: Apache-2.0
// The painted viewport as a widget, driven by Qt's own events.
#include "tests/ui/viewport_support.h"
#include "ui/viewport/viewport.h"

#include <QApplication>
#include <QDir>
#include <QImage>
#include <QMouseEvent>
#include <QWheelEvent>

#include <gtest/gtest.h>

#include <set>

namespace nms {
namespace {

QWidget *surfaceOf(const Viewport &viewport)
{
    return viewport.findChild<QWidget *>();
}

void sendMouse(QWidget *target, QEvent::Type type, QPointF at, Qt::MouseButton button)
{
    const Qt::MouseButtons held = type == QEvent::MouseButtonPress ? Qt::MouseButtons(button) : Qt::NoButton;
    QMouseEvent event(type, at, at, button, held, Qt::NoModifier);
    QCoreApplication::sendEvent(target, &event);
}

class ViewportWidgetTest : public testing::Test
{
protected:
    ViewportWidgetTest()
    {
        viewport.resize(900, 600);
        viewport.show();
        viewport.grabImage(); // takes its size
    }
    SampleWorkspace workspace;
    Viewport viewport{workspace, true};
};

TEST_F(ViewportWidgetTest, SaysWhyItIsPainted)
{
    EXPECT_FALSE(viewport.fallbackReason().isEmpty());
    EXPECT_EQ(viewport.deviceName(), "painted");
}

TEST_F(ViewportWidgetTest, PictureHasMatrixAndPanels)
{
    viewport.grabImage(); // hovering and popups settle after a frame
    const QImage image = viewport.grabImage();
    ASSERT_EQ(image.size(), QSize(900, 600));
    std::set<QRgb> colors;
    for (int x = 300; x < 600; ++x)
        colors.insert(image.pixel(x, 300));
    EXPECT_GT(colors.size(), 50U); // weights, not a flat surface
    QDir().mkpath(QStringLiteral(NMS_TEST_OUTPUT));
    EXPECT_TRUE(image.save(QStringLiteral(NMS_TEST_OUTPUT "/painted_viewport.png")));
}

TEST_F(ViewportWidgetTest, ClickSelectsAndWheelZooms)
{
    QWidget *surface = surfaceOf(viewport);
    ASSERT_TRUE(surface);
    sendMouse(surface, QEvent::MouseMove, {450, 250}, Qt::NoButton);
    sendMouse(surface, QEvent::MouseButtonPress, {450, 250}, Qt::LeftButton);
    sendMouse(surface, QEvent::MouseButtonRelease, {450, 250}, Qt::LeftButton);
    ASSERT_TRUE(workspace.selectedTile());
    const QImage before = viewport.grabImage();
    QWheelEvent wheel({450, 250}, {450, 250}, {}, {0, 360}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(surface, &wheel);
    EXPECT_NE(viewport.grabImage(), before);
}

TEST_F(ViewportWidgetTest, ClickOnAPanelIsNotForTheMatrix)
{
    QWidget *surface = surfaceOf(viewport);
    viewport.grabImage();
    sendMouse(surface, QEvent::MouseMove, {500, 580}, Qt::NoButton);
    viewport.grabImage();
    sendMouse(surface, QEvent::MouseButtonPress, {500, 570}, Qt::LeftButton); // the timeline
    sendMouse(surface, QEvent::MouseButtonRelease, {500, 570}, Qt::LeftButton);
    EXPECT_FALSE(workspace.selectedTile());
}

TEST_F(ViewportWidgetTest, OffscreenPlatformFallsBackWithAReason)
{
    Viewport other(workspace);
    EXPECT_EQ(other.deviceName(), "painted");
    EXPECT_TRUE(other.fallbackReason().contains("offscreen")) << other.fallbackReason().toStdString();
}

} // namespace
} // namespace nms

int main(int argc, char **argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    testing::InitGoogleTest(&argc, argv);
    QApplication application(argc, argv);
    return RUN_ALL_TESTS();
}
