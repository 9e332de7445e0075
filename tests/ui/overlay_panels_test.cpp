// SPDX-License-Identifier: Apache-2.0
// Panels under a mouse, without a window: what is clicked and dragged comes back as commands.
#include "tests/ui/overlay_harness.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nms::overlay {
namespace {

using Action = TimelineCommands::Action;

TimelineView runningTimeline()
{
    TimelineView view;
    view.hasRun = true;
    view.live = 100;
    view.shown = 100;
    view.planned = 300;
    view.historyLast = 100;
    view.verdict = "not converged: residual 22 %";
    view.tone = Tone::Warn;
    return view;
}

LegendView planLegend()
{
    LegendView view;
    view.title = "plan S";
    view.canBeLogarithmic = true;
    view.histogram.assign(48, 0.5F);
    return view;
}

std::vector<Action> actionsOf(const std::vector<OverlayCommands> &commands)
{
    std::vector<Action> actions;
    for (const OverlayCommands &c : commands)
        if (c.timeline.action != Action::None)
            actions.push_back(c.timeline.action);
    return actions;
}

/// The first x along a line at which the pointer says that something can be dragged sideways.
float findHandle(Harness &harness, float fromX, float toX, float y, float step)
{
    for (float x = fromX; step > 0 ? x < toX : x > toX; x += step) {
        harness.moveTo(x, y);
        if (harness.overlay.pointerShape() == PointerShape::ResizeHorizontal)
            return x;
    }
    return -1;
}

TEST(OverlayPanels, TimelineButtonsActInOrder)
{
    Harness harness;
    harness.view.timeline = runningTimeline();
    const Rect rect = harness.layout().timeline;
    std::vector<Action> seen;
    for (float x = rect.x + 4; x < rect.x + 160; x += 6)
        for (const Action action : actionsOf(harness.click(x, rect.y + rect.height / 2)))
            if (seen.empty() || seen.back() != action)
                seen.push_back(action);
    EXPECT_EQ(seen, (std::vector{Action::ToStart, Action::StepBack, Action::PlayPause, Action::StepForward, Action::ToEnd}));
}

TEST(OverlayPanels, OneFastClickIsOneCommand)
{
    Harness harness;
    harness.view.timeline = runningTimeline();
    const Rect rect = harness.layout().timeline;
    EXPECT_EQ(actionsOf(harness.click(rect.x + 8 + 2.5F * 28, rect.y + 22)), std::vector{Action::PlayPause});
}

TEST(OverlayPanels, NothingToGoBackToAtTheStart)
{
    Harness harness;
    harness.view.timeline = TimelineView{};
    const Rect rect = harness.layout().timeline;
    EXPECT_TRUE(actionsOf(harness.click(rect.x + 8 + 14, rect.y + 22)).empty());
    EXPECT_TRUE(actionsOf(harness.click(rect.x + 8 + 42, rect.y + 22)).empty());
    EXPECT_EQ(actionsOf(harness.click(rect.x + 8 + 98, rect.y + 22)), std::vector{Action::StepForward});
}

TEST(OverlayPanels, DraggingTheSliderScrubs)
{
    Harness harness;
    harness.view.timeline = runningTimeline();
    const Rect rect = harness.layout().timeline;
    int least = 1000;
    for (const OverlayCommands &c : harness.drag(rect.x + 400, rect.y + 22, rect.x + 300, rect.y + 22))
        if (c.timeline.scrubTo) {
            EXPECT_GE(*c.timeline.scrubTo, 0);
            EXPECT_LE(*c.timeline.scrubTo, 100); // the history ends there
            least = std::min(least, *c.timeline.scrubTo);
        }
    EXPECT_LT(least, 100);
}

TEST(OverlayPanels, RightClickOnTheSliderSetsABreakpoint)
{
    Harness harness;
    harness.view.timeline = runningTimeline();
    const Rect rect = harness.layout().timeline;
    std::optional<BreakpointView> set;
    for (const OverlayCommands &c : harness.click(rect.x + 380, rect.y + 22, 1))
        if (c.timeline.breakpoint)
            set = c.timeline.breakpoint;
    ASSERT_TRUE(set && set->iteration);
    EXPECT_GT(*set->iteration, 1);
    EXPECT_LT(*set->iteration, 300);
    // The same place again takes it away.
    harness.view.timeline->breakpoint = *set;
    set.reset();
    for (const OverlayCommands &c : harness.click(rect.x + 380, rect.y + 22, 1))
        if (c.timeline.breakpoint)
            set = c.timeline.breakpoint;
    ASSERT_TRUE(set);
    EXPECT_TRUE(set->empty());
}

TEST(OverlayPanels, SpeedIsChosenFromAPopupThatHoldsTheMouse)
{
    Harness harness;
    harness.view.timeline = runningTimeline();
    const Rect rect = harness.layout().timeline;
    std::optional<double> speed;
    bool held = false;
    for (float x = rect.right() - 420; x < rect.right() - 8 && !held; x += 10) {
        harness.click(x, rect.y + 22);
        held = harness.overlay.owns(500, 300); // a popup is open: the matrix does not get the next click
        if (!held)
            continue;
        for (float y = rect.y - 20; y > rect.y - 260 && !speed; y -= 6)
            for (const OverlayCommands &c : harness.click(x, y))
                if (c.timeline.speed)
                    speed = c.timeline.speed;
        if (!speed) { // that was the breakpoints' popup; close it
            harness.click(500, 100);
            held = false;
        }
    }
    ASSERT_TRUE(speed);
    EXPECT_GE(*speed, 0);
    EXPECT_FALSE(harness.overlay.owns(500, 300));
}

TEST(OverlayPanels, LegendEndsCanBeDraggedAndReset)
{
    Harness harness;
    harness.view.legend = planLegend();
    const Rect rect = harness.layout().legend;
    float barY = 0;
    float high = -1;
    for (float y = rect.y + 30; y < rect.bottom() && high < 0; y += 4) {
        high = findHandle(harness, rect.right(), rect.x, y, -2);
        barY = y;
    }
    ASSERT_GT(high, 0);
    std::optional<ValueScale> scale;
    for (const OverlayCommands &c : harness.drag(high, barY, high - 60, barY))
        if (c.legend.scale)
            scale = c.legend.scale;
    ASSERT_TRUE(scale);
    EXPECT_LT(scale->high, 0.8F);
    EXPECT_GT(scale->high, 0.4F);
    EXPECT_EQ(scale->low, 0);

    harness.moveTo(rect.x + 60, barY);
    bool reset = false;
    for (int press = 0; press < 2; ++press) {
        harness.overlay.pointerButton(0, true);
        reset = harness.frame().legend.resetScale || reset;
        harness.overlay.pointerButton(0, false);
        reset = harness.frame().legend.resetScale || reset;
    }
    EXPECT_TRUE(reset);
}

TEST(OverlayPanels, LegendTogglesTheLogarithm)
{
    Harness harness;
    harness.view.legend = planLegend();
    const Rect rect = harness.layout().legend;
    std::optional<ValueScale> scale;
    for (const OverlayCommands &c : harness.click(rect.right() - 20, rect.y + 16))
        if (c.legend.scale)
            scale = c.legend.scale;
    ASSERT_TRUE(scale);
    EXPECT_TRUE(scale->logarithmic);
    EXPECT_GT(scale->low, 0);
}

TEST(OverlayPanels, MinimapPansToTheCellUnderTheMouse)
{
    Harness harness;
    MinimapView map;
    map.rows = 384;
    map.cols = 384;
    map.mapRows = map.mapCols = 2;
    map.colors.assign(4, Rgba8{10, 20, 30, 255});
    map.visible = {0, 0, 100, 100};
    harness.view.minimap = map;
    const Rect rect = harness.layout().minimap;
    std::optional<CellPoint> center;
    for (const OverlayCommands &c : harness.click(rect.x + rect.width / 2, rect.y + 20 + (rect.height - 20) / 2))
        if (c.minimap.center)
            center = c.minimap.center;
    ASSERT_TRUE(center);
    EXPECT_NEAR(center->row, 192, 12);
    EXPECT_NEAR(center->col, 192, 12);
}

TileInspectorView inspectorOf(int m)
{
    TileInspectorView view;
    view.n = m / 2;
    view.m = view.rows = view.cols = m;
    view.plan.assign(std::size_t(m * m), 0.5F);
    view.score.assign(std::size_t(m * m), 0.1F);
    view.alpha.assign(std::size_t(m), 0.01F);
    view.beta.assign(std::size_t(m), 0.02F);
    return view;
}

TEST(OverlayPanels, InspectorSwitchesLayersGrowsAndCloses)
{
    for (const int m : {4, 16, 64}) {
        Harness harness;
        harness.view.inspector = inspectorOf(m);
        harness.settle();
        const Rect room = harness.layout().inspectorRoom;
        std::vector<TileLayer> layers;
        for (float x = room.right() - 280; x < room.right(); x += 8)
            for (const OverlayCommands &c : harness.click(x, room.y + 42))
                if (c.inspector.layer && (layers.empty() || layers.back() != *c.inspector.layer))
                    layers.push_back(*c.inspector.layer);
        EXPECT_EQ(layers, (std::vector{TileLayer::Plan, TileLayer::Score})) << m; // there is no mask yet
        EXPECT_TRUE(harness.overlay.owns(room.right() - 30, room.y + 42));
        bool closed = false;
        for (const OverlayCommands &c : harness.click(room.right() - 22, room.y + 18))
            closed = closed || c.inspector.close;
        EXPECT_TRUE(closed) << m;
    }
}

TEST(OverlayPanels, PanelsOwnTheMouseAndTheMatrixHasTheRest)
{
    Harness harness;
    harness.view.legend = planLegend();
    harness.view.timeline = runningTimeline();
    harness.settle();
    const Layout layout = harness.layout();
    EXPECT_TRUE(harness.overlay.owns(layout.legend.x + 5, layout.legend.y + 5));
    EXPECT_TRUE(harness.overlay.owns(layout.timeline.x + 5, layout.timeline.y + 5));
    EXPECT_FALSE(harness.overlay.owns(500, 330));
    EXPECT_FALSE(harness.overlay.owns(layout.minimap.x + 5, layout.minimap.y + 5)); // not shown now
}

TEST(OverlayPanels, AStillMouseAsksForNoFrames)
{
    Harness harness;
    harness.view.timeline = runningTimeline();
    harness.settle();
    harness.settle();
    EXPECT_FALSE(harness.overlay.wantsAnotherFrame());
    harness.overlay.pointerMoved(500, 300);
    EXPECT_TRUE(harness.overlay.wantsAnotherFrame());
}

TEST(OverlayPicture, SoftwareRendererDrawsPanelsAndText)
{
    Harness harness;
    harness.view.timeline = runningTimeline();
    harness.view.hint = "Press Run";
    harness.settle();
    const Image image = harness.picture();
    const Layout layout = harness.layout();
    const auto at = [&](float x, float y) {
        return image.pixels[std::size_t(y) * 1000 + std::size_t(x)];
    };
    EXPECT_EQ(at(5, 5), (Rgba8{0, 0, 0, 255})); // nothing is drawn there
    const Rgba8 panel = at(layout.timeline.x + 12, layout.timeline.y + 4);
    EXPECT_NEAR(panel.r, 0x1b, 2);
    EXPECT_NEAR(panel.g, 0x1e, 2);
    EXPECT_NEAR(panel.b, 0x24, 2);
    // The verdict's dot and letters are the only warm colours.
    int warm = 0;
    for (const Rgba8 &pixel : image.pixels)
        warm += pixel.r > 180 && pixel.g > 120 && pixel.b < 90;
    EXPECT_GT(warm, 80);
    EXPECT_LT(warm, 4000);
}

TEST(OverlayPicture, AnotherScaleChangesPanelsAndTextAndGoesBack)
{
    Harness harness(1800, 900); // room for the verdict at both scales
    harness.overlay.setPalette(paletteOf(lightColors));
    harness.view.timeline = runningTimeline();
    const auto inked = [&] { // by the verdict's letters
        harness.settle();
        const Image image = harness.picture();
        return std::ranges::count_if(image.pixels,
                                     [](const Rgba8 &pixel) { return pixel.r > pixel.b + 60 && pixel.g > pixel.b + 20; });
    };
    const auto before = inked();
    const float height = harness.layout().timeline.height;
    const int fonts = harness.overlay.fontsVersion();
    harness.overlay.setScale(1.5F);
    EXPECT_NE(harness.overlay.fontsVersion(), fonts);
    EXPECT_GT(inked(), before * 3 / 2);
    EXPECT_GT(harness.layout().timeline.height, height * 1.3F);
    EXPECT_EQ(harness.overlay.theme().palette.panel, paletteOf(lightColors).panel);
    harness.overlay.setScale(1);
    EXPECT_EQ(inked(), before);
    const int last = harness.overlay.fontsVersion();
    harness.overlay.setScale(1);
    EXPECT_EQ(harness.overlay.fontsVersion(), last) << "nothing changed";
}

} // namespace
} // namespace nms::overlay
