// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/minimap.h"

#include <algorithm>
#include <cmath>

namespace nms::overlay {

namespace {

Rect pictureRect(const Rect &picture, const MinimapView &view, const CellRect &cells)
{
    const auto x = [&](double col) {
        return picture.x + picture.width * float(std::clamp(col / double(view.cols), 0., 1.));
    };
    const auto y = [&](double row) {
        return picture.y + picture.height * float(std::clamp(row / double(view.rows), 0., 1.));
    };
    return {x(cells.col0), y(cells.row0), x(cells.col1) - x(cells.col0), y(cells.row1) - y(cells.row0)};
}

void outline(ImDrawList &draw, Rect rect, float least, float width, ImU32 color)
{
    // The frame has a minimum size, so that it can be found even if only a tiny part of the matrix is visible.
    const float growX = std::max(0.F, least - rect.width) / 2;
    const float growY = std::max(0.F, least - rect.height) / 2;
    rect = {std::round(rect.x - growX), std::round(rect.y - growY), std::round(rect.width + 2 * growX),
            std::round(rect.height + 2 * growY)};
    draw.AddRect(rect.topLeft(), rect.bottomRight(), color, 0, 0, width);
}

} // namespace

Rect minimapPicture(const Rect &area, std::int64_t rows, std::int64_t cols)
{
    if (rows <= 0 || cols <= 0 || area.empty())
        return {};
    const float aspect = float(std::clamp(double(cols) / double(rows), 1. / 6, 6.));
    const float width = std::min(area.width, area.height * aspect);
    const float height = std::min(area.height, area.width / aspect);
    return {std::round(area.x + (area.width - width) / 2), std::round(area.y + (area.height - height) / 2),
            std::round(width), std::round(height)};
}

CellPoint minimapCell(const Rect &picture, std::int64_t rows, std::int64_t cols, float x, float y)
{
    return {std::clamp(double(y - picture.y) / double(picture.height), 0., 1.) * double(rows),
            std::clamp(double(x - picture.x) / double(picture.width), 0., 1.) * double(cols)};
}

MinimapCommands drawMinimap(const Theme &theme, const Rect &rect, const MinimapView &view)
{
    MinimapCommands commands;
    const Panel panel("minimap", rect);
    ImDrawList &draw = panel.draw();
    const float pad = theme.px(4);
    const Rect title{rect.x + theme.px(8), rect.y + pad, rect.width - theme.px(16), theme.px(16)};
    if (view.figures.size() > 1) {
        if (chooserText(theme, draw, "figure", title, view.title, false, theme.palette.muted))
            ImGui::OpenPopup("figures");
        commands.figure = figurePopup("figures", view.figures, view.figure);
    } else {
        drawText(draw, theme.fonts.small, {title.x, title.y + (title.height - theme.fonts.small->FontSize) / 2},
                 theme.palette.muted, elided(theme.fonts.small, view.title, title.width));
    }

    const Rect area{rect.x + pad, title.bottom() + pad, rect.width - 2 * pad, rect.bottom() - title.bottom() - 2 * pad};
    const Rect picture = minimapPicture(area, view.rows, view.cols);
    if (picture.empty())
        return commands;
    for (int row = 0; row < view.mapRows; ++row) {
        const float y0 = std::round(picture.y + picture.height * float(row) / float(view.mapRows));
        const float y1 = std::round(picture.y + picture.height * float(row + 1) / float(view.mapRows));
        for (int col = 0; col < view.mapCols; ++col) {
            const float x0 = std::round(picture.x + picture.width * float(col) / float(view.mapCols));
            const float x1 = std::round(picture.x + picture.width * float(col + 1) / float(view.mapCols));
            draw.AddRectFilled({x0, y0}, {x1, y1},
                               toImGui(view.colors[std::size_t(row) * std::size_t(view.mapCols) + std::size_t(col)]));
        }
    }
    const Palette onData = paletteOf(darkColors); // the map has dark colours in both themes
    if (view.selection)
        outline(draw, pictureRect(picture, view, *view.selection), theme.px(4), 1, onData.text);
    outline(draw, pictureRect(picture, view, view.visible), theme.px(6), std::max(1.F, theme.px(1.5F)), onData.accent);

    clickArea("picture", picture);
    if (ImGui::IsItemActive())
        commands.center = minimapCell(picture, view.rows, view.cols, ImGui::GetIO().MousePos.x, ImGui::GetIO().MousePos.y);
    return commands;
}

} // namespace nms::overlay
