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
constexpr float numberWidth = 34;
constexpr float verdictHeight = 68; // three lines, and one for the projections
constexpr float projectionHeight = 18;
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
    for (int i = 0; i < view.rows && !layout.rowNumbers.empty(); ++i) {
        const float y = layout.rowNumbers.y + layout.cell * float(i) + (layout.cell - theme.fonts.small->FontSize) / 2;
        drawTextRight(draw, theme.fonts.small, layout.rowNumbers.right(), y,
                      sumColor(theme.palette, sums.rows[std::size_t(i)], view.n, view.cols == view.m),
                      view.layer == TileLayer::Mask ? formatNumber(double(sums.rows[std::size_t(i)]))
                                                    : formatReading(double(sums.rows[std::size_t(i)])));
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

void drawMarks(const Theme &theme, ImDrawList &draw, const TileInspectorLayout &layout, const TileInspectorView &view)
{
    const float stroke = std::max(theme.px(1.5F), 1.F);
    for (const CellMark &mark : view.marks) {
        if (mark.row >= view.rows || mark.col >= view.cols)
            continue; // in the padding
        const ImVec2 corner{layout.grid.x + layout.cell * float(mark.col), layout.grid.y + layout.cell * float(mark.row)};
        const ImU32 color = mark.kind == CellMark::Kind::Added ? theme.palette.good
            : mark.kind == CellMark::Kind::Removed             ? theme.palette.bad
                                                               : theme.palette.warn;
        const float out = theme.px(1);
        draw.AddRect({corner.x - out, corner.y - out}, {corner.x + layout.cell, corner.y + layout.cell}, color, 0, 0,
                     stroke);
        if (mark.kind != CellMark::Kind::Added) { // a cross, since colours alone do not tell
            draw.AddLine(corner, {corner.x + layout.cell - out, corner.y + layout.cell - out}, color, stroke);
            draw.AddLine({corner.x + layout.cell - out, corner.y}, {corner.x, corner.y + layout.cell - out}, color, stroke);
        }
    }
}

/// "last applied: rows › columns › cap", the last one in the accent's colour, and a frame around what it acted on.
void drawProjections(const Theme &theme, ImDrawList &draw, const TileInspectorLayout &layout,
                     const ProjectionsView &projections)
{
    const float top = layout.verdict.bottom() - theme.px(projectionHeight) +
        (theme.px(projectionHeight) - theme.fonts.small->FontSize) / 2;
    float x = layout.verdict.x;
    const auto put = [&](const std::string &text, ImU32 color) {
        drawText(draw, theme.fonts.small, {x, top}, color, text);
        x += textSize(theme.fonts.small, text).x;
    };
    put("iteration: ", theme.palette.muted);
    for (std::size_t k = 0; k < projections.names.size(); ++k) {
        const bool isLast = k == projections.last;
        const float from = x;
        put(projections.names[k], isLast ? theme.palette.accent : theme.palette.muted);
        if (isLast)
            draw.AddRectFilled({from, layout.verdict.bottom() - theme.px(2)}, {x, layout.verdict.bottom() - theme.px(1)},
                               theme.palette.accent);
        if (k + 1 < projections.names.size())
            put(" › ", theme.palette.muted);
    }
    clickArea("projections",
              {layout.verdict.x, layout.verdict.bottom() - theme.px(projectionHeight), layout.verdict.width,
               theme.px(projectionHeight)});
    tooltip("The projections of an iteration, in their order; the last one was just applied to what is framed");
    using Place = ProjectionsView::Place;
    const Rect framed = projections.place == Place::Rows ? layout.rowBars
        : projections.place == Place::Columns            ? layout.colBars
                                                         : layout.grid;
    const float out = theme.px(2);
    draw.AddRect({framed.x - out, framed.y - out}, {framed.right() + out, framed.bottom() + out}, theme.palette.accent,
                 theme.px(2), 0, std::max(1.F, theme.px(1)));
}

/// Tooltips of the bars: the sum, and how far it is from N.
void explainSums(const TileInspectorLayout &layout, const TileInspectorView &view, const TileSums &sums)
{
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    for (const bool isRow : {true, false}) {
        clickArea(isRow ? "row sums" : "column sums", isRow ? layout.rowBars : layout.colBars);
        if (!ImGui::IsItemHovered())
            continue;
        const float along = isRow ? mouse.y - layout.grid.y : mouse.x - layout.grid.x;
        const auto &values = isRow ? sums.rows : sums.cols;
        const std::size_t line = std::size_t(std::max(0.F, along / layout.cell));
        if (line >= values.size())
            continue;
        const double excess = double(values[line]) - view.n;
        const std::int64_t first = isRow ? view.tileRow : view.tileCol;
        ImGui::BeginTooltip();
        ImGui::Text("%s %lld", isRow ? "row" : "column", static_cast<long long>(first * view.m + std::int64_t(line)));
        ImGui::Text("sums to %s", formatReading(double(values[line])).c_str());
        if (excess != 0)
            ImGui::Text("%s %s N = %d", formatNumber(std::abs(excess), 2).c_str(), excess > 0 ? "over" : "short of", view.n);
        ImGui::EndTooltip();
    }
}

void drawVerdict(const Theme &theme, ImDrawList &draw, const TileInspectorLayout &layout, const TileInspectorView &view)
{
    const Rect &rect = layout.verdict;
    const float bottom = view.projections ? rect.bottom() - theme.px(projectionHeight) : rect.bottom();
    const ImVec4 clip{rect.x, rect.y, rect.right(), bottom};
    draw.AddText(theme.fonts.small, theme.fonts.small->FontSize, rect.topLeft(), colorOf(theme.palette, view.tone),
                 view.verdict.data(), view.verdict.data() + view.verdict.size(), rect.width, &clip);
    clickArea("verdict", {rect.x, rect.y, rect.width, bottom - rect.y});
    tooltip(view.verdict);
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
    const float numbers = theme.px(numberWidth);
    const float above = theme.px(4) + theme.px(headerHeight) + theme.px(tabsHeight) + theme.px(4);
    const float below = bars + theme.px(8) + theme.px(verdictHeight) + border;
    const float room = std::min(maxWidth - 2 * border - bars, maxHeight - above - below);
    TileInspectorLayout layout;
    // Whole pixels, so that all cells have the same size; even in a 64 × 64 tile a cell gets three.
    layout.cell = std::clamp(std::floor(room / float(m)), theme.px(2), theme.px(48));
    float side = layout.cell * float(m);
    const bool hasNumbers = layout.cell >= theme.px(13);
    const float beside = bars + (hasNumbers ? numbers : 0);
    if (hasNumbers && side + beside > maxWidth - 2 * border) {
        layout.cell = std::floor((maxWidth - 2 * border - beside) / float(m));
        side = layout.cell * float(m);
    }
    const float least = theme.px(272); // minimum width for header, tabs and verdict
    layout.width = std::max(side + beside, least) + 2 * border;
    layout.height = above + side + below;
    const float left = topRight.x - layout.width;
    const float gridLeft = std::round(left + border + (layout.width - 2 * border - side - beside) / 2);
    layout.grid = {gridLeft, topRight.y + above, side, side};
    layout.rowBars = {layout.grid.right() + theme.px(4), layout.grid.y, theme.px(barLength), side};
    layout.colBars = {layout.grid.x, layout.grid.bottom() + theme.px(4), side, theme.px(barLength)};
    if (hasNumbers)
        layout.rowNumbers = {layout.rowBars.right(), layout.grid.y, numbers, side};
    layout.verdict = {left + border, layout.colBars.bottom() + theme.px(8), layout.width - 2 * border,
                      theme.px(verdictHeight)};
    return layout;
}

TileInspectorCommands drawTileInspector(const Theme &theme, const TileInspectorLayout &layout, const TileInspectorView &view,
                                        bool expanded)
{
    TileInspectorCommands commands;
    const float border = theme.px(pad);
    const Rect rect{layout.verdict.x - border, layout.verdict.bottom() + border - layout.height, layout.width,
                    layout.height};
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
        drawMarks(theme, draw, layout, view);
        if (view.layer != TileLayer::Score) {
            const TileSums sums = sumsOf(values, view.rows, view.cols);
            drawSums(theme, draw, layout, view, sums);
            explainSums(layout, view, sums);
        }
    }
    explainCell(layout, view);
    drawVerdict(theme, draw, layout, view);
    if (view.projections && view.layer == TileLayer::Plan)
        drawProjections(theme, draw, layout, *view.projections);
    return commands;
}

} // namespace nms::overlay
