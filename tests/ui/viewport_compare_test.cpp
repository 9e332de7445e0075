// SPDX-License-Identifier: Apache-2.0
// Two masks in the viewport, without a window: what is drawn where, and the bar between them.
#include "tests/ui/viewport_support.h"
#include "ui/models/mask_comparison.h"
#include "ui/overlay/software_renderer.h"
#include "ui/viewport/painted_viewport.h"
#include "ui/viewport/viewport_controller.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nms {
namespace {

using Mode = MaskComparison::Mode;

class ViewportCompareTest : public testing::Test
{
protected:
    ViewportCompareTest()
    {
        SolveOptions greedy = workspace.options();
        greedy.method = Method::Greedy;
        workspace.setOptions(greedy);
        workspace.finish();
        comparison.compareWithOptimum();
        if (!waitFor([this] { return comparison.difference() != nullptr; }))
            throw std::runtime_error("no difference");
        controller.resize(1000, 660, 1);
        settle();
    }
    void settle()
    {
        EXPECT_TRUE(waitFor([this] { return !controller.advance(); }, 5000));
    }
    void show(Mode mode)
    {
        comparison.setMode(mode);
        settle();
    }
    const Mask &a() const { return comparison.a().solution->mask; }
    const Mask &b() const { return comparison.b().solution->mask; }
    void expectMask(const HeatmapScene &scene, const Mask &mask)
    {
        ASSERT_TRUE(scene.field.values);
        ASSERT_EQ(scene.field.cellsPerTexel, 1);
        for (std::int64_t row = 0; row < scene.field.texelRows(); ++row)
            for (std::int64_t col = 0; col < scene.field.texelCols(); ++col)
                ASSERT_EQ((*scene.field.values)(row, col) > 0.5F, mask.at(scene.field.row0 + row, scene.field.col0 + col));
    }

