// SPDX-License-Identifier: Apache-2.0
// The Vulkan window on a real (virtual) screen with the validation layer on: no message, and the painter's picture.
#include "ui/viewport/vulkan_viewport.h"

#include "gpu/cuda/warp_backend.h"
#include "tests/render/exporting_queue.h"
#include "tests/ui/viewport_support.h"
#include "ui/viewport/viewport.h"

#include <QApplication>
#include <QDir>
#include <QImage>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace nms {
namespace {

int validationMessages = 0;

void countMessages(QtMsgType, const QMessageLogContext &, const QString &text)
{
    const bool fromLayer = text.contains("Validation") || text.contains("VUID") || text.contains("vkDebug");
    validationMessages += fromLayer;
    std::fprintf(stderr, "%s\n", qPrintable(text));
}

double shareOfDifferentPixels(const QImage &a, const QImage &b)
{
    std::int64_t different = 0;
    for (int y = 0; y < a.height(); ++y)
        for (int x = 0; x < a.width(); ++x) {
            const QRgb p = a.pixel(x, y);
            const QRgb q = b.pixel(x, y);
            const int distance =
                std::max({std::abs(qRed(p) - qRed(q)), std::abs(qGreen(p) - qGreen(q)), std::abs(qBlue(p) - qBlue(q))});
            different += distance > 12;
        }
    return double(different) / (double(a.width()) * a.height());
}

TEST(ViewportVulkan, DrawsWhatThePainterDrawsWithoutValidationMessages)
{
    SampleWorkspace workspace;
    Viewport viewport(workspace);
    viewport.resize(900, 600);
    viewport.show();
    ASSERT_TRUE(waitFor([&] { return !viewport.grabImage().isNull(); }, 30000));
    ASSERT_TRUE(viewport.fallbackReason().isEmpty()) << viewport.fallbackReason().toStdString();
    EXPECT_FALSE(viewport.deviceName().isEmpty());

    Viewport painted(workspace, true);
    painted.resize(900, 600);
    painted.show();
    workspace.finish();
    QDir().mkpath(QStringLiteral(NMS_TEST_OUTPUT));
    for (const MatrixView view :
         {MatrixView::Weights, MatrixView::Score, MatrixView::Plan, MatrixView::Mask, MatrixView::Error}) {
        workspace.setView(view);
        for (Viewport *each : {&viewport, &painted})
            each->grabImage(); // panels settle
        const QImage drawn = viewport.grabImage();
        const QImage expected = painted.grabImage();
        const QString name = QStringLiteral(NMS_TEST_OUTPUT "/vulkan_viewport_%1.png").arg(int(view));
        EXPECT_TRUE(drawn.save(name));
        ASSERT_EQ(drawn.size(), expected.size());
        // The painter's banner moves the upper panels down; below them both must agree.
        const QRect lower(0, 200, 900, 400);
        EXPECT_LT(shareOfDifferentPixels(drawn.copy(lower), expected.copy(lower)), 0.01) << int(view);
    }

    // Resizing makes a new swapchain, hiding and showing keeps the device.
    viewport.resize(700, 500);
    viewport.hide();
    viewport.show();
    ASSERT_TRUE(waitFor([&] { return viewport.grabImage().width() == 700; }, 10000));
    EXPECT_TRUE(viewport.fallbackReason().isEmpty()) << viewport.fallbackReason().toStdString();
    EXPECT_EQ(validationMessages, 0);
}

TEST(ViewportVulkan, DrawsPlansWhereTheSolveWroteThem)
{
    auto made = vulkan::Device::createHeadless(false);
    ASSERT_TRUE(made) << made.error().line();
    const std::shared_ptr<const vulkan::Device> maker = std::move(*made);
    const auto memory = test::ExportedMemory::create(maker, 64);
    if (!memory)
        GTEST_SKIP() << memory.error().line();
    const auto makeQueue = [maker, id = (*memory)->device()](int) -> Result<std::unique_ptr<warp::Queue>> {
        return std::make_unique<test::ExportingQueue>(maker, id);
    };
    SampleWorkspace workspace(
        {{QStringLiteral("fake"), QStringLiteral("Fake"),
          std::shared_ptr<SolverBackend>(warp::makeWarpBackend("fake", "Fake", {makeQueue}, [](const std::string &) {}))}});
    workspace.setView(MatrixView::Plan);
    Viewport viewport(workspace);
    viewport.resize(900, 600);
    viewport.show();
    ASSERT_TRUE(waitFor([&] { return !viewport.grabImage().isNull(); }, 30000));
    ASSERT_TRUE(viewport.fallbackReason().isEmpty()) << viewport.fallbackReason().toStdString();
    workspace.finish();
    const auto plan = workspace.shownSnapshot()->plan.onDevice();
    ASSERT_TRUE(plan) << "the window has said where it draws";

    Viewport painted(workspace, true); // reads it over the host
    painted.resize(900, 600);
    painted.show();
    painted.grabImage(); // takes its size
    const auto zoomedIn = [](Viewport &each) { // to entries from tiles
        each.zoomBy(8);
        QImage seen;
        const bool landed = waitFor([&] {
            waitFor([] { return false; }, 100);
            const QImage before = std::exchange(seen, each.grabImage());
            return seen == before;
        });
        EXPECT_TRUE(landed);
        return seen;
    };
    const QImage drawn = zoomedIn(viewport);
    const QImage expected = zoomedIn(painted);
    EXPECT_TRUE(drawn.save(QStringLiteral(NMS_TEST_OUTPUT "/vulkan_viewport_shared.png")));
    ASSERT_EQ(drawn.size(), expected.size());
    const QRect lower(0, 200, 900, 400);
    EXPECT_LT(shareOfDifferentPixels(drawn.copy(lower), expected.copy(lower)), 0.01);
    EXPECT_EQ(dynamic_cast<const test::ExportedMemory &>(*plan->memory()).handlesOpened(), 1);

    workspace.setView(MatrixView::Error); // reckons with the plan's values
    viewport.grabImage();
    workspace.finish();
    EXPECT_FALSE(workspace.shownSnapshot()->plan.onDevice());
    EXPECT_EQ(validationMessages, 0);
}

TEST(ViewportVulkan, LosingTheDeviceEndsInThePainter)
{
    SampleWorkspace workspace;
    Viewport viewport(workspace);
    viewport.resize(600, 400);
    viewport.show();
    ASSERT_TRUE(waitFor([&] { return !viewport.grabImage().isNull(); }, 30000));
    VulkanViewport *window = nullptr;
    for (QWindow *each : QGuiApplication::allWindows())
        if (auto *vulkan = qobject_cast<VulkanViewport *>(each))
            window = vulkan;
    ASSERT_TRUE(window);
    workspace.selectTile(3);
    window->fail(QStringLiteral("the device is gone"));
    ASSERT_TRUE(waitFor([&] { return viewport.deviceName() == "painted"; }, 5000));
    EXPECT_EQ(viewport.fallbackReason(), "the device is gone");
    EXPECT_EQ(viewport.grabImage().size(), QSize(600, 400));
    const QImage before = viewport.grabImage();
    viewport.goToTile(3); // still works
    EXPECT_TRUE(waitFor([&] { return viewport.grabImage() != before; }));
    EXPECT_EQ(validationMessages, 0);
}

} // namespace
} // namespace nms

int main(int argc, char **argv)
{
    qputenv("NMS_VALIDATION", "1");
    testing::InitGoogleTest(&argc, argv);
    QApplication application(argc, argv);
    qInstallMessageHandler(nms::countMessages);
    return RUN_ALL_TESTS();
}
