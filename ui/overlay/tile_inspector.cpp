// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/tile_inspector.h"

#include "core/base/number_text.h"
#include "ui/overlay/cell_values.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nms::overlay {

namespace {

constexpr float headerHeight = 28;
constexpr float tabsHeight = 28;
constexpr float barLength = 32;
constexpr float factHeight = 18;
constexpr int factLines = 6; // lines of facts, in two columns
constexpr float pad = 12;

struct LayerName {
    TileLayer layer;
    const char *text;
};
constexpr std::array layerNames{LayerName{TileLayer::Plan, "Plan S"}, LayerName{TileLayer::Score, "Score A"},
                                LayerName{TileLayer::Mask, "Mask"}};

Rgba8 cellColor(const TileInspectorView &view, float value)
{
    switch (view.layer) {
    case TileLayer::Score:
        return colorOf(value, view.scoreScale, ColorMapId::Inferno);
    case TileLayer::Mask:
        return colorOf(value, {0, 1, false}, ColorMapId::MaskTones);
    case TileLayer::Plan:
        break;
    }
    return colorOf(value, {0, 1, false}, ColorMapId::Inferno);
}

/// Rows and columns that extend into padding have no fixed target: padding may hold part of their sum.
ImU32 sumColor(const Palette &palette, float sum, int n, bool isWhole)
{
    if (!isWhole)
        return palette.muted;
    return std::abs(sum - float(n)) <= 0.01F * float(n) ? palette.good : palette.warn;
}

/// Bars of row and column sums; the dotted line is N. Scores have no target: nothing is drawn for them.
void drawSums(const Theme &theme, ImDrawList &draw, const TileInspectorLayout &layout, const TileInspectorView &view,
              const TileSums &sums)
{
    const float gap = layout.cell >= theme.px(8) ? theme.px(2) : 1;
    const float unit = theme.px(24) / float(view.n); // N is 24 pixels away from the grid
    const float reach = theme.px(barLength);
    for (int i = 0; i < view.rows; ++i) {
        const float y = layout.rowBars.y + layout.cell * float(i);
        const float length = std::clamp(sums.rows[std::size_t(i)] * unit, 1.F, reach);
        draw.AddRectFilled({layout.rowBars.x, y + gap / 2}, {layout.rowBars.x + length, y + layout.cell - gap / 2},
                           sumColor(theme.palette, sums.rows[std::size_t(i)], view.n, view.cols == view.m));
    }
    for (int j = 0; j < view.cols; ++j) {
        const float x = layout.colBars.x + layout.cell * float(j);
        const float length = std::clamp(sums.cols[std::size_t(j)] * unit, 1.F, reach);
        draw.AddRectFilled({x + gap / 2, layout.colBars.y}, {x + layout.cell - gap / 2, layout.colBars.y + length},
                           sumColor(theme.palette, sums.cols[std::size_t(j)], view.n, view.rows == view.m));
    }
    const float dash = theme.px(2);
    const float targetX = layout.rowBars.x + float(view.n) * unit;
    const auto dashes = [&](float length) {
        return int(std::ceil(length / (2 * dash)));
    };
    for (int k = 0; k < dashes(layout.grid.bottom() - layout.rowBars.y); ++k) {
        const float y = layout.rowBars.y + float(2 * k) * dash;
        draw.AddRectFilled({targetX, y}, {targetX + 1, y + dash}, theme.palette.text);
    }
    const float targetY = layout.colBars.y + float(view.n) * unit;
    for (int k = 0; k < dashes(layout.grid.right() - layout.colBars.x); ++k) {
        const float x = layout.colBars.x + float(2 * k) * dash;
        draw.AddRectFilled({x, targetY}, {x + dash, targetY + 1}, theme.palette.text);
    }
}

void drawCells(const Theme &theme, ImDrawList &draw, const TileInspectorLayout &layout, const TileInspectorView &view,
               const std::vector<float> &values)
{
    const float gap = layout.cell >= theme.px(8) ? 1.F : 0.F;
    draw.AddRectFilled(layout.grid.topLeft(), layout.grid.bottomRight(), theme.palette.background);
    const float advance = textSize(theme.fonts.small, "0").x;
    const int characters = std::min(6, int((layout.cell - theme.px(2)) / advance));
    for (int row = 0; row < view.rows; ++row)
        for (int col = 0; col < view.cols; ++col) {
            const float value = values[std::size_t(row) * std::size_t(view.cols) + std::size_t(col)];
            const Rect cell{layout.grid.x + layout.cell * float(col), layout.grid.y + layout.cell * float(row),
                            layout.cell - gap, layout.cell - gap};
            const Rgba8 color = cellColor(view, value);
            draw.AddRectFilled(cell.topLeft(), cell.bottomRight(), toImGui(color));
            if (characters >= fewestCharacters && view.layer != TileLayer::Mask)
                drawTextCentered(draw, theme.fonts.small, cell, inkOn(color), cellValue(double(value), characters));
        }
}

/// Tooltip with row, column, values and potentials of the cell under the mouse.
void explainCell(const TileInspectorLayout &layout, const TileInspectorView &view)
{
    clickArea("grid", layout.grid);
    if (!ImGui::IsItemHovered())
        return;
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const int row = int((mouse.y - layout.grid.y) / layout.cell);
    const int col = int((mouse.x - layout.grid.x) / layout.cell);
    if (row < 0 || col < 0 || row >= view.rows || col >= view.cols)
        return;
    const std::size_t at = std::size_t(row) * std::size_t(view.cols) + std::size_t(col);
    ImGui::BeginTooltip();
    ImGui::Text("row %lld  col %lld", static_cast<long long>(view.tileRow * view.m + row),
                static_cast<long long>(view.tileCol * view.m + col));
    if (at < view.plan.size())
        ImGui::Text("S  %s", formatReading(double(view.plan[at])).c_str());
    if (at < view.score.size())
        ImGui::Text("A  %s", formatReading(double(view.score[at])).c_str());
    if (at < view.mask.size())
        ImGui::TextUnformatted(view.mask[at] > 0 ? "kept" : "pruned");
    if (std::size_t(row) < view.alpha.size() && std::size_t(col) < view.beta.size()) {
        const double alpha = double(view.alpha[std::size_t(row)]);
        const double beta = double(view.beta[std::size_t(col)]);
        ImGui::Text("α  %s   β  %s", formatReading(alpha).c_str(), formatReading(beta).c_str());
        ImGui::Text("A − α − β  %s", formatReading(double(view.score[at]) - alpha - beta).c_str());
    }
    ImGui::EndTooltip();
}

void drawFact(const Theme &theme, ImDrawList &draw, const Rect &rect, const InspectorFact &fact)
{
    const float top = rect.y + (rect.height - theme.fonts.small->FontSize) / 2;
    drawText(draw, theme.fonts.small, {rect.x, top}, theme.palette.muted, fact.name);
    drawTextRight(draw, theme.fonts.small, rect.right(), top, colorOf(theme.palette, fact.tone), fact.value);
    clickArea(fact.name.c_str(), rect);
    tooltip(fact.hint);
}

void drawFacts(const Theme &theme, ImDrawList &draw, const Rect &rect, const TileInspectorView &view)
{
    const float column = (rect.width - theme.px(16)) / 2;
    Rect place{rect.x, rect.y, column, theme.px(factHeight)};
    for (const InspectorFact &fact : view.facts) {
        const bool isLeft = place.x == rect.x;
        if (fact.isWide && !isLeft)
            place = {rect.x, place.bottom(), column, place.height};
        drawFact(theme, draw, fact.isWide ? Rect{rect.x, place.y, rect.width, place.height} : place, fact);
        if (isLeft && !fact.isWide)
            place.x = rect.x + column + theme.px(16);
        else
            place = {rect.x, place.bottom(), column, place.height};
    }
}

bool smallButton(const Theme &theme, ImDrawList &draw, const char *id, const Rect &rect, const char *explanation)
{
    const bool clicked = clickArea(id, rect);
    if (ImGui::IsItemHovered())
        draw.AddRectFilled(rect.topLeft(), rect.bottomRight(), theme.palette.raised, theme.px(4));
    tooltip(explanation);
    return clicked;
}

void drawHeader(const Theme &theme, ImDrawList &draw, const Rect &rect, const TileInspectorView &view, bool expanded,
                TileInspectorCommands &commands)
{
    const float side = theme.px(20);
    const float top = rect.y + (rect.height - side) / 2;
    const Rect close{rect.right() - side, top, side, side};
    const Rect expand{close.x - side - theme.px(4), top, side, side};
    commands.close = smallButton(theme, draw, "close", close, "Close (I)");
    commands.toggleExpanded = smallButton(theme, draw, "expand", expand, expanded ? "Smaller" : "Larger");
    const float arm = theme.px(4);
    const ImVec2 c{close.x + side / 2, close.y + side / 2};
    const float stroke = std::max(1.F, theme.px(1.5F));
    draw.AddLine({c.x - arm, c.y - arm}, {c.x + arm, c.y + arm}, theme.palette.muted, stroke);
    draw.AddLine({c.x - arm, c.y + arm}, {c.x + arm, c.y - arm}, theme.palette.muted, stroke);
    const ImVec2 e{expand.x + side / 2, expand.y + side / 2};
    const float box = theme.px(expanded ? 3 : 5);
    draw.AddRect({e.x - box, e.y - box}, {e.x + box, e.y + box}, theme.palette.muted, 0, 0, stroke);

    const float textTop = rect.y + (rect.height - theme.fonts.ui->FontSize) / 2;
    const std::string title = "Tile " + std::to_string(view.tileRow) + "," + std::to_string(view.tileCol);
    drawText(draw, theme.fonts.ui, {rect.x, textTop}, theme.palette.text, title);
    const std::string keep = "keep " + std::to_string(view.n) + " of " + std::to_string(view.m);
    const float left = rect.x + textSize(theme.fonts.ui, title).x + theme.px(12);
    if (left + textSize(theme.fonts.small, keep).x < expand.x - theme.px(8))
        drawText(draw, theme.fonts.small, {left, rect.y + (rect.height - theme.fonts.small->FontSize) / 2},
                 theme.palette.muted, keep);
}

void drawTabs(const Theme &theme, ImDrawList &draw, const Rect &rect, const TileInspectorView &view,
              TileInspectorCommands &commands)
{
    const float width = std::floor(rect.width / float(layerNames.size()));
    draw.AddRectFilled(rect.topLeft(), rect.bottomRight(), theme.palette.background, theme.px(4));
    float x = rect.x;
    for (const auto &[layer, text] : layerNames) {
        const Rect tab{x, rect.y, width, rect.height};
        const bool available = !valuesOf(view, layer).empty();
        ImGui::BeginDisabled(!available);
        if (clickArea(text, tab))
            commands.layer = layer;
        ImGui::EndDisabled();
        const bool current = layer == view.layer;
        if (current)
            draw.AddRectFilled(tab.topLeft(), tab.bottomRight(), theme.palette.accentDeep, theme.px(4));
        else if (available && ImGui::IsItemHovered())
            draw.AddRectFilled(tab.topLeft(), tab.bottomRight(), theme.palette.raised, theme.px(4));
        const Palette &palette = theme.palette;
        drawTextCentered(draw, theme.fonts.small, tab,
                         current         ? palette.onAccent
                             : available ? palette.text
                                         : palette.muted,
                         text);
        x += width;
    }
}

} // namespace

