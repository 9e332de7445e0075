// SPDX-License-Identifier: Apache-2.0
#include "core/view/camera.h"
#include "core/view/heatmap_plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nms {

namespace {

Camera someCamera()
{
    return {{100, 200}, 3.5, 640, 480};
}

} // namespace

TEST(Camera, PixelsAndCellsAreInverse)
{
    const Camera camera = someCamera();
    for (const PixelPoint pixel : {PixelPoint{0, 0}, {640, 480}, {13.25, 401.5}}) {
        const PixelPoint back = camera.pixelOf(camera.cellAt(pixel));
        EXPECT_NEAR(back.x, pixel.x, 1e-9);
        EXPECT_NEAR(back.y, pixel.y, 1e-9);
    }
    EXPECT_EQ(camera.cellAt({320, 240}), (CellPoint{100, 200}));
    EXPECT_GT(camera.cellAt({320, 241}).row, 100) << "rows grow downwards";
}

TEST(Camera, VisibleIsWhatTheCornersShow)
{
    const Camera camera{{10, 20}, 2, 40, 20};
    const CellRect visible = camera.visible();
    EXPECT_EQ(visible.row0, 5);
    EXPECT_EQ(visible.row1, 15);
    EXPECT_EQ(visible.col0, 10);
    EXPECT_EQ(visible.col1, 30);
}

TEST(Camera, PanFollowsTheHand)
{
    Camera camera = someCamera();
    const CellPoint grabbed = camera.cellAt({50, 60});
    camera.panBy(30, -20);
    const PixelPoint now = camera.pixelOf(grabbed);
    EXPECT_NEAR(now.x, 80, 1e-9);
    EXPECT_NEAR(now.y, 40, 1e-9);
}

TEST(Camera, ZoomKeepsTheCellUnderTheAnchor)
{
    Camera camera = someCamera();
    camera.center = {99'000, 123'456.75};
    const PixelPoint anchor{77, 411};
    const CellPoint held = camera.cellAt(anchor);
    for (const double factor : {1.25, 3.0, 0.01, 1e9, 1e-9, 7.0}) {
        camera.zoomAt(anchor, factor);
        EXPECT_NEAR(camera.pixelOf(held).x, anchor.x, 1e-6) << factor;
        EXPECT_NEAR(camera.pixelOf(held).y, anchor.y, 1e-6) << factor;
        EXPECT_GE(camera.pixelsPerCell, Camera::minPixelsPerCell);
        EXPECT_LE(camera.pixelsPerCell, Camera::maxPixelsPerCell);
    }
    camera.zoomAt(anchor, 1e9);
    EXPECT_EQ(camera.pixelsPerCell, Camera::maxPixelsPerCell);
    camera.zoomAt(anchor, 1e-9);
    EXPECT_EQ(camera.pixelsPerCell, Camera::minPixelsPerCell);
}

