// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/legend.h"

#include "core/base/number_text.h"

#include <algorithm>
#include <cmath>

namespace nms::overlay {

namespace {

constexpr float closest = 0.02F; // least distance of the two ends of a range, as a share of the axis

// Heights in logical pixels.
constexpr float titleHeight = 28; // including the spacing above and below
constexpr float swatchHeight = 20;
constexpr float scaleHeight = 72; // histogram, bar and labels
constexpr float lineHeight = 18; // height of a note

std::string label(const LegendView &view, float value)
{
    return view.asPercent ? withoutTrailingZeros(formatPercent(value)) : withoutTrailingZeros(formatReading(value));
}

void drawHistogram(const Theme &theme, ImDrawList &draw, const Rect &rect, const LegendView &view)
{
    if (view.histogram.empty())
        return;
    const float bar = rect.width / float(view.histogram.size());
    for (std::size_t i = 0; i < view.histogram.size(); ++i) {
        if (view.histogram[i] <= 0)
            continue;
        const float height = std::max(1.F, view.histogram[i] * rect.height);
        const float x0 = std::round(rect.x + bar * float(i));
        const float x1 = std::max(x0 + 1, std::round(rect.x + bar * float(i + 1)) - (bar >= 3 ? 1.F : 0.F));
        draw.AddRectFilled({x0, rect.bottom() - height}, {x1, rect.bottom()}, theme.palette.muted);
    }
}

void drawBar(const Theme &theme, ImDrawList &draw, const Rect &rect, const LegendView &view)
{
    const int columns = int(rect.width);
    for (int i = 0; i < columns; ++i) {
        const float value = axisValue(view, (float(i) + 0.5F) / float(columns));
        const ImU32 color = toImGui(colorOf(value, view.scale, view.colors));
        draw.AddRectFilled({rect.x + float(i), rect.y}, {rect.x + float(i + 1), rect.bottom()}, color);
    }
    draw.AddRect(rect.topLeft(), rect.bottomRight(), theme.palette.line);
}

/// One end of the range: a thin mark across the bar, which can be dragged from a few pixels on either side as well.
std::optional<ValueScale> dragEnd(const Theme &theme, ImDrawList &draw, const Rect &bar, const LegendView &view, bool lowEnd)
{
    const float at = bar.x + bar.width * axisPosition(view, lowEnd ? view.scale.low : view.scale.high);
    const float reach = theme.px(5);
    clickArea(lowEnd ? "low" : "high", {at - reach, bar.y - theme.px(3), 2 * reach, bar.height + theme.px(6)});
    const bool lively = ImGui::IsItemHovered() || ImGui::IsItemActive();
    if (lively)
        ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
    const float half = std::max(1.F, theme.px(lively ? 2 : 1));
    draw.AddRectFilled({at - half, bar.y - theme.px(2)}, {at + half, bar.bottom() + theme.px(2)},
                       lively ? theme.palette.accent : theme.palette.text);
    if (ImGui::IsItemActive() && ImGui::IsMouseDragging(ImGuiMouseButton_Left, 1))
        return draggedRange(view, lowEnd, (ImGui::GetIO().MousePos.x - bar.x) / bar.width);
    return std::nullopt;
}

/// Draws the values of both ends below their marks, and zero between them if there is space.
void drawLabels(const Theme &theme, ImDrawList &draw, const Rect &bar, const LegendView &view)
{
    ImFont *font = theme.fonts.small;
    const float top = bar.bottom() + theme.px(4);
    const float gap = theme.px(6);
    const std::string low = label(view, view.scale.low);
    const std::string high = label(view, view.scale.high);
    const float lowWidth = textSize(font, low).x;
    const float highWidth = textSize(font, high).x;
    const auto centered = [&](float value, float width) {
        return std::clamp(bar.x + bar.width * axisPosition(view, value) - width / 2, bar.x, bar.right() - width);
    };
    float lowX = centered(view.scale.low, lowWidth);
    float highX = std::max(centered(view.scale.high, highWidth), lowX + lowWidth + gap);
    highX = std::min(highX, bar.right() - highWidth);
    lowX = std::min(lowX, highX - gap - lowWidth);
    drawText(draw, font, {lowX, top}, theme.palette.muted, low);
    drawText(draw, font, {highX, top}, theme.palette.muted, high);
    const float zeroWidth = textSize(font, "0").x;
    const float zeroX = centered(0, zeroWidth);
    if (view.symmetric && zeroX > lowX + lowWidth + gap && zeroX + zeroWidth + gap < highX)
        drawText(draw, font, {zeroX, top}, theme.palette.muted, "0");
}

using Swatches = std::vector<std::pair<std::string, Rgba8>>;

void drawSwatches(const Theme &theme, ImDrawList &draw, const Rect &rect, const Swatches &swatches)
{
    const float row = theme.px(swatchHeight);
    const float box = theme.px(12);
    float y = rect.y;
    for (const auto &[text, color] : swatches) {
        const float top = y + (row - box) / 2;
        draw.AddRectFilled({rect.x, top}, {rect.x + box, top + box}, toImGui(color), theme.px(2));
        draw.AddRect({rect.x, top}, {rect.x + box, top + box}, theme.palette.line, theme.px(2));
        const ImVec2 size = textSize(theme.fonts.small, text);
        drawText(draw, theme.fonts.small, {rect.x + box + theme.px(8), y + (row - size.y) / 2}, theme.palette.text, text);
        y += row;
    }
}

} // namespace

float axisPosition(const LegendView &view, float value)
{
    if (!(view.axisHigh > view.axisLow))
        return 0;
    if (view.scale.logarithmic && view.axisHigh > 0) {
        const float least = view.axisHigh * logarithmicSpan;
        return std::clamp(std::log(std::max(value, least) / least) / -std::log(logarithmicSpan), 0.F, 1.F);
    }
    return std::clamp((value - view.axisLow) / (view.axisHigh - view.axisLow), 0.F, 1.F);
}

float axisValue(const LegendView &view, float position)
{
    position = std::clamp(position, 0.F, 1.F);
    if (view.scale.logarithmic && view.axisHigh > 0)
        return view.axisHigh * std::pow(logarithmicSpan, 1 - position);
    return view.axisLow + position * (view.axisHigh - view.axisLow);
}

ValueScale draggedRange(const LegendView &view, bool lowEnd, float position)
{
    ValueScale scale = view.scale;
    if (view.symmetric) {
        const float middle = 0.5F;
        const float reach = std::max(closest, lowEnd ? middle - position : position - middle);
        const float limit = axisValue(view, middle + reach);
        scale.low = -limit;
        scale.high = limit;
    } else if (lowEnd) {
        scale.low = axisValue(view, std::min(position, axisPosition(view, scale.high) - closest));
    } else {
        scale.high = axisValue(view, std::max(position, axisPosition(view, scale.low) + closest));
    }
    return scale;
}

ValueScale toggledLogarithm(const LegendView &view)
{
    ValueScale scale = view.scale;
    scale.logarithmic = !scale.logarithmic;
    if (scale.logarithmic)
        scale.low = std::max(scale.low, scale.high * logarithmicSpan);
    else if (scale.low <= view.axisHigh * logarithmicSpan * 1.01F)
        scale.low = view.axisLow; // the ends of both axes correspond
    return scale;
}

std::optional<TileFigure> figurePopup(const char *id, const std::vector<TileFigure> &figures, TileFigure current)
{
    std::optional<TileFigure> chosen;
    if (ImGui::BeginPopup(id)) {
        for (const TileFigure figure : figures) {
            if (ImGui::Selectable(nameOf(figure), figure == current))
                chosen = figure;
            tooltip(explain(figure));
        }
        ImGui::EndPopup();
    }
    return chosen;
}

float legendHeight(const Theme &theme, const LegendView &view)
{
    if (!view.swatches.empty())
        return theme.px(titleHeight + 8) + theme.px(swatchHeight) * float(view.swatches.size());
    if (!view.flat.empty())
        return theme.px(titleHeight + lineHeight + 8);
    return theme.px(titleHeight + scaleHeight + 4) + (view.rangeNote.empty() ? 0 : theme.px(lineHeight)) +
        (view.specials.empty() ? 0 : theme.px(4) + theme.px(swatchHeight) * float(view.specials.size()));
}

LegendCommands drawLegend(const Theme &theme, const Rect &rect, const LegendView &view)
{
    LegendCommands commands;
    const Panel panel("legend", rect);
    ImDrawList &draw = panel.draw();
    const float pad = theme.px(12);
    const Rect title{rect.x + pad, rect.y + theme.px(8), rect.width - 2 * pad, theme.px(16)};
    const float textTop = title.y + (title.height - theme.fonts.small->FontSize) / 2;

    const bool choosesFigure = view.figures.size() > 1;
    if (choosesFigure) {
        if (chooserText(theme, draw, "figure", title, view.title, false, theme.palette.text))
            ImGui::OpenPopup("figures");
        commands.figure = figurePopup("figures", view.figures, view.figure);
    } else {
        drawText(draw, theme.fonts.small, {title.x, textTop}, theme.palette.text, view.title);
    }
    if (!view.swatches.empty()) {
        drawSwatches(theme, draw, {title.x, title.bottom() + theme.px(4), title.width, 0}, view.swatches);
        return commands;
    }
    if (!view.flat.empty()) {
        drawText(draw, theme.fonts.small, {title.x, title.bottom() + theme.px(6)}, theme.palette.muted, view.flat);
        return commands;
    }
    if (view.canBeLogarithmic) {
        const char *kind = view.scale.logarithmic ? "log" : "lin";
        const float width = textSize(theme.fonts.small, kind).x + theme.px(4);
        const Rect toggle{title.right() - width, title.y, width, title.height};
        if (clickArea("kind", toggle))
            commands.scale = toggledLogarithm(view);
        tooltip(view.scale.logarithmic ? "Logarithmic colours; click for linear" : "Linear colours; click for logarithmic");
        drawTextRight(draw, theme.fonts.small, title.right(), textTop,
                      ImGui::IsItemHovered() ? theme.palette.text : theme.palette.muted, kind);
    }

    const Rect histogram{title.x, title.bottom() + theme.px(4), title.width, theme.px(32)};
    const Rect bar{title.x, histogram.bottom() + theme.px(2), title.width, theme.px(10)};
    drawHistogram(theme, draw, histogram, view);
    drawBar(theme, draw, bar, view);
    if (view.adjustable) {
        // The ends are submitted first: of overlapping items, ImGui gives the mouse to the first one.
        const auto low = dragEnd(theme, draw, bar, view, true);
        const auto high = dragEnd(theme, draw, bar, view, false);
        clickArea("bar", {bar.x, histogram.y, bar.width, bar.bottom() - histogram.y});
        tooltip("Drag the ends to change the range, double click to reset it");
        const bool over = ImGui::IsMouseHoveringRect(histogram.topLeft(), bar.bottomRight()) &&
            ImGui::IsWindowHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem);
        if (over && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left))
            commands.resetScale = true;
        else if (low)
            commands.scale = low;
        else if (high)
            commands.scale = high;
    }

    drawLabels(theme, draw, bar, view);
    const Rect limits{bar.x, bar.bottom() + theme.px(4), bar.width,
                      theme.px(lineHeight) * (view.rangeNote.empty() ? 1.F : 2.F)};
    if (view.adjustable) {
        if (clickArea("limits", limits))
            commands.editScale = true;
        tooltip("Click to type the limits");
    }
    const bool isLively = view.adjustable && ImGui::IsItemHovered();
    drawText(draw, theme.fonts.small, {limits.x, limits.y + theme.px(lineHeight)},
             isLively ? theme.palette.text : theme.palette.muted, elided(theme.fonts.small, view.rangeNote, limits.width));
    drawSwatches(theme, draw, {bar.x, limits.bottom() + theme.px(4), bar.width, 0}, view.specials);
    return commands;
}

} // namespace nms::overlay