const std::vector<float> &valuesOf(const TileInspectorView &view, TileLayer layer)
{
    switch (layer) {
    case TileLayer::Score:
        return view.score;
    case TileLayer::Mask:
        return view.mask;
    case TileLayer::Plan:
        break;
    }
    return view.plan;
}

TileSums sumsOf(const std::vector<float> &values, int rows, int cols)
{
    TileSums sums{std::vector<float>(std::size_t(rows)), std::vector<float>(std::size_t(cols))};
    for (int row = 0; row < rows; ++row)
        for (int col = 0; col < cols; ++col) {
            const float value = values[std::size_t(row) * std::size_t(cols) + std::size_t(col)];
            sums.rows[std::size_t(row)] += value;
            sums.cols[std::size_t(col)] += value;
        }
    return sums;
}

TileInspectorLayout layoutTileInspector(const Theme &theme, ImVec2 topRight, float maxWidth, float maxHeight, int m)
{
    const float border = theme.px(pad);
    const float bars = theme.px(4) + theme.px(barLength);
    const float above = theme.px(4) + theme.px(headerHeight) + theme.px(tabsHeight) + theme.px(4);
    const float below = bars + theme.px(8) + theme.px(factHeight) * factLines + border;
    const float room = std::min(maxWidth - 2 * border - bars, maxHeight - above - below);
    TileInspectorLayout layout;
    // Whole pixels, so that all cells have the same size; even in a 64 × 64 tile a cell gets three.
    layout.cell = std::clamp(std::floor(room / float(m)), theme.px(2), theme.px(48));
    const float side = layout.cell * float(m);
    const float least = theme.px(272); // minimum width for header, tabs and facts
    layout.width = std::max(side + bars, least) + 2 * border;
    layout.height = above + side + below;
    const float left = topRight.x - layout.width;
    const float gridLeft = std::round(left + border + (layout.width - 2 * border - side - bars) / 2);
    layout.grid = {gridLeft, topRight.y + above, side, side};
    layout.rowBars = {layout.grid.right() + theme.px(4), layout.grid.y, theme.px(barLength), side};
    layout.colBars = {layout.grid.x, layout.grid.bottom() + theme.px(4), side, theme.px(barLength)};
    layout.facts = {left + border, layout.colBars.bottom() + theme.px(8), layout.width - 2 * border,
                    theme.px(factHeight) * factLines};
    return layout;
}

