// SPDX-License-Identifier: Apache-2.0
// What the viewport tells of a region and of tiles far out, against the same reckoned plainly.
#include "tests/ui/viewport_support.h"
#include "ui/viewport/viewport_controller.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace nms {
namespace {

class ViewportRegionTest : public testing::Test
{
protected:
    ViewportRegionTest()
    {
        controller.resize(1000, 660, 1);
        controller.advance();
    }
    /// From the middle of one cell to the middle of another, with Shift.
    void draw(std::int64_t row0, std::int64_t col0, std::int64_t row1, std::int64_t col1)
    {
        const Camera camera = controller.scene().camera;
        const PixelPoint from = camera.pixelOf({double(row0) + 0.5, double(col0) + 0.5});
        const PixelPoint to = camera.pixelOf({double(row1) + 0.5, double(col1) + 0.5});
        controller.pointerMoved(from);
        controller.pointerPressed(from, PointerButton::Left, true);
        controller.pointerMoved({(from.x + to.x) / 2, (from.y + to.y) / 2});
        controller.pointerMoved(to);
        controller.pointerReleased(to, PointerButton::Left);
    }
    std::map<std::string, std::string> figures()
    {
        std::map<std::string, std::string> result;
        const bool known = waitFor([&] {
            const auto view = controller.overlayView();
            return view.region && !view.region->figures.empty();
        });
        const overlay::OverlayView view = controller.overlayView();
        if (known)
            for (const auto &[name, value] : view.region->figures)
                result[name] = value;
        return result;
    }
    const Matrix<float> &weights() const { return *workspace.tensor()->weights; }

