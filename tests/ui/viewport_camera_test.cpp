// SPDX-License-Identifier: Apache-2.0
// Where the camera goes, what is captured for it, which part of a large matrix it is shown.
#include "ui/models/tile_sums.h"
#include "ui/viewport/camera_motion.h"
#include "ui/viewport/field_part.h"
#include "ui/viewport/tile_figures.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace nms {
namespace {

Camera cameraOver(double row, double col, double pixelsPerCell)
{
    Camera camera;
    camera.width = 1000;
    camera.height = 600;
    camera.center = {row, col};
    camera.pixelsPerCell = pixelsPerCell;
    return camera;
}

TEST(ViewportCamera, FlightEndsWhereItShouldAndZoomsAboutOnePoint)
{
    Camera from = cameraOver(100, 100, 2);
    Camera to = from;
    to.zoomAt({700, 100}, 8);
    const CellPoint still = from.cellAt({700, 100});
    const CameraFlight flight(from, to);
    for (double t = 0; t <= CameraFlight::seconds; t += 0.05) {
        const CellPoint at = flight.at(t).cellAt({700, 100});
        EXPECT_NEAR(at.row, still.row, 1e-6) << t;
        EXPECT_NEAR(at.col, still.col, 1e-6) << t;
    }
    EXPECT_EQ(flight.at(CameraFlight::seconds), to);
    EXPECT_TRUE(flight.finishedAfter(CameraFlight::seconds));
    EXPECT_FALSE(flight.finishedAfter(0.1));
}

TEST(ViewportCamera, FlightWithoutZoomIsAStraightLine)
{
    const CameraFlight flight(cameraOver(0, 0, 4), cameraOver(100, 50, 4));
    const Camera half = flight.at(CameraFlight::seconds / 2);
    EXPECT_NEAR(half.center.row, 50, 1e-9);
    EXPECT_NEAR(half.center.col, 25, 1e-9);
}

TEST(ViewportCamera, TileIsShownBesideWhatPanelsCover)
{
    const TileGrid grid{384, 384, 16};
    const std::int64_t tile = grid.index(12, 9);
    const Camera camera = cameraAtTile(cameraOver(0, 0, 1), grid, tile, {0, 300, 60});
    const CellRect cells = cellsOfTile(grid, tile);
    const PixelPoint topLeft = camera.pixelOf({cells.row0, cells.col0});
    const PixelPoint bottomRight = camera.pixelOf({cells.row1, cells.col1});
    EXPECT_GT(topLeft.x, 0);
    EXPECT_GT(topLeft.y, 0);
    EXPECT_LT(bottomRight.x, 700);
    EXPECT_LT(bottomRight.y, 540);
    EXPECT_NEAR((topLeft.x + bottomRight.x) / 2, 350, 1);
    EXPECT_NEAR((topLeft.y + bottomRight.y) / 2, 270, 1);
}

TEST(ViewportCamera, RaggedTilesAreSmaller)
{
    const TileGrid grid{20, 35, 16};
    EXPECT_EQ(cellsOfTile(grid, 5).row1, 20);
    EXPECT_EQ(cellsOfTile(grid, 5).col1, 35);
    EXPECT_EQ(tileAt(cameraOver(19.5, 34.5, 10), grid, {500, 300}), 5);
    EXPECT_EQ(tileAt(cameraOver(20.5, 34.5, 10), grid, {500, 300}), std::nullopt);
    EXPECT_EQ(tileAt(cameraOver(-0.5, 3, 10), grid, {500, 300}), std::nullopt);
}

TEST(ViewportCamera, SmallMatricesAreWatchedWhole)
{
    const TileGrid grid{384, 1536, 16};
    EXPECT_EQ(regionToWatch(cameraOver(5, 5, 100), grid, std::nullopt), TileRegion::all(grid));
}

TEST(ViewportCamera, LargeMatricesAreWatchedWhereTheyAreSeen)
{
    const TileGrid grid{16384, 16384, 16};
    const Camera camera = cameraOver(8000, 3000, 10); // 60 × 100 cells
    const TileRegion region = regionToWatch(camera, grid, std::nullopt);
    const CellRect seen = camera.visible();
    EXPECT_LE(double(region.tileRow0 * 16), seen.row0);
    EXPECT_GE(double(region.tileRow1 * 16), seen.row1);
    EXPECT_LE(double(region.tileCol0 * 16), seen.col0);
    EXPECT_GE(double(region.tileCol1 * 16), seen.col1);
    EXPECT_LT(region.tileRows() * region.tileCols(), 200);

    const std::int64_t near = grid.index(region.tileRow1 + 20, region.tileCol0);
    EXPECT_GT(regionToWatch(camera, grid, near).tileRow1, grid.rowOf(near));
    const std::int64_t far = grid.index(0, 1000);
    EXPECT_EQ(regionToWatch(camera, grid, far), region); // not at any price

    const TileRegion out = regionToWatch(cameraOver(8000, 8000, 0.05), grid, std::nullopt);
    EXPECT_LE(out.tileRows() * 16, 2048 + 32);
    EXPECT_EQ(out, out.clippedTo(grid));
    EXPECT_FALSE(regionToWatch(cameraOver(16384, 16384, 256), grid, std::nullopt).empty());
}

TEST(ViewportCamera, WhereOnlyTilesAreDrawnOneIsWatched)
{
    const TileGrid grid{2048, 2048, 16};
    const Camera camera = cameraOver(1000, 500, 0.3);
    EXPECT_EQ(regionOfTile(camera, grid, std::nullopt), (TileRegion{62, 31, 63, 32})); // the one in the middle
    EXPECT_EQ(regionOfTile(camera, grid, grid.index(3, 100)), (TileRegion{3, 100, 4, 101}));
    EXPECT_EQ(regionOfTile(camera, grid, grid.count()), (TileRegion{62, 31, 63, 32})); // of another grid
    EXPECT_EQ(regionOfTile(cameraOver(4000, -70, 0.3), grid, std::nullopt), (TileRegion{127, 0, 128, 1}));
    const TileGrid small{384, 1536, 16};
    EXPECT_EQ(regionOfTile(camera, small, 3), TileRegion::all(small));
}

constexpr std::array<std::int64_t, 4> levels{1, 4, 16, 64};

TEST(ViewportFieldPart, SmallMatricesAreTakenWhole)
{
    EXPECT_EQ(chooseFieldPart(4096, 384, cameraOver(0, 0, 0.01), levels, false, {}), (FieldPart{1, 0, 0, 4096, 384}));
}

TEST(ViewportFieldPart, LargeOnesAreCutAndThinned)
{
    const Camera close = cameraOver(20000, 30000, 8);
    const FieldPart part = chooseFieldPart(40000, 60000, close, levels, false, {});
    EXPECT_EQ(part.cellsPerTexel, 1);
    const CellRect seen = close.visible();
    EXPECT_LE(double(part.row0), seen.row0);
    EXPECT_GE(double(part.row1), seen.row1);
    EXPECT_LE(double(part.col0), seen.col0);
    EXPECT_GE(double(part.col1), seen.col1);

    const FieldPart far = chooseFieldPart(40000, 60000, cameraOver(20000, 30000, 0.015), levels, false, {});
    EXPECT_EQ(far.cellsPerTexel, 64); // 0.96 pixels
    for (double scale = 0.004; scale < 200; scale *= 1.7) {
        const Camera camera = cameraOver(20000, 30000, scale);
        const FieldPart any = chooseFieldPart(40000, 60000, camera, levels, false, {});
        EXPECT_LE(any.row1 - any.row0, largestFieldSide) << scale;
        EXPECT_LE(any.col1 - any.col0, largestFieldSide) << scale;
        EXPECT_LE(any.row1, (40000 + any.cellsPerTexel - 1) / any.cellsPerTexel) << scale;
        // No detail is lost that has a pixel of its own, and no more is copied than a few times the pixels.
        EXPECT_TRUE(any.cellsPerTexel == 1 || double(any.cellsPerTexel) * scale < 3) << scale;
        EXPECT_TRUE(any.cellsPerTexel == 64 || any.row1 - any.row0 <= std::max(1024, camera.height * 3 / 2) * 3 / 2)
            << scale;
    }
}

TEST(ViewportFieldPart, OfWhatIsHiddenLittleIsCopied)
{
    constexpr std::array<std::int64_t, 1> entries{1};
    const Camera far = cameraOver(20000, 30000, 0.1);
    const FieldPart shown = chooseFieldPart(40000, 60000, far, entries, false, {});
    EXPECT_EQ(shown.row1 - shown.row0, largestFieldSide);
    const FieldPart hidden = chooseFieldPart(40000, 60000, far, entries, true, {});
    EXPECT_LE(hidden.row1 - hidden.row0, 1024 * 3 / 2);
    EXPECT_EQ(chooseFieldPart(40000, 60000, cameraOver(20000, 30000, 2), entries, true, {}),
              chooseFieldPart(40000, 60000, cameraOver(20000, 30000, 2), entries, false, {}));
}

TEST(ViewportFieldPart, SmallMovesKeepThePart)
{
    const FieldPart part = chooseFieldPart(40000, 60000, cameraOver(20000, 30000, 8), levels, false, {});
    EXPECT_EQ(chooseFieldPart(40000, 60000, cameraOver(20010, 30010, 8), levels, false, part), part);
    EXPECT_NE(chooseFieldPart(40000, 60000, cameraOver(22000, 30010, 8), levels, false, part), part);
}

TEST(ViewportFieldPart, CropsAndMeans)
{
    Matrix<float> values(5, 4);
    for (std::int64_t i = 0; i < values.size(); ++i)
        values.data()[i] = float(i);
    const Matrix<float> part = cropped(values.span(), {1, 1, 2, 3, 4});
    ASSERT_EQ(part.rows(), 2);
    ASSERT_EQ(part.cols(), 2);
    EXPECT_EQ(part(0, 0), 6);
    EXPECT_EQ(part(1, 1), 11);

    values(0, 0) = std::numeric_limits<float>::quiet_NaN();
    const Matrix<float> small = minified(values.span(), 2);
    ASSERT_EQ(small.rows(), 3);
    ASSERT_EQ(small.cols(), 2);
    EXPECT_FLOAT_EQ(small(0, 0), 10.F / 3); // 1, 4, 5
    EXPECT_FLOAT_EQ(small(2, 1), 18.5F); // 18, 19
}

TEST(ViewportTileFigures, ScalesAreRoundAndSteady)
{
    Matrix<float> values(2, 2);
    values(0, 0) = 0.4F;
    values(1, 1) = 0.55F;
    EXPECT_FLOAT_EQ(steadyScale(TileFigure::Undecided, values).high, 0.6F);
    values(1, 1) = 0.52F;
    EXPECT_FLOAT_EQ(steadyScale(TileFigure::Undecided, values).high, 0.6F);
    values(0, 1) = values(1, 0) = 0.31F;
    const ValueScale lost = steadyScale(TileFigure::MaskLost, values);
    EXPECT_FLOAT_EQ(lost.low, 0.3F);
    EXPECT_FLOAT_EQ(lost.high, 0.55F);
    const ValueScale none = steadyScale(TileFigure::PlanGap, Matrix<float>(2, 2));
    EXPECT_GT(none.high, none.low);
}

TEST(ViewportTileFigures, SumsEveryTileRaggedOnesToo)
{
    Matrix<float> score(3, 5);
    for (std::int64_t i = 0; i < score.size(); ++i)
        score.data()[i] = 1;
    EXPECT_EQ(sumTiles(score, {3, 5, 2}), (std::vector<double>{4, 4, 2, 2, 2, 1}));
}

} // namespace
} // namespace nms
