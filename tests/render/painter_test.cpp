// SPDX-License-Identifier: Apache-2.0
// Exact values of single pixels; whole pictures are compared in renderer_test.cpp.
#include "core/view/heatmap_scene.h"
#include "tests/render/scenes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nms {

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

Rgba8 pixelAt(const Image &image, int x, int y)
{
    return image.pixels.at(std::size_t(y) * std::size_t(image.width) + std::size_t(x));
}

// 4 × 4 cells of 4 pixels, 0 … 15 in gray steps of 17.
HeatmapScene grayScene()
{
    Matrix<float> values(4, 4);
    for (int i = 0; i < 16; ++i)
        values(i / 4, i % 4) = float(i);
    HeatmapScene scene = test::sceneOf(std::move(values), 16, 16);
    scene.colors = ColorMapId::Gray;
    scene.scale = {0, 15, false};
    return scene;
}

} // namespace

TEST(Painter, EachCellHasItsValue)
{
    const Image image = paintHeatmap(grayScene());
    ASSERT_EQ(image.width, 16);
    for (int y = 0; y < 16; ++y)
        for (int x = 0; x < 16; ++x) {
            const auto gray = static_cast<std::uint8_t>(17 * (y / 4 * 4 + x / 4));
            EXPECT_EQ(pixelAt(image, x, y), (Rgba8{gray, gray, gray, 255})) << x << " " << y;
        }
}

TEST(Painter, SpecialValues)
{
    Matrix<float> values(1, 4);
    values(0, 0) = nan;
    values(0, 1) = inf;
    values(0, 2) = -inf;
    values(0, 3) = 1;
    HeatmapScene scene = test::sceneOf(std::move(values), 16, 4);
    const Image image = paintHeatmap(scene);
    EXPECT_EQ(pixelAt(image, 1, 1), nanColor);
    EXPECT_EQ(pixelAt(image, 5, 1), positiveInfinityColor);
    EXPECT_EQ(pixelAt(image, 9, 1), negativeInfinityColor);
    EXPECT_EQ(pixelAt(image, 13, 1), colorTable(ColorMapId::Inferno).back());
}

TEST(Painter, MaskTones)
{
    Matrix<float> values(1, 2);
    values(0, 1) = 1;
    HeatmapScene scene = test::sceneOf(std::move(values), 8, 4);
    scene.colors = ColorMapId::MaskTones;
    const Image image = paintHeatmap(scene);
    EXPECT_EQ(pixelAt(image, 1, 1), (Rgba8{0x1b, 0x1e, 0x24, 255}));
    EXPECT_EQ(pixelAt(image, 6, 1), (Rgba8{0x2f, 0x6f, 0xb3, 255}));
}

// Far out one special value among many still shows.
TEST(Painter, MinificationAveragesAndKeepsSpecialValues)
{
    Matrix<float> values(8, 8);
    for (int i = 0; i < 64; ++i)
        values(i / 8, i % 8) = i % 2 ? 1.0f : 0.0f;
    values(5, 6) = nan;
    for (int i = 0; i < 16; ++i)
        values(i / 4, i % 4) = std::numeric_limits<float>::max();
    HeatmapScene scene = test::sceneOf(std::move(values), 2, 2);
    scene.colors = ColorMapId::Gray;
    const Image image = paintHeatmap(scene);
    EXPECT_EQ(pixelAt(image, 1, 0), (Rgba8{128, 128, 128, 255})) << "the mean of as many zeros as ones";
    EXPECT_EQ(pixelAt(image, 1, 1), nanColor);
    EXPECT_EQ(pixelAt(image, 0, 0), (Rgba8{255, 255, 255, 255}));
}

TEST(Painter, OutsideIsBackgroundBehindAFrame)
{
    HeatmapScene scene = grayScene();
    scene.camera.width = scene.camera.height = 24; // 4 pixels more on every side
    const Image image = paintHeatmap(scene);
    EXPECT_EQ(pixelAt(image, 0, 12), scene.theme.background);
    EXPECT_EQ(pixelAt(image, 2, 2), scene.theme.background);
    EXPECT_EQ(pixelAt(image, 3, 12), scene.theme.tileLine);
    EXPECT_EQ(pixelAt(image, 3, 3), scene.theme.tileLine);
    EXPECT_EQ(pixelAt(image, 20, 12), scene.theme.tileLine);
    EXPECT_EQ(pixelAt(image, 4, 4), (Rgba8{0, 0, 0, 255}));
    EXPECT_EQ(pixelAt(image, 19, 19), (Rgba8{255, 255, 255, 255}));
}

TEST(Painter, SelectionAndHoverGoAroundTheirCells)
{
    HeatmapScene scene = grayScene();
    scene.selection = CellRect{2, 2, 4, 4}; // pixels 8 … 15
    const Image selected = paintHeatmap(scene);
    EXPECT_EQ(pixelAt(selected, 8, 8), (Rgba8{170, 170, 170, 255})) << "what is selected stays visible";
    EXPECT_EQ(pixelAt(selected, 7, 9), scene.theme.background) << "a dark line within";
    EXPECT_EQ(pixelAt(selected, 6, 9), scene.theme.accent);
    EXPECT_EQ(pixelAt(selected, 5, 5), scene.theme.accent);
    EXPECT_EQ(pixelAt(selected, 4, 9), scene.theme.background) << "and around it";
    EXPECT_EQ(pixelAt(selected, 3, 9), (Rgba8{17 * 8, 17 * 8, 17 * 8, 255}));

    scene.selection.reset();
    scene.hovered = CellRect{2, 2, 3, 3}; // pixels 8 … 11
    const Image hovered = paintHeatmap(scene);
    EXPECT_EQ(pixelAt(hovered, 8, 8), (Rgba8{170, 170, 170, 255}));
    EXPECT_EQ(pixelAt(hovered, 7, 9), scene.theme.text);
    EXPECT_EQ(pixelAt(hovered, 12, 12), scene.theme.text);
    EXPECT_EQ(pixelAt(hovered, 6, 9), scene.theme.background);
}