    SampleWorkspace workspace;
    MaskComparison &comparison = MaskComparison::of(workspace);
    ViewportController controller{workspace};
};

TEST_F(ViewportCompareTest, TheDifferenceIsTheScoreOfWhatOnlyOneKeeps)
{
    show(Mode::Difference);
    const HeatmapScene scene = controller.scene();
    EXPECT_FALSE(controller.secondScene());
    EXPECT_EQ(scene.colors, ColorMapId::Diverging);
    EXPECT_EQ(scene.tileColors, ColorMapId::Diverging);
    EXPECT_EQ(scene.scale.low, -scene.scale.high);
    const Matrix<float> &score = *workspace.tensor()->score;
    std::int64_t differing = 0;
    for (std::int64_t row = 0; row < scene.rows; ++row)
        for (std::int64_t col = 0; col < scene.cols; ++col) {
            const float wanted = score(row, col) * float(int(a().at(row, col)) - int(b().at(row, col)));
            ASSERT_EQ((*scene.field.values)(row, col), wanted);
            differing += wanted != 0;
        }
    EXPECT_EQ(differing, comparison.difference()->total.entries());
    ASSERT_TRUE(scene.tileMap.values);
    for (std::int64_t tile = 0; tile < scene.tileMap.values->size(); ++tile)
        ASSERT_FLOAT_EQ(scene.tileMap.values->data()[tile], float(comparison.difference()->tiles[std::size_t(tile)].gain()));
    const auto view = controller.overlayView();
    EXPECT_TRUE(view.hint.empty());
    ASSERT_TRUE(view.compareBar);
    EXPECT_FALSE(view.compareBar->bar);
}

TEST_F(ViewportCompareTest, SideBySideBothHalvesShowTheSamePlace)
{
    show(Mode::SideBySide);
    const HeatmapScene left = controller.scene();
    const auto right = controller.secondScene();
    ASSERT_TRUE(right);
    EXPECT_EQ(right->firstColumn, 500);
    expectMask(left, a());
    expectMask(right->scene, b());
    EXPECT_EQ(left.scale, right->scene.scale);
    EXPECT_EQ(left.tileScale, right->scene.tileScale);
    for (const CellPoint cell : {CellPoint{0, 0}, {200, 100}, {384, 384}}) {
        const PixelPoint x = left.camera.pixelOf(cell), y = right->scene.camera.pixelOf(cell);
        EXPECT_NEAR(y.x - x.x, 500, 1e-6);
        EXPECT_NEAR(y.y, x.y, 1e-6);
        EXPECT_GE(x.x, 0);
        EXPECT_LE(x.x, 500) << "the whole matrix is in each half";
    }
    // A click in either half selects the tile that is seen there.
    for (const Camera &camera : {left.camera, right->scene.camera}) {
        workspace.selectTile(std::nullopt);
        const PixelPoint at = camera.pixelOf({5 * 16 + 8, 9 * 16 + 8});
        controller.pointerMoved(at);
        controller.pointerPressed(at, PointerButton::Left);
        controller.pointerReleased(at, PointerButton::Left);
        EXPECT_EQ(workspace.selectedTile(), workspace.grid().index(5, 9));
    }
    // The wheel keeps the cell under the pointer.
    const PixelPoint at = right->scene.camera.pixelOf({100, 300});
    controller.zoomAt(at, 3);
    settle();
    const CellPoint after = controller.secondScene()->scene.camera.cellAt(at);
    EXPECT_NEAR(after.row, 100, 1e-6);
    EXPECT_NEAR(after.col, 300, 1e-6);
}

TEST_F(ViewportCompareTest, TheBarIsDragged)
{
    show(Mode::Split);
    EXPECT_EQ(controller.secondScene()->firstColumn, 500);
    EXPECT_EQ(controller.scene().camera, controller.secondScene()->scene.camera) << "one camera";
    const Camera before = controller.scene().camera;
    controller.pointerMoved({503, 300});
    controller.pointerPressed({503, 300}, PointerButton::Left);
    EXPECT_TRUE(controller.isDragging());
    controller.pointerMoved({701, 310});
    controller.pointerReleased({701, 310}, PointerButton::Left);
    settle();
    EXPECT_EQ(controller.secondScene()->firstColumn, 701);
    EXPECT_EQ(controller.scene().camera, before) << "the matrix stays";
    EXPECT_FALSE(controller.isDragging());
    const PixelPoint left = before.pixelOf({100.5, 100.5});
    controller.pointerMoved(left);
    ASSERT_TRUE(controller.overlayView().readout);
    EXPECT_EQ(controller.overlayView().readout->kept, a().at(100, 100));
}

TEST_F(ViewportCompareTest, BlinkingShowsOneAfterTheOther)
{
    show(Mode::Blink);
    expectMask(controller.scene(), a());
    controller.keyPressed(Qt::Key_B);
    settle();
    expectMask(controller.scene(), b());
    controller.keyPressed(Qt::Key_B);
    settle();
    expectMask(controller.scene(), a());
    comparison.end();
    settle();
    EXPECT_FALSE(controller.overlayView().compareBar);
    expectMask(controller.scene(), workspace.solution()->mask);
}

TEST_F(ViewportCompareTest, ThePaintedViewShowsEachMaskOnItsSide)
{
    ViewportStage stage(workspace, 1);
    stage.overlay().makeCurrent();
    overlay::prepareSoftwareRendering();
    const auto painted = [&](Mode mode) {
        comparison.setMode(mode);
        paintStage(stage, 1000, 660); // the panels are laid out in the first frame
        return paintStage(stage, 1000, 660);
    };
    const QImage onlyA = painted(Mode::Blink);
    comparison.blink();
    const QImage onlyB = painted(Mode::Blink);
    ASSERT_NE(onlyA, onlyB);
    comparison.setSplit(0.45);
    const QImage split = painted(Mode::Split);
    constexpr int bar = 450, besideBar = 12;
    int differing = 0;
    for (int y = 80; y < 560; ++y) // without the names above and the timeline below
        for (int x = 240; x < 990; ++x) { // without legend and map of tiles
            differing += onlyA.pixel(x, y) != onlyB.pixel(x, y);
            if (std::abs(x - bar) > besideBar) {
                ASSERT_EQ(split.pixel(x, y), (x < bar ? onlyA : onlyB).pixel(x, y)) << x << ", " << y;
            }
        }
    EXPECT_GT(differing, 1000);
}

} // namespace
} // namespace nms
