// SPDX-License-Identifier: Apache-2.0
// The colour legend: title, histogram, colour bar with a draggable range.
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
    float axisLow = 0; // range of the histogram and the bar
    float axisHigh = 1;
    bool canBeLogarithmic = false; // logarithmic axes begin at axisHigh · 10⁻⁴
    bool symmetric = false; // signed data: both ends move together about zero
    bool adjustable = true;
    bool asPercent = false;
    std::vector<float> histogram; // heights in [0, 1], left to right along the axis
    std::vector<TileFigure> figures; // not empty: tiles are shown, and the user can choose one of these figures
    TileFigure figure = TileFigure::Undecided;
    std::vector<std::pair<std::string, Rgba8>> swatches; // not empty: classes, shown instead of histogram and bar
    std::vector<std::pair<std::string, Rgba8>> specials; // values with a colour outside the colour map: "NaN 12"
    std::string rangeNote; // origin of the range: "99.5 % of |W|"
    /// Not empty: text shown instead of histogram and bar when all tiles have the same value: "all tiles: 0 %".
    std::string flat;
};

struct LegendCommands {
    std::optional<ValueScale> scale; // the range, or linear/logarithmic, was changed
    bool resetScale = false;
    bool editScale = false; // the user wants to type the limits
    std::optional<TileFigure> figure;
};

inline constexpr float logarithmicSpan = 1e-4F;

/// Position of a value on the axis, from 0 (left) to 1 (right), clamped; axisValue() is the inverse.
float axisPosition(const LegendView &view, float value);
float axisValue(const LegendView &view, float position);

/// The range after its low or high end was dragged to `position`: the ends never cross; symmetric ranges stay symmetric.
ValueScale draggedRange(const LegendView &view, bool lowEnd, float position);

/// The same range on a logarithmic instead of a linear axis, or vice versa.
ValueScale toggledLogarithm(const LegendView &view);

/// Lists the figures in a popup that was opened by ImGui::OpenPopup(id).
std::optional<TileFigure> figurePopup(const char *id, const std::vector<TileFigure> &figures, TileFigure current);

/// The maximum height of the legend, which is at the upper left.
float legendHeight(const Theme &theme, const LegendView &view);

LegendCommands drawLegend(const Theme &theme, const Rect &rect, const LegendView &view);

} // namespace nms::overlay
