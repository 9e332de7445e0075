// SPDX-License-Identifier: Apache-2.0
// What the colours mean: title, histogram, colour bar with a draggable range.
#pragma once

#include "core/view/color_map.h"
#include "core/view/tile_figure.h"
#include "ui/overlay/panel.h"

#include <optional>
#include <string>
#include <vector>

namespace nms::overlay {

struct LegendView {
    std::string title; // "plan S"
    ColorMapId colors = ColorMapId::Inferno;
    ValueScale scale;
    float axisLow = 0; // what the histogram and the bar span
    float axisHigh = 1;
    bool canBeLogarithmic = false; // logarithmic axes begin at axisHigh · 10⁻⁴
    bool symmetric = false; // signed data: both ends move together about zero
    bool adjustable = true;
    bool asPercent = false;
    std::vector<float> histogram; // heights in [0, 1], left to right along the axis
    std::vector<TileFigure> figures; // not empty: tiles are shown, and these can be chosen
    TileFigure figure = TileFigure::Undecided;
    std::vector<std::pair<std::string, Rgba8>> swatches; // not empty: classes in place of histogram and bar
    std::vector<std::pair<std::string, Rgba8>> specials; // what has a colour outside of the map: "NaN 12"
    std::string rangeNote; // where the range comes from: "99.5 % of |W|"
    std::string flat; // not empty: all are alike, which is said in place of histogram and bar: "all tiles: 0 %"
};

struct LegendCommands {
    std::optional<ValueScale> scale; // the range or its kind was changed
    bool resetScale = false;
    bool editScale = false; // the limits are to be typed
    std::optional<TileFigure> figure;
};

inline constexpr float logarithmicSpan = 1e-4F;

/// Where a value lies on the axis, 0 left to 1 right, clamped; and back.
float axisPosition(const LegendView &view, float value);
float axisValue(const LegendView &view, float position);

/// The range after its low or high end was dragged to `position`: ends never cross, symmetric ranges stay so.
ValueScale draggedRange(const LegendView &view, bool lowEnd, float position);

/// The same range on the other kind of axis.
ValueScale toggledLogarithm(const LegendView &view);

/// Lists the figures in a popup that was opened by ImGui::OpenPopup(id).
std::optional<TileFigure> figurePopup(const char *id, const std::vector<TileFigure> &figures, TileFigure current);

/// What the legend needs at most; it stands at the upper left.
float legendHeight(const Theme &theme, const LegendView &view);

LegendCommands drawLegend(const Theme &theme, const Rect &rect, const LegendView &view);

} // namespace nms::overlay