    SampleWorkspace workspace;
    ViewportController controller{workspace};
};

TEST_F(ViewportRegionTest, FiguresAreThoseOfTheCells)
{
    const CellPoint middle = controller.scene().camera.center;
    draw(37, 101, 90, 60); // upwards or downwards, leftwards or rightwards: all the same
    const auto region = controller.copiedRegion();
    ASSERT_TRUE(region);
    EXPECT_EQ(*region, (CellRegion{37, 60, 91, 102}));
    EXPECT_EQ(controller.scene().camera.center.row, middle.row) << "drawing does not pan";
    EXPECT_FALSE(workspace.selectedTile()) << "and selects nothing";
    double sum = 0, magnitude = 0;
    for (std::int64_t row = 37; row < 91; ++row)
        for (std::int64_t col = 60; col < 102; ++col) {
            sum += double(weights()(row, col));
            magnitude += std::abs(double(weights()(row, col)));
        }
    auto told = figures();
    EXPECT_EQ(told["entries"], "2 268");
    EXPECT_NEAR(std::stod(told["sum of W"]), sum, 1e-4 * std::abs(sum) + 1e-6);
    EXPECT_NEAR(std::stod(told["mean of W"]), sum / 2268, 1e-3 * std::abs(sum / 2268) + 1e-9);
    EXPECT_NEAR(std::stod(told["sum of A"]), magnitude, 1e-4 * magnitude);
    EXPECT_FALSE(told.contains("kept of A")) << "nothing has run";

    workspace.finish();
    ASSERT_TRUE(waitFor([&] { return figures().contains("kept of A"); }));
    told = figures();
    double keptEntries = 0, keptMagnitude = 0;
    for (std::int64_t row = 37; row < 91; ++row)
        for (std::int64_t col = 60; col < 102; ++col)
            if (workspace.solution()->mask.at(row, col)) {
                ++keptEntries;
                keptMagnitude += std::abs(double(weights()(row, col)));
            }
    EXPECT_EQ(std::stod(told["kept entries"]), keptEntries);
    EXPECT_NEAR(std::stod(told["kept of A"]), 100 * keptMagnitude / magnitude, 0.006);
    double bound = 0, objective = 0;
    int tiles = 0;
    for (std::int64_t row = 37 / 16; row <= 90 / 16; ++row)
        for (std::int64_t col = 60 / 16; col <= 101 / 16; ++col, ++tiles) {
            const TileResult &tile = workspace.solution()->tiles[std::size_t(workspace.grid().index(row, col))];
            bound += tile.upperBound;
            objective += tile.objective;
        }
    const std::string gap = told["mask gap of its tiles"];
    EXPECT_NEAR(std::stod(gap), 100 * (bound - objective) / bound, 0.06 * (100 * (bound - objective) / bound) + 1e-4) << gap;
    EXPECT_NE(gap.find("(" + std::to_string(tiles) + " tiles)"), std::string::npos) << gap;
}

TEST_F(ViewportRegionTest, EscapeDropsTheRegionBeforeTheSelection)
{
    workspace.selectTile(5);
    draw(3, 3, 3, 3);
    ASSERT_TRUE(controller.copiedRegion());
    EXPECT_EQ(controller.copiedRegion()->count(), 1);
    controller.keyPressed(Qt::Key_Escape);
    ASSERT_TRUE(controller.copiedRegion());
    EXPECT_EQ(*controller.copiedRegion(), (CellRegion{0, 80, 16, 96})) << "the selected tile now";
    controller.keyPressed(Qt::Key_Escape);
    EXPECT_FALSE(controller.copiedRegion());
    draw(-30, -30, -20, -20); // beside the matrix
    EXPECT_FALSE(controller.copiedRegion());
    EXPECT_TRUE(controller.copiedText().isEmpty());
}

TEST_F(ViewportRegionTest, CopiedValuesReadBackBitByBit)
{
    draw(7, 11, 19, 30);
    const auto check = [&](const std::function<float(std::int64_t, std::int64_t)> &expected) {
        const QStringList lines = controller.copiedText().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
        ASSERT_EQ(lines.size(), 13);
        for (int i = 0; i < 13; ++i) {
            const QStringList cells = lines[i].split(QLatin1Char('\t'));
            ASSERT_EQ(cells.size(), 20);
            for (int j = 0; j < 20; ++j)
                EXPECT_EQ(cells[j].toFloat(), expected(7 + i, 11 + j));
        }
    };
    check([&](std::int64_t row, std::int64_t col) { return weights()(row, col); });
    workspace.setView(MatrixView::Score);
    check([&](std::int64_t row, std::int64_t col) { return std::abs(weights()(row, col)); });
    workspace.setView(MatrixView::Mask);
    EXPECT_TRUE(controller.copiedText().isEmpty()) << "no mask yet";
    workspace.finish();
    check([&](std::int64_t row, std::int64_t col) { return workspace.solution()->mask.at(row, col) ? 1.F : 0.F; });
    workspace.setView(MatrixView::Error);
    check([&](std::int64_t row, std::int64_t col) {
        return workspace.solution()->mask.at(row, col) ? 0.F : std::abs(weights()(row, col));
    });
}

TEST_F(ViewportRegionTest, WeightsAreTheMeansOfTilesFarOut)
{
    EXPECT_FALSE(controller.overlayView().legend->title.starts_with("mean")) << "entries at more than a pixel each";
    controller.zoomAt({500, 330}, 0.4 / controller.scene().camera.pixelsPerCell);
    controller.advance();
    const HeatmapScene scene = controller.scene();
    ASSERT_TRUE(scene.tileMap.values);
    ASSERT_EQ(scene.tileMap.values->rows(), 24);
    double sum = 0;
    for (std::int64_t row = 32; row < 48; ++row)
        for (std::int64_t col = 80; col < 96; ++col)
            sum += std::abs(double(weights()(row, col)));
    EXPECT_NEAR((*scene.tileMap.values)(2, 5), sum / 256, 1e-6);
    const auto legend = controller.overlayView().legend;
    EXPECT_EQ(legend->title, "mean |W| by tile");
    EXPECT_LT(legend->scale.low, legend->scale.high);
    EXPECT_GT(legend->scale.low, 0) << "from the smallest mean, not from nothing: one flat colour would be seen";
    // The picture has many colours, as many tiles differ.
    std::set<std::uint32_t> colors;
    for (const Rgba8 &pixel : paintHeatmap(scene).pixels)
        colors.insert(std::uint32_t(pixel.r) << 16 | std::uint32_t(pixel.g) << 8 | pixel.b);
    EXPECT_GT(colors.size(), 100U);
    // A range of its own.
    controller.setLegendRange(ValueScale{0.01F, 0.02F, false});
    EXPECT_EQ(controller.scene().tileScale, (ValueScale{0.01F, 0.02F, false}));
    EXPECT_EQ(controller.overlayView().legend->rangeNote, "set by hand");
    controller.setLegendRange(std::nullopt);
    EXPECT_EQ(controller.scene().tileScale, scene.tileScale);
}

TEST_F(ViewportRegionTest, WhatAllTilesShareIsSaidInWords)
{
    SolveOptions options = workspace.options();
    options.method = Method::Exact;
    workspace.setOptions(options);
    workspace.finish();
    workspace.setView(MatrixView::Mask);
    controller.zoomAt({500, 330}, 1.3 / controller.scene().camera.pixelsPerCell);
    controller.advance();
    auto legend = controller.overlayView().legend;
    ASSERT_TRUE(legend);
    EXPECT_TRUE(legend->flat.empty()) << "a figure in which tiles differ is chosen";
    EXPECT_NE(legend->figure, TileFigure::MaskGap);
    overlay::OverlayCommands commands;
    commands.legend.figure = TileFigure::MaskGap; // asked for: proven optimal, every gap is 0
    controller.apply(commands);
    controller.advance();
    legend = controller.overlayView().legend;
    EXPECT_EQ(legend->flat, "all tiles: 0 %");
    EXPECT_EQ(controller.overlayView().hint, "mask gap, all tiles: 0 %");
    EXPECT_FALSE(controller.scene().tileMap.isThere()) << "no picture of one colour";
}

TEST_F(ViewportRegionTest, AFittedMatrixMakesRoomForTheInspector)
{
    controller.resize(1500, 620, 1);
    controller.fitAll();
    ASSERT_TRUE(waitFor([this] { return !controller.advance(); }));
    const double scale = controller.scene().camera.pixelsPerCell;
    workspace.selectTile(3);
    ASSERT_TRUE(waitFor([this] { return !controller.advance(); }));
    const Camera camera = controller.scene().camera;
    EXPECT_NEAR(camera.pixelsPerCell, scale, 1e-9) << "not at the cost of its size";
    const double end = camera.pixelOf({0, 384}).x;
    EXPECT_LE(end, 1500 - 312);
    EXPECT_NEAR(double(*controller.overlayView().matrixRightEdge), end, 1);
    controller.keyPressed(Qt::Key_I); // closes it
    ASSERT_TRUE(waitFor([this] { return !controller.advance(); }));
    EXPECT_GT(controller.scene().camera.pixelOf({0, 384}).x, end) << "in the middle again";
}

TEST_F(ViewportRegionTest, APictureShowsTheCellsThatAreSeen)
{
    controller.zoomAt({500, 330}, 20 / controller.scene().camera.pixelsPerCell);
    controller.advance();
    const CellRect seen = controller.scene().camera.visible();
    const ViewPicture picture = controller.picture(3001, 2003);
    ASSERT_FALSE(picture.heatmap.isNull());
    const CellRect shown = picture.camera.visible();
    const double cell = 1.5 / picture.camera.pixelsPerCell; // rounded to whole pixels
    EXPECT_NEAR(shown.row0, std::max(0., seen.row0), cell);
    EXPECT_NEAR(shown.col1, std::min(384., seen.col1), cell);
    EXPECT_TRUE(picture.heatmap.width() == 3001 || picture.heatmap.height() == 2003) << "as large as it fits";
    // The middle of some cells has their colour.
    const auto row0 = std::int64_t(picture.camera.center.row), col0 = std::int64_t(picture.camera.center.col);
    for (const auto &[row, col] : {std::pair(row0, col0), std::pair(row0 + 3, col0 - 5), std::pair(row0 - 7, col0 + 9)}) {
        const PixelPoint at = picture.camera.pixelOf({double(row) + 0.6, double(col) + 0.6});
        const Rgba8 expected = colorOf(weights()(row, col), picture.legend.scale, picture.legend.colors);
        const QColor painted = picture.heatmap.pixelColor(int(at.x), int(at.y));
        EXPECT_NEAR(painted.red(), expected.r, 2);
        EXPECT_NEAR(painted.green(), expected.g, 2);
        EXPECT_NEAR(painted.blue(), expected.b, 2);
    }
    workspace.setView(MatrixView::Mask);
    EXPECT_TRUE(controller.picture(100, 100).heatmap.isNull()) << "there is no mask yet";
}

TEST(Regions, AreClippedToTheMatrix)
{
    EXPECT_EQ(regionBetween({2.9, 3.1}, {0.2, 3.9}, 10, 10), (CellRegion{0, 3, 3, 4}));
    EXPECT_EQ(regionBetween({-5, -5}, {100, 100}, 7, 11), (CellRegion{0, 0, 7, 11}));
    EXPECT_EQ(regionBetween({-5, 1}, {-0.5, 3}, 7, 11), std::nullopt);
    EXPECT_EQ(regionBetween({7.5, 1}, {9, 3}, 7, 11), std::nullopt);
}

} // namespace
} // namespace nms
