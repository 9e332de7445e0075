// SPDX-License-Identifier: Apache-2.0
// What the viewport shows of a large tensor while it is read, and how the tensor takes its place.
#include "tests/ui/large_npy.h"
#include "tests/ui/viewport_support.h"
#include "ui/viewport/viewport_controller.h"

#include <QTemporaryDir>

#include <gtest/gtest.h>

namespace nms {
namespace {

class ViewportPreviewTest : public testing::Test
{
protected:
    ViewportPreviewTest()
    {
        controller.setFlying(false);
        controller.resize(1000, 660, 1);
        controller.advance();
    }
    /// Opens a large tensor and calls `then` while there is only a preview of it.
    void open(const std::function<void()> &then)
    {
        QObject::connect(&workspace, &Workspace::previewChanged, &workspace, [this, then] {
            if (workspace.preview() && !wasPreviewed) {
                wasPreviewed = true;
                controller.advance();
                then();
            }
        });
        workspace.openFile(writeLargeNpy(folder.path()));
    }
    bool waitForLarge()
    {
        const bool loaded = waitFor([&] { return workspace.tensor()->info.rows() == largeRows && !workspace.isLoading(); });
        controller.advance();
        return loaded;
    }

    QTemporaryDir folder;
    bool wasPreviewed = false;
    SampleWorkspace workspace;
    ViewportController controller{workspace};
};

TEST_F(ViewportPreviewTest, SaysThatItIsAPreviewAndShowsNoOtherNumbers)
{
    open([&] {
        const std::string rows = std::to_string(workspace.preview()->sample.rowsPerTexel) + " of " +
            std::to_string(workspace.preview()->sample.cellsPerTexel) + " rows";
        controller.pointerMoved({500, 300});
        controller.advance();
        const overlay::OverlayView view = controller.overlayView();
        EXPECT_NE(view.banner.find("large"), std::string::npos) << view.banner;
        EXPECT_NE(view.banner.find(rows), std::string::npos) << view.banner;
        ASSERT_TRUE(view.legend);
        EXPECT_NE(view.legend->title.find("preview"), std::string::npos);
        EXPECT_EQ(view.legend->rangeNote, rows);
        EXPECT_TRUE(view.legend->histogram.empty());
        EXPECT_FALSE(view.legend->adjustable);
        EXPECT_FALSE(view.readout);
        EXPECT_FALSE(view.inspector);
        EXPECT_FALSE(view.timeline);
        EXPECT_FALSE(view.cellValues);
        EXPECT_FALSE(controller.legendRange().isThere);
        EXPECT_TRUE(controller.picture(100, 100).heatmap.isNull());

        const HeatmapScene scene = controller.scene();
        EXPECT_EQ(scene.rows, largeRows);
        EXPECT_EQ(scene.cols, largeCols);
        ASSERT_TRUE(scene.field.values);
        EXPECT_EQ(scene.field.values.get(), &workspace.preview()->sample.magnitude);
        EXPECT_FALSE(scene.tileMap.values);
    });
    ASSERT_TRUE(waitForLarge());
    EXPECT_TRUE(wasPreviewed);
    const overlay::OverlayView view = controller.overlayView();
    EXPECT_EQ(view.banner, "");
    EXPECT_EQ(view.legend->title, "mean |W| by tile");
    EXPECT_FALSE(view.legend->histogram.empty());
}

TEST_F(ViewportPreviewTest, NothingOfTheOpenTensorIsSelected)
{
    workspace.selectTile(7);
    open([&] {
        const HeatmapScene scene = controller.scene();
        EXPECT_FALSE(scene.selection);
        const PixelPoint at = scene.camera.pixelOf({100, 100});
        controller.pointerMoved(at);
        controller.pointerPressed(at, PointerButton::Left);
        controller.pointerReleased(at, PointerButton::Left);
        controller.doubleClicked(at);
        controller.keyPressed(Qt::Key_Right);
        EXPECT_EQ(workspace.selectedTile(), 7);
    });
    ASSERT_TRUE(waitForLarge());
    EXPECT_TRUE(wasPreviewed);
}

TEST_F(ViewportPreviewTest, TheTensorTakesItsPlaceWhereTheUserHasZoomedTo)
{
    Camera camera;
    open([&] {
        controller.zoomAt({300, 200}, 8);
        camera = controller.scene().camera;
        EXPECT_GT(camera.center.row, 0);
    });
    ASSERT_TRUE(waitForLarge());
    EXPECT_TRUE(wasPreviewed);
    EXPECT_EQ(controller.scene().camera, camera);
}

TEST_F(ViewportPreviewTest, TheWholeTensorTakesThePlaceOfTheWholePreview)
{
    Camera camera;
    open([&] { camera = controller.scene().camera; });
    ASSERT_TRUE(waitForLarge());
    EXPECT_EQ(controller.scene().camera, camera);
    EXPECT_FALSE(controller.cameraPlace());
}

TEST_F(ViewportPreviewTest, AfterCancellingTheOpenTensorIsShownAsBefore)
{
    controller.zoomAt({300, 200}, 8);
    controller.advance();
    const HeatmapScene before = controller.scene();
    open([&] {
        controller.zoomAt({400, 300}, 0.5);
        EXPECT_NE(controller.scene().camera, before.camera);
        workspace.cancelLoading();
        controller.advance();
        EXPECT_EQ(controller.scene().camera, before.camera);
        EXPECT_EQ(controller.scene().field.values, before.field.values);
        EXPECT_EQ(controller.scene().rows, 384);
        EXPECT_EQ(controller.overlayView().banner, "");
        EXPECT_TRUE(controller.overlayView().timeline);
    });
    ASSERT_TRUE(waitFor([&] { return wasPreviewed && !workspace.isLoading(); }));
}

TEST_F(ViewportPreviewTest, ViewsOfARunWaitForTheTensor)
{
    open([&] {
        for (const MatrixView view : {MatrixView::Plan, MatrixView::Mask, MatrixView::Error}) {
            workspace.setView(view);
            controller.advance();
            EXPECT_FALSE(controller.scene().field.isThere());
            EXPECT_FALSE(controller.scene().tileMap.isThere());
            EXPECT_EQ(controller.overlayView().hint, "Reading …");
            EXPECT_FALSE(controller.overlayView().legend);
        }
        workspace.setView(MatrixView::Score);
        controller.advance();
        EXPECT_TRUE(controller.scene().field.isThere());
    });
    ASSERT_TRUE(waitForLarge());
    EXPECT_TRUE(wasPreviewed);
}

} // namespace
} // namespace nms
