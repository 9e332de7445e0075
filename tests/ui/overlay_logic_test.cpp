// SPDX-License-Identifier: Apache-2.0
// What panels compute without drawing: positions, ranges, texts, layout.
#include "tests/ui/overlay_harness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nms::overlay {
namespace {

LegendView linearLegend()
{
    LegendView view;
    view.scale = {0, 1, false};
    view.axisLow = 0;
    view.axisHigh = 2;
    view.canBeLogarithmic = true;
    return view;
}

TEST(OverlayCellValues, TakeTheRoomThereIs)
{
    EXPECT_EQ(cellValue(0.8134, 6), "0.8134");
    EXPECT_EQ(cellValue(0.8134, 5), ".8134");
    EXPECT_EQ(cellValue(0.8134, 3), ".81");
    EXPECT_EQ(cellValue(-0.8134, 4), "-.81");
    EXPECT_EQ(cellValue(1, 3), "1");
    EXPECT_EQ(cellValue(1e-7, 4), "0");
    for (int characters = 3; characters <= 8; ++characters)
        for (const double value : {0.5, -0.123456, 12.3456, 0.999999, std::nan("")})
            EXPECT_LE(int(cellValue(value, characters).size()), characters) << value;
}

TEST(OverlayLegend, AxisPositionAndValueAreInverse)
{
    for (const bool logarithmic : {false, true}) {
        LegendView view = linearLegend();
        view.scale.logarithmic = logarithmic;
        for (float position = 0; position <= 1; position += 0.125F)
            EXPECT_NEAR(axisPosition(view, axisValue(view, position)), position, 1e-5F) << logarithmic;
    }
    LegendView view = linearLegend();
    view.scale.logarithmic = true;
    EXPECT_EQ(axisPosition(view, 0), 0);
    EXPECT_NEAR(axisValue(view, 0), view.axisHigh * logarithmicSpan, 1e-7F);
}

TEST(OverlayLegend, EndsNeverCross)
{
    const LegendView view = linearLegend();
    EXPECT_FLOAT_EQ(draggedRange(view, false, 0.75F).high, 1.5F);
    EXPECT_FLOAT_EQ(draggedRange(view, true, 0.25F).low, 0.5F);
    const ValueScale high = draggedRange(view, false, -1);
    EXPECT_GT(high.high, high.low);
    const ValueScale low = draggedRange(view, true, 2);
    EXPECT_LT(low.low, low.high);
}

TEST(OverlayLegend, SignedRangesStaySymmetric)
{
    LegendView view;
    view.symmetric = true;
    view.axisLow = -2;
    view.axisHigh = 2;
    view.scale = {-1, 1, false};
    const ValueScale left = draggedRange(view, true, 0.125F);
    EXPECT_FLOAT_EQ(left.low, -1.5F);
    EXPECT_FLOAT_EQ(left.high, 1.5F);
    const ValueScale crossed = draggedRange(view, false, 0.2F);
    EXPECT_GT(crossed.high, 0);
    EXPECT_FLOAT_EQ(crossed.low, -crossed.high);
}

TEST(OverlayLegend, LogarithmNeedsAPositiveRangeAndGivesItBack)
{
    LegendView view = linearLegend();
    view.scale = toggledLogarithm(view);
    EXPECT_TRUE(view.scale.logarithmic);
    EXPECT_GT(view.scale.low, 0);
    EXPECT_LT(view.scale.low, view.scale.high);
    view.scale = toggledLogarithm(view);
    EXPECT_EQ(view.scale, (ValueScale{0, 1, false}));
}

TEST(OverlayTimeline, SliderStaysInsideTheHistory)
{
    TimelineView view;
    view.hasRun = true;
    view.live = 40;
    view.planned = 300;
    view.historyFirst = 5;
    view.historyLast = 40;
    EXPECT_EQ(timelineEnd(view), 300);
    EXPECT_FLOAT_EQ(timelinePosition(view, 150), 0.5F);
    EXPECT_EQ(timelineIteration(view, 0.1F), 30);
    EXPECT_EQ(timelineIteration(view, 0), 5);
    EXPECT_EQ(timelineIteration(view, 1), 40);
    view.planned = -1; // not known: the end moves on with the run
    EXPECT_GT(timelineEnd(view), 40);
}

TEST(OverlayMinimap, KeepsProportionsAndFindsCells)
{
    const Rect area{10, 20, 100, 100};
    const Rect wide = minimapPicture(area, 100, 400);
    EXPECT_FLOAT_EQ(wide.width, 100);
    EXPECT_FLOAT_EQ(wide.height, 25);
    EXPECT_GE(minimapPicture(area, 1, 100000).height, 16); // never a hair
    EXPECT_TRUE(minimapPicture(area, 0, 0).empty());
    const CellPoint middle = minimapCell(wide, 100, 400, wide.x + 50, wide.y + 12.5F);
    EXPECT_DOUBLE_EQ(middle.row, 50);
    EXPECT_DOUBLE_EQ(middle.col, 200);
    EXPECT_DOUBLE_EQ(minimapCell(wide, 100, 400, -50, 1000).row, 100);
}

TEST(OverlayInspector, SumsRowsAndColumns)
{
    const TileSums sums = sumsOf({1, 2, 3, 4, 5, 6}, 2, 3);
    EXPECT_EQ(sums.rows, (std::vector<float>{6, 15}));
    EXPECT_EQ(sums.cols, (std::vector<float>{5, 7, 9}));
}

TEST(OverlayInspector, EveryTileSizeFitsItsRoom)
{
    const Harness harness;
    for (const int m : {1, 2, 4, 8, 16, 32, 64}) {
        const TileInspectorLayout layout = layoutTileInspector(harness.overlay.theme(), {900, 50}, 300, 420, m);
        EXPECT_GE(layout.cell, 2) << m;
        EXPECT_LE(layout.width, 300) << m;
        EXPECT_LE(layout.height, 420) << m;
        EXPECT_FLOAT_EQ(layout.grid.width, layout.cell * float(m));
        EXPECT_LE(layout.rowBars.right(), 900) << m;
        EXPECT_GE(layout.verdict.y, layout.colBars.bottom()) << m;
        if (!layout.rowNumbers.empty()) {
            EXPECT_GE(layout.rowNumbers.x, layout.rowBars.right()) << m;
            EXPECT_LE(layout.rowNumbers.right(), 900) << m;
            EXPECT_GE(layout.cell, 11) << m << ": numbers need the height";
        }
    }
    EXPECT_FALSE(layoutTileInspector(harness.overlay.theme(), {900, 50}, 300, 420, 16).rowNumbers.empty());
    EXPECT_TRUE(layoutTileInspector(harness.overlay.theme(), {900, 50}, 300, 420, 64).rowNumbers.empty());
}

TEST(OverlayReadout, ImportantFieldsComeFirst)
{
    ReadoutView view;
    view.row = 87;
    view.col = 150;
    view.tileRow = 5;
    view.tileCol = 9;
    view.weight = 0.0412F;
    view.score = 0.0412F;
    view.plan = 0.8134F;
    view.kept = true;
    const auto fields = readoutFields(view);
    ASSERT_EQ(fields.size(), 7U);
    EXPECT_EQ(fields[0], (std::pair<std::string, std::string>("row", "87")));
    EXPECT_EQ(fields[2], (std::pair<std::string, std::string>("S", "0.8134")));
    EXPECT_EQ(fields[3].second, "kept");
    EXPECT_EQ(fields[6].second, "5,9");
}

TEST(OverlayRulers, NumbersStandAtWhatTheyNumber)
{
    for (const double scale : {0.11, 0.9, 3.7, 17.3, 90.})
        for (const std::int64_t unit : {1, 4, 13, 64})
            for (const double center : {0., 333.3, 999.}) {
                const std::int64_t cells = 1003;
                const int size = 911;
                const float room = 40;
                const std::vector<RulerMark> marks = rulerMarks(center, scale, size, cells, unit, room);
                for (std::size_t i = 0; i < marks.size(); ++i) {
                    const double cell = center + (double(marks[i].at) - size / 2.) / scale;
                    EXPECT_EQ(std::int64_t(std::floor(cell)) / unit, marks[i].number)
                        << scale << ' ' << unit << ' ' << center;
                    EXPECT_GE(marks[i].at, 0);
                    EXPECT_LT(marks[i].at, size);
                    if (i > 1) {
                        EXPECT_EQ(marks[i].number - marks[i - 1].number, marks[1].number - marks[0].number);
                    }
                    if (i > 1 && i + 1 < marks.size()) { // what is cut at an edge is numbered in the middle of what is seen
                        EXPECT_GE(marks[i].at - marks[i - 1].at, room / 2);
                    }
                }
                const bool isSeen = center * scale < size && scale * double(unit) < size;
                EXPECT_TRUE(!isSeen || !marks.empty());
            }
    EXPECT_TRUE(rulerMarks(0, 1, 100, 0, 16, 40).empty());
    EXPECT_EQ(rulerMarks(5.5, 1000, 400, 10, 1, 40).size(), 1U) << "one cell fills all";
}

TEST(OverlayLayout, PanelsNeverOverlapNorLeaveTheViewport)
{
    const Harness harness;
    const auto overlap = [](const Rect &a, const Rect &b) {
        return !a.empty() && !b.empty() && a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
    };
    for (float width = 120; width <= 2600; width += 71)
        for (float height = 90; height <= 1600; height += 67) {
            const Layout layout = computeLayout(harness.overlay.theme(), width, height);
            const Rect panels[]{layout.legend, layout.readout, layout.minimap, layout.timeline, layout.inspectorRoom};
            for (std::size_t i = 0; i < std::size(panels); ++i) {
                if (panels[i].empty())
                    continue;
                EXPECT_GE(panels[i].x, 0);
                EXPECT_GE(panels[i].y, 0);
                EXPECT_LE(panels[i].right(), width) << width << " × " << height << " panel " << i;
                EXPECT_LE(panels[i].bottom(), height) << width << " × " << height << " panel " << i;
                for (std::size_t j = i + 1; j < std::size(panels); ++j)
                    EXPECT_FALSE(overlap(panels[i], panels[j])) << width << " × " << height << ": " << i << ", " << j;
            }
        }
    const Layout narrow = computeLayout(harness.overlay.theme(), 800, 600);
    EXPECT_FALSE(narrow.legend.empty() || narrow.minimap.empty() || narrow.timeline.empty() || narrow.inspectorRoom.empty());
}

} // namespace
} // namespace nms::overlay
