// SPDX-License-Identifier: Apache-2.0
// How much of a large plan a run captures for the viewport.
#include "tests/ui/npy_support.h"
#include "tests/ui/viewport_support.h"
#include "ui/viewport/viewport_controller.h"

#include <QTemporaryDir>

#include <gtest/gtest.h>

namespace nms {
namespace {

class WatchedRegionTest : public testing::Test
{
protected:
    WatchedRegionTest()
    {
        controller.setFlying(false);
        controller.resize(600, 500, 1);
        workspace.openFile(writeNpy(folder.filePath(QStringLiteral("w.npy")), 1040, 1072, 1, false)); // more than 2²⁰
        const bool loaded = waitFor([this] { return workspace.tensor() && !workspace.isLoading(); });
        if (!loaded)
            throw std::runtime_error("the tensor did not load");
        SolveOptions options = workspace.options();
        options.pattern = {8, 16};
        options.method = Method::Dykstra;
        options.iterations = 100000;
        workspace.setOptions(options);
        workspace.setView(MatrixView::Plan);
        workspace.setPace(200);
        controller.advance();
    }
    /// As a window does, until a picture of this region has come.
    bool waitForRegion(const TileRegion &region)
    {
        return waitFor([&] {
            controller.advance();
            const auto snapshot = workspace.shownSnapshot();
            return snapshot && snapshot->region == region;
        });
    }
    static TileRegion tile(std::int64_t row, std::int64_t col) { return {row, col, row + 1, col + 1}; }

    QTemporaryDir folder;
    Workspace workspace{cpuOnly()};
    ViewportController controller{workspace};
};

TEST_F(WatchedRegionTest, OneTileWhileOnlyFiguresOfTilesAreDrawn)
{
    const TileGrid grid = workspace.grid();
    workspace.run();
    workspace.selectTile(grid.index(5, 40));
    EXPECT_TRUE(waitForRegion(tile(5, 40)));
    EXPECT_TRUE(controller.scene().tileMap.isThere()); // the picture is that of the tiles
    EXPECT_TRUE(controller.overlayView().inspector);

    workspace.selectTile(std::nullopt);
    controller.pointerMoved(controller.scene().camera.pixelOf({16 * 60 + 3., 16 * 2 + 8.}));
    EXPECT_TRUE(waitForRegion(tile(60, 2))); // the readout shows an entry of it
    EXPECT_TRUE(controller.overlayView().readout->plan);

    workspace.pause();
    EXPECT_TRUE(waitForRegion(TileRegion::all(grid)));
    workspace.run();
    EXPECT_TRUE(waitForRegion(tile(60, 2)));
}

TEST_F(WatchedRegionTest, EntriesThatAreDrawnOrCounted)
{
    workspace.run();
    controller.setCameraPlace({{500, 500}, 4});
    EXPECT_TRUE(waitFor([&] {
        controller.advance();
        const auto snapshot = workspace.shownSnapshot();
        return snapshot && snapshot->plan.rows() > 500 / 4 && snapshot->plan.cols() > 600 / 4;
    }));
    controller.fitAll();
    const TileGrid grid = workspace.grid();
    EXPECT_TRUE(waitFor([&] {
        controller.advance();
        return workspace.shownSnapshot()->region.tileRows() == 1;
    }));
    const Camera camera = controller.scene().camera;
    controller.pointerPressed(camera.pixelOf({10, 10}), PointerButton::Left, true);
    controller.pointerMoved(camera.pixelOf({300, 300}));
    controller.pointerReleased(camera.pixelOf({300, 300}), PointerButton::Left);
    EXPECT_TRUE(waitFor([&] {
        controller.advance();
        return workspace.shownSnapshot()->region.tileRows() * grid.m >= 300;
    }));
}

} // namespace
} // namespace nms
