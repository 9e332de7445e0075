// SPDX-License-Identifier: Apache-2.0
// The viewport's behaviour on the sample weights, without a window.
#include "tests/ui/viewport_support.h"
#include "ui/models/tile_facts.h"
#include "ui/models/tile_inspection.h"
#include "ui/viewport/viewport_controller.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nms {
namespace {

class ViewportControllerTest : public testing::Test
{
protected:
    ViewportControllerTest()
    {
        controller.resize(1000, 660, 1);
        controller.advance();
    }
    void land() // any flight
    {
        ASSERT_TRUE(waitFor([this] { return !controller.advance(); }, 5000));
    }
    PixelPoint pixelOfTile(std::int64_t row, std::int64_t col)
    {
        return controller.scene().camera.pixelOf({double(row * 16) + 8, double(col * 16) + 8});
    }
    void click(PixelPoint at)
    {
        controller.pointerMoved(at);
        controller.pointerPressed(at, PointerButton::Left);
        controller.pointerReleased(at, PointerButton::Left);
    }

    SampleWorkspace workspace;
    ViewportController controller{workspace};
};

TEST_F(ViewportControllerTest, WholeMatrixIsSeenAtFirstAndAfterResizing)
{
    for (const int width : {1000, 500}) {
        controller.resize(width, 660, 1);
        const CellRect seen = controller.scene().camera.visible();
        EXPECT_LE(seen.row0, 0);
        EXPECT_LE(seen.col0, 0);
        EXPECT_GE(seen.row1, 384);
        EXPECT_GE(seen.col1, 384);
    }
}

TEST_F(ViewportControllerTest, WheelZoomsToTheCursor)
{
    const PixelPoint at{620, 200};
    const CellPoint before = controller.scene().camera.cellAt(at);
    const double scale = controller.scene().camera.pixelsPerCell;
    controller.zoomAt(at, 4);
    EXPECT_NEAR(controller.scene().camera.pixelsPerCell, 4 * scale, 1e-9);
    EXPECT_NEAR(controller.scene().camera.cellAt(at).row, before.row, 1e-6);
    EXPECT_NEAR(controller.scene().camera.cellAt(at).col, before.col, 1e-6);
}

TEST_F(ViewportControllerTest, ClickSelectsTheTileUnderTheMouse)
{
    click(pixelOfTile(5, 9));
    EXPECT_EQ(workspace.selectedTile(), workspace.grid().index(5, 9));
    controller.advance();
    const auto selection = controller.scene().selection;
    ASSERT_TRUE(selection);
    EXPECT_EQ(selection->row0, 80);
    EXPECT_EQ(selection->col1, 160);
    EXPECT_TRUE(controller.overlayView().inspector);
    click({2, 2}); // beside the matrix
    EXPECT_FALSE(workspace.selectedTile());
}

TEST_F(ViewportControllerTest, DragPansAndSelectsNothing)
{
    const PixelPoint at = pixelOfTile(10, 10);
    const CellPoint held = controller.scene().camera.cellAt(at);
    controller.pointerPressed(at, PointerButton::Left);
    controller.pointerMoved({at.x + 30, at.y - 20});
    controller.pointerMoved({at.x + 60, at.y - 40});
    EXPECT_TRUE(controller.isDragging());
    EXPECT_NEAR(controller.scene().camera.cellAt({at.x + 60, at.y - 40}).row, held.row, 1e-6);
    controller.pointerReleased({at.x + 60, at.y - 40}, PointerButton::Left);
    EXPECT_FALSE(controller.isDragging());
    EXPECT_FALSE(workspace.selectedTile());
}

TEST_F(ViewportControllerTest, MatrixCannotBeLost)
{
    controller.pointerPressed({500, 300}, PointerButton::Middle);
    for (int i = 1; i < 40; ++i)
        controller.pointerMoved({500. + 400 * i, 300});
    EXPECT_GE(controller.scene().camera.center.col, 0);
    EXPECT_LE(controller.scene().camera.center.col, 384);
}

TEST_F(ViewportControllerTest, DoubleClickFliesToTheTile)
{
    controller.doubleClicked(pixelOfTile(3, 20));
    EXPECT_EQ(workspace.selectedTile(), workspace.grid().index(3, 20));
    EXPECT_TRUE(controller.advance());
    land();
    const CellRect seen = controller.scene().camera.visible();
    EXPECT_LT(seen.row0, 48);
    EXPECT_GT(seen.row1, 64);
    EXPECT_LT(seen.col0, 320);
    EXPECT_GT(seen.col1, 336);
    EXPECT_GT(controller.scene().camera.pixelsPerCell, 8);
    EXPECT_TRUE(controller.keyPressed(Qt::Key_Home));
    land();
    EXPECT_LT(controller.scene().camera.pixelsPerCell, 3);
}

TEST_F(ViewportControllerTest, KeysMoveTheSelectionAndFollowIt)
{
    workspace.selectTile(workspace.grid().index(0, 0));
    EXPECT_TRUE(controller.keyPressed(Qt::Key_Right));
    EXPECT_TRUE(controller.keyPressed(Qt::Key_Down));
    EXPECT_TRUE(controller.keyPressed(Qt::Key_Up));
    EXPECT_TRUE(controller.keyPressed(Qt::Key_Up)); // the edge holds
    EXPECT_EQ(workspace.selectedTile(), workspace.grid().index(0, 1));
    workspace.flyToTile(workspace.grid().index(12, 12));
    land();
    for (int i = 0; i < 4; ++i) {
        controller.keyPressed(Qt::Key_Down);
        land();
    }
    const CellRect seen = controller.scene().camera.visible();
    EXPECT_LE(seen.row0, 256);
    EXPECT_GE(seen.row1, 272);
    EXPECT_TRUE(controller.keyPressed(Qt::Key_I));
    controller.advance();
    EXPECT_FALSE(controller.overlayView().inspector);
    EXPECT_TRUE(controller.keyPressed(Qt::Key_Escape));
    EXPECT_FALSE(workspace.selectedTile());
    EXPECT_FALSE(controller.keyPressed(Qt::Key_Q));
}

TEST_F(ViewportControllerTest, HoverReadsTheCell)
{
    controller.zoomAt({500, 300}, 8);
    controller.pointerMoved({500, 300});
    controller.advance();
    const auto view = controller.overlayView();
    ASSERT_TRUE(view.readout);
    EXPECT_EQ(view.readout->weight, (*workspace.tensor()->weights)(view.readout->row, view.readout->col));
    EXPECT_FALSE(view.readout->plan);
    ASSERT_TRUE(controller.scene().hovered);
    EXPECT_EQ(controller.scene().hovered->row0, double(view.readout->row));
    controller.pointerLeft();
    EXPECT_FALSE(controller.overlayView().readout);
}

TEST_F(ViewportControllerTest, PlanViewAsksForARunAndThenShowsIt)
{
    workspace.setView(MatrixView::Plan);
    controller.advance();
    EXPECT_FALSE(controller.overlayView().hint.empty());
    EXPECT_FALSE(controller.scene().field.values);
    workspace.finish();
    controller.advance();
    EXPECT_TRUE(controller.overlayView().hint.empty());
    const HeatmapScene scene = controller.scene();
    ASSERT_TRUE(scene.field.values);
    ASSERT_TRUE(scene.tileMap.values);
    EXPECT_EQ(scene.tileMap.values->rows(), 24);
    EXPECT_EQ((*scene.field.values)(87, 150), workspace.shownSnapshot()->plan(87, 150));
    EXPECT_EQ(controller.overlayView().legend->title, "undecided by tile"); // far out
    controller.zoomAt({500, 300}, 8);
    controller.advance();
    EXPECT_EQ(controller.overlayView().legend->title, "plan S");
}

TEST_F(ViewportControllerTest, MaskAndErrorAgreeWithTheSolution)
{
    workspace.finish();
    const Mask &mask = workspace.solution()->mask;
    const Matrix<float> &score = *workspace.tensor()->score;
    workspace.setView(MatrixView::Mask);
    controller.advance();
    const HeatmapScene maskScene = controller.scene();
    workspace.setView(MatrixView::Error);
    controller.advance();
    const HeatmapScene errorScene = controller.scene();
    EXPECT_NE(maskScene.field.version, errorScene.field.version);
    ASSERT_TRUE(maskScene.field.values && errorScene.field.values);
    for (std::int64_t row = 0; row < 384; row += 7)
        for (std::int64_t col = 0; col < 384; col += 5) {
            ASSERT_EQ((*maskScene.field.values)(row, col) > 0, mask.at(row, col));
            ASSERT_EQ((*errorScene.field.values)(row, col), mask.at(row, col) ? 0 : score(row, col));
        }
    // Lost magnitude of a tile, figured once more by hand.
    double lost = 0;
    double all = 0;
    for (int i = 0; i < 16; ++i)
        for (int j = 0; j < 16; ++j) {
            all += double(score(i, j));
            lost += mask.at(i, j) ? 0 : double(score(i, j));
        }
    ASSERT_TRUE(errorScene.tileMap.values);
    EXPECT_NEAR((*errorScene.tileMap.values)(0, 0), lost / all, 1e-5);
}

TEST_F(ViewportControllerTest, FieldIsBuiltOnceForEachChange)
{
    controller.advance();
    const std::uint64_t version = controller.scene().field.version;
    controller.zoomAt({400, 300}, 3);
    controller.advance();
    EXPECT_EQ(controller.scene().field.version, version);
    workspace.finish(); // weights do not change with a run
    controller.advance();
    EXPECT_EQ(controller.scene().field.version, version);
    EXPECT_TRUE(controller.overlayView().minimap->figures.size() > 1); // but the minimap does
    workspace.setView(MatrixView::Score);
    controller.advance();
    EXPECT_NE(controller.scene().field.version, version);
}

TEST_F(ViewportControllerTest, LegendCommandsChangeTheScaleOfThisViewOnly)
{
    controller.advance();
    const ValueScale initial = controller.scene().scale;
    EXPECT_EQ(initial.low, -initial.high);
    overlay::OverlayCommands commands;
    commands.legend.scale = ValueScale{-0.05F, 0.05F, false};
    controller.apply(commands);
    EXPECT_EQ(controller.scene().scale, (ValueScale{-0.05F, 0.05F, false}));
    workspace.setView(MatrixView::Score);
    controller.advance();
    EXPECT_EQ(controller.scene().scale.low, 0);
    workspace.setView(MatrixView::Weights);
    controller.advance();
    commands = {};
    commands.legend.resetScale = true;
    controller.apply(commands);
    EXPECT_EQ(controller.scene().scale, initial);
}

TEST_F(ViewportControllerTest, InspectorShowsTheTilesOwnEntries)
{
    workspace.setView(MatrixView::Plan);
    workspace.finish();
    const std::int64_t tile = workspace.grid().index(5, 9);
    workspace.selectTile(tile);
    controller.advance();
    const auto view = controller.overlayView().inspector;
    ASSERT_TRUE(view);
    EXPECT_EQ(view->layer, overlay::TileLayer::Plan);
    ASSERT_EQ(view->plan.size(), 256U);
    EXPECT_EQ(view->plan[16 + 3], workspace.shownSnapshot()->plan(81, 147));
    ASSERT_EQ(view->mask.size(), 256U);
    const auto sums = overlay::sumsOf(view->mask, 16, 16);
    for (const float sum : sums.rows)
        EXPECT_EQ(sum, 8);
    ASSERT_EQ(view->alpha.size(), 16U);
    const TileFacts facts = tileFacts(workspace, tile);
    ASSERT_TRUE(facts.maskObjective && facts.maskBound && facts.rank);
    EXPECT_LE(*facts.maskObjective, *facts.maskBound);
    EXPECT_GE(*facts.rank, 1);
    TileInspection::of(workspace).update();
    const auto explained = controller.overlayView().inspector;
    EXPECT_EQ(explained->verdict, TileInspection::of(workspace).statements().headline.text);
    EXPECT_FALSE(explained->verdict.empty());
    EXPECT_TRUE(explained->projections);
}

TEST_F(ViewportControllerTest, AFittedMatrixMakesRoomForTheInspector)
{
    controller.resize(900, 650, 1);
    controller.fitAll();
    land();
    workspace.selectTile(0);
    land();
    const auto view = controller.overlayView();
    ASSERT_TRUE(view.inspector && view.matrixRightEdge);
    EXPECT_LE(*view.matrixRightEdge, 900 - 312) << "the inspector takes at least 300 pixels at the right";
}

TEST_F(ViewportControllerTest, TimelineStepsScrubsAndFollows)
{
    overlay::OverlayCommands commands;
    using Action = overlay::TimelineCommands::Action;
    const auto act = [&](Action action) {
        commands = {};
        commands.timeline.action = action;
        controller.apply(commands);
    };
    act(Action::StepForward);
    ASSERT_TRUE(waitFor([&] { return workspace.sessionStatus().iteration == 1; }));
    act(Action::StepForward);
    ASSERT_TRUE(waitFor([&] { return workspace.shownSnapshot() && workspace.shownSnapshot()->iteration == 2; }));
    act(Action::StepBack);
    ASSERT_TRUE(waitFor([&] { return workspace.isScrubbing() && workspace.shownSnapshot()->iteration == 1; }));
    EXPECT_EQ(controller.overlayView().timeline->shown, 1);
    EXPECT_EQ(controller.overlayView().timeline->live, 2);
    act(Action::FollowLive);
    EXPECT_FALSE(workspace.isScrubbing());
    act(Action::ToEnd);
    ASSERT_TRUE(waitFor([&] { return workspace.sessionStatus().state == SessionState::Finished; }));
    EXPECT_EQ(controller.overlayView().timeline->shown, 20);
    commands = {};
    commands.timeline.scrubTo = 7;
    controller.apply(commands);
    ASSERT_TRUE(waitFor([&] { return workspace.isScrubbing() && workspace.shownSnapshot()->iteration == 7; }));
    controller.advance();
    EXPECT_FALSE(controller.overlayView().timeline->verdict.empty());
}

TEST_F(ViewportControllerTest, PacedPlayingTakesOneStepAfterTheOther)
{
    overlay::OverlayCommands commands;
    commands.timeline.speed = 60;
    controller.apply(commands);
    EXPECT_TRUE(controller.keyPressed(Qt::Key_Space));
    EXPECT_TRUE(controller.overlayView().timeline->playing);
    ASSERT_TRUE(waitFor([&] { return workspace.sessionStatus().iteration >= 3; }));
    EXPECT_TRUE(controller.keyPressed(Qt::Key_Space));
    ASSERT_TRUE(waitFor([&] { return !controller.overlayView().timeline->playing; })); // once what is under way is done
    EXPECT_TRUE(controller.keyPressed(Qt::Key_Space));
    ASSERT_TRUE(waitFor([&] { return workspace.sessionStatus().state == SessionState::Finished; }));
    ASSERT_TRUE(waitFor([&] { return !controller.overlayView().timeline->playing; }, 5000));
}

TEST_F(ViewportControllerTest, BreakpointPausesTheRun)
{
    overlay::OverlayCommands commands;
    commands.timeline.breakpoint = overlay::BreakpointView{6, {}, {}};
    controller.apply(commands);
    commands = {};
    commands.timeline.action = overlay::TimelineCommands::Action::PlayPause;
    controller.apply(commands);
    ASSERT_TRUE(waitFor([&] { return workspace.sessionStatus().state == SessionState::Paused; }));
    EXPECT_EQ(workspace.sessionStatus().iteration, 6);
}

TEST_F(ViewportControllerTest, ValuesAreWrittenIntoLargeCells)
{
    controller.advance();
    EXPECT_FALSE(controller.overlayView().cellValues);
    for (int i = 0; i < 8; ++i)
        controller.zoomAt({500, 300}, 2);
    controller.advance();
    const auto view = controller.overlayView().cellValues;
    ASSERT_TRUE(view);
    EXPECT_GE(view->cell, overlay::cellValueSide);
    EXPECT_EQ(view->values.size(), std::size_t(view->rows) * std::size_t(view->cols));
    EXPECT_LE(view->x, 0);
}

} // namespace
} // namespace nms