TEST(Camera, ZoomByNonsenseDoesNothing)
{
    Camera camera = someCamera();
    for (const double factor :
         {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
        camera.zoomAt({1, 2}, factor);
    EXPECT_EQ(camera, someCamera());
}

TEST(Camera, FitShowsTheWholeRectangle)
{
    Camera camera = someCamera();
    camera.fit({0, 0, 384, 1536}, 10);
    EXPECT_DOUBLE_EQ(camera.pixelsPerCell, 620.0 / 1536);
    EXPECT_EQ(camera.center, (CellPoint{192, 768}));
    EXPECT_NEAR(camera.pixelOf({0, 0}).x, 10, 1e-9);
    EXPECT_NEAR(camera.pixelOf({384, 1536}).x, 630, 1e-9);

    camera.fit({5, 5, 6, 6}, 0);
    EXPECT_EQ(camera.pixelsPerCell, Camera::maxPixelsPerCell);
    camera.fit({0, 0, 1e9, 1e9}, 0);
    EXPECT_EQ(camera.pixelsPerCell, Camera::minPixelsPerCell);
}

TEST(Camera, FitOfNothingKeepsTheScale)
{
    Camera camera = someCamera();
    camera.fit({7, 9, 7, 9}, 4);
    EXPECT_EQ(camera.pixelsPerCell, 3.5);
    EXPECT_EQ(camera.center, (CellPoint{7, 9}));
}

// Every cell of a very wide matrix keeps its exact width, and its line lies where it begins.
TEST(HeatmapPlan, IsCrispFarFromTheOrigin)
{
    HeatmapScene scene;
    scene.rows = 64;
    scene.cols = 10'000'000;
    scene.tileSize = 16;
    scene.field = {std::make_shared<const Matrix<float>>(64, 1024), 0, 9'000'000, 1, 1};
    scene.camera = {{32, 9'000'500.3}, 64, 1280, 64};
    const HeatmapPlan plan = planHeatmap(scene);
    int firstPixelOfCell = -1;
    for (int i = 1; i < 1280; ++i) {
        const AxisPixel &before = plan.columns.pixels[std::size_t(i) - 1];
        const AxisPixel &here = plan.columns.pixels[std::size_t(i)];
        const bool begins = here.fieldFirst != before.fieldFirst;
        EXPECT_EQ((here.marks & AxisPixel::cellLine) != 0, begins) << i;
        if (!begins)
            continue;
        EXPECT_EQ(here.fieldFirst, before.fieldFirst + 1);
        if (firstPixelOfCell >= 0) {
            EXPECT_EQ(i - firstPixelOfCell, 64);
        }
        firstPixelOfCell = i;
    }
    EXPECT_EQ(plan.columns.pixels[640].fieldFirst, 500);
}

TEST(HeatmapPlan, DistancesToTheMatrixAndToOutlines)
{
    HeatmapScene scene;
    scene.rows = scene.cols = 4;
    scene.selection = CellRect{1, 1, 2, 3};
    scene.camera = {{2, 2}, 4, 32, 32}; // the matrix is at pixels 8 … 23, the selection's columns at 12 … 19
    const HeatmapPlan plan = planHeatmap(scene);
    const auto distance = [](const AxisPlan &axis, std::size_t pixel, int shift) {
        return axis.pixels[pixel].marks >> shift & 255;
    };
    EXPECT_EQ(distance(plan.columns, 8, 8), 0u);
    EXPECT_EQ(distance(plan.columns, 23, 8), 0u);
    EXPECT_EQ(distance(plan.columns, 24, 8), 1u);
    EXPECT_EQ(distance(plan.columns, 0, 8), 8u);
    EXPECT_EQ(distance(plan.columns, 11, 16), 1u);
    EXPECT_EQ(distance(plan.columns, 19, 16), 0u);
    EXPECT_EQ(distance(plan.columns, 20, 16), 1u);
    EXPECT_EQ(distance(plan.rows, 16, 16), 1u);
    EXPECT_EQ(distance(plan.columns, 16, 24), AxisPixel::farAway) << "nothing is hovered";
    EXPECT_FALSE(plan.usesField);
    EXPECT_FALSE(plan.usesTiles);
}

// Far out every texel of the field is counted in exactly one pixel.
TEST(HeatmapPlan, AveragingPartitionsTheTexels)
{
    HeatmapScene scene;
    scene.rows = scene.cols = 1000;
    scene.field = {std::make_shared<const Matrix<float>>(1000, 1000), 0, 0, 1, 1};
    scene.camera.width = scene.camera.height = 337;
    for (const double shift : {0.0, 0.37, -3.91}) {
        scene.camera.fit({0, 0, 1000, 1000}, 0);
        scene.camera.panBy(shift, 0);
        const HeatmapPlan plan = planHeatmap(scene);
        ASSERT_EQ(plan.columns.fieldStride, 1);
        std::int32_t next = plan.columns.pixels.front().fieldFirst;
        for (const AxisPixel &pixel : plan.columns.pixels) {
            if ((pixel.samples & 0xffff) == 0)
                continue;
            EXPECT_EQ(pixel.fieldFirst, next);
            next = pixel.fieldFirst + static_cast<std::int32_t>(pixel.samples & 0xffff);
        }
    }
}

// A texel is either a sample wherever it is shown, or never one: panning does not flicker. And the work is bounded.
TEST(HeatmapPlan, SamplesStayAtTheirTexelsWhilePanning)
{
    HeatmapScene scene;
    scene.rows = scene.cols = 16'000;
    scene.field = {std::make_shared<const Matrix<float>>(1, 16'000), 0, 0, 1, 1};
    scene.camera.width = 500;
    scene.camera.height = 1;
    scene.camera.fit({0, 0, 1, 16'000}, 0);
    for (int step = 0; step < 20; ++step) {
        scene.camera.panBy(0.23, 0);
        const HeatmapPlan plan = planHeatmap(scene);
        ASSERT_GT(plan.columns.fieldStride, 1);
        for (const AxisPixel &pixel : plan.columns.pixels) {
            const std::uint32_t count = pixel.samples & 0xffff;
            ASSERT_LE(count, HeatmapPlan::samplesPerAxis + 1u);
            if (count > 1) {
                ASSERT_EQ(pixel.fieldFirst % plan.columns.fieldStride, 0);
            }
        }
    }
}

} // namespace nms