TileInspectorCommands drawTileInspector(const Theme &theme, const TileInspectorLayout &layout, const TileInspectorView &view,
                                        bool expanded)
{
    TileInspectorCommands commands;
    const float border = theme.px(pad);
    const Rect rect{layout.facts.x - border, layout.facts.bottom() + border - layout.height, layout.width, layout.height};
    const Panel panel("inspector", rect);
    ImDrawList &draw = panel.draw();
    const float inner = rect.width - 2 * border;
    const Rect header{rect.x + border, rect.y + theme.px(4), inner, theme.px(headerHeight)};
    drawHeader(theme, draw, header, view, expanded, commands);
    drawTabs(theme, draw, {header.x, header.bottom(), inner, theme.px(tabsHeight - 4)}, view, commands);

    const std::vector<float> &values = valuesOf(view, view.layer);
    if (values.empty()) {
        drawTextCentered(draw, theme.fonts.small, layout.grid, theme.palette.muted,
                         view.layer == TileLayer::Mask ? "no mask yet" : "no plan yet");
    } else {
        drawCells(theme, draw, layout, view, values);
        if (view.layer != TileLayer::Score)
            drawSums(theme, draw, layout, view, sumsOf(values, view.rows, view.cols));
    }
    explainCell(layout, view);
    drawFacts(theme, draw, layout.facts, view);
    return commands;
}

} // namespace nms::overlay