TEST(Painter, HoverOfACellBelowAPixelIsSeen)
{
    HeatmapScene scene = test::sceneOf(Matrix<float>(64, 64), 16, 16);
    scene.hovered = CellRect{33, 33, 34, 34};
    const Image image = paintHeatmap(scene);
    int outline = 0;
    for (const Rgba8 pixel : image.pixels)
        outline += pixel == scene.theme.text;
    EXPECT_EQ(outline, 8);
}

TEST(Painter, LinesBetweenCellsAndTiles)
{
    HeatmapScene scene = test::sceneOf(Matrix<float>(8, 8), 96, 96); // 12 pixels a cell
    scene.colors = ColorMapId::Gray;
    scene.scale = {-1, 0, false}; // all white
    scene.tileSize = 4;
    const Rgba8 white{255, 255, 255, 255};
    const Image image = paintHeatmap(scene);
    EXPECT_EQ(pixelAt(image, 6, 6), white);
    EXPECT_EQ(pixelAt(image, 11, 6), white);
    EXPECT_LT(pixelAt(image, 12, 6).r, 220) << "the first pixel of a cell is its gap";
    EXPECT_EQ(pixelAt(image, 13, 6), white);
    EXPECT_EQ(pixelAt(image, 46, 6), white);
    EXPECT_EQ(pixelAt(image, 47, 6), scene.theme.tileLine) << "a tile border has a pixel on either side";
    EXPECT_EQ(pixelAt(image, 48, 6), scene.theme.tileLine);
    EXPECT_EQ(pixelAt(image, 49, 6), white);
    scene.cellLines = false;
    EXPECT_EQ(pixelAt(paintHeatmap(scene), 12, 6), white);
    scene.tileSize = 0;
    EXPECT_EQ(pixelAt(paintHeatmap(scene), 48, 6), white);
}

TEST(Painter, TileMapFarOutFieldNearBy)
{
    Matrix<float> ones(64, 64);
    std::fill_n(ones.data(), ones.size(), 1.0f);
    HeatmapScene scene = test::sceneOf(std::move(ones), 64, 64);
    scene.colors = scene.tileColors = ColorMapId::Gray;
    scene.tileSize = 4;
    scene.tileMap = test::fieldOf(Matrix<float>(16, 16), 4); // zeros
    scene.tileScale = {-1, 1, false}; // shown as mid gray
    EXPECT_EQ(pixelAt(paintHeatmap(scene), 30, 30), (Rgba8{128, 128, 128, 255})) << "1 pixel a cell: the tile map";
    // Between them either is dimmed, and no pixel has colours of both.
    const auto dimmed = [&](double value, double ground) {
        return value + ground * (scene.theme.background.r - value);
    };
    scene.camera.pixelsPerCell = 2.5;
    EXPECT_NEAR(pixelAt(paintHeatmap(scene), 30, 30).r, dimmed(128, 0.3), 1) << "the tile map, half dimmed";
    scene.camera.pixelsPerCell = std::nextafter(3., 0.);
    EXPECT_NEAR(pixelAt(paintHeatmap(scene), 30, 30).r, dimmed(128, 0.6), 1) << "the tile map to the last";
    scene.camera.pixelsPerCell = 3;
    EXPECT_NEAR(pixelAt(paintHeatmap(scene), 30, 30).r, dimmed(255, 0.6), 1) << "the field from here on";
    scene.camera.pixelsPerCell = 3.5;
    EXPECT_NEAR(pixelAt(paintHeatmap(scene), 30, 30).r, dimmed(255, 0.3), 1);
    scene.camera.pixelsPerCell = 4;
    EXPECT_EQ(pixelAt(paintHeatmap(scene), 30, 30), (Rgba8{255, 255, 255, 255})) << "the field";
    scene.field.values.reset();
    EXPECT_EQ(pixelAt(paintHeatmap(scene), 30, 30), (Rgba8{128, 128, 128, 255})) << "no field: the tile map at every scale";
    scene.tileMap.values.reset();
    EXPECT_EQ(pixelAt(paintHeatmap(scene), 30, 30), scene.theme.background) << "nothing known yet";
}

TEST(Painter, RegionsAndCoarseTexels)
{
    HeatmapScene scene = grayScene(); // 16 pixels, 4 a cell
    Matrix<float> values(1, 2);
    values(0, 1) = 15;
    scene.field = test::fieldOf(std::move(values), 2, 2, 0); // rows 2 and 3: 2 × 2 cells a texel
    const Image image = paintHeatmap(scene);
    EXPECT_EQ(pixelAt(image, 8, 7), scene.theme.background) << "not covered";
    EXPECT_EQ(pixelAt(image, 7, 8), (Rgba8{0, 0, 0, 255}));
    EXPECT_EQ(pixelAt(image, 8, 8), (Rgba8{255, 255, 255, 255}));
    EXPECT_EQ(pixelAt(image, 15, 15), (Rgba8{255, 255, 255, 255}));
}

TEST(Painter, NothingToShow)
{
    HeatmapScene scene;
    scene.camera.width = 0;
    EXPECT_TRUE(paintHeatmap(scene).pixels.empty());
    scene.camera.width = scene.camera.height = 3;
    for (const Rgba8 pixel : paintHeatmap(scene).pixels)
        EXPECT_EQ(pixel, scene.theme.background);
}

} // namespace nms
