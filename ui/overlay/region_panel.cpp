// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/region_panel.h"

#include <algorithm>

namespace nms::overlay {

namespace {

// Logical pixels.
constexpr float pad = 12;
constexpr float row = 18;
constexpr float width = 248;

} // namespace

Rect regionPanel(const Theme &theme, const Rect &legend, const Rect &minimap, float bottom, const RegionView &view)
{
    const float gap = theme.px(8);
    const float height = theme.px(row) * float(view.figures.size() + 2) + theme.px(pad);
    const float below = legend.bottom() + gap;
    const float end = minimap.empty() ? bottom : minimap.y - gap;
    if (below + height <= end)
        return {legend.x, below, theme.px(width), height};
    return {legend.right() + gap, std::max(legend.y, bottom - height), theme.px(width), height};
}

void drawRegionOutline(const Theme &theme, ImDrawList &draw, const RegionView &view)
{
    const Palette onData = paletteOf(darkColors); // data has dark colours in both themes
    const float line = std::max(1.F, theme.px(1));
    const Rect &rect = view.outline;
    draw.AddRect({rect.x - line, rect.y - line}, {rect.right() + line, rect.bottom() + line}, onData.background, 0, 0,
                 3 * line);
    draw.AddRect(rect.topLeft(), rect.bottomRight(), onData.warn, 0, 0, line);
}

RegionCommands drawRegionPanel(const Theme &theme, const Rect &rect, const RegionView &view)
{
    RegionCommands commands;
    const Panel panel("region", rect);
    ImDrawList &draw = panel.draw();
    ImFont *font = theme.fonts.small;
    const float left = rect.x + theme.px(pad), right = rect.right() - theme.px(pad);
    const float line = theme.px(row), offset = (line - font->FontSize) / 2;
    float y = rect.y + theme.px(pad) / 2;
    const float close = theme.px(16);
    drawText(draw, font, {left, y + offset}, theme.palette.text, elided(font, view.title, right - left - close));
    if (clickArea("close", {right - close, y, close, line}))
        commands.close = true;
    tooltip("Drop the region (Esc)");
    drawTextRight(draw, font, right, y + offset, ImGui::IsItemHovered() ? theme.palette.text : theme.palette.muted, "×");
    for (const auto &[name, value] : view.figures) {
        y += line;
        drawText(draw, font, {left, y + offset}, theme.palette.muted, name);
        drawTextRight(draw, font, right, y + offset, theme.palette.text, value);
    }
    y += line;
    if (view.figures.empty()) {
        drawText(draw, font, {left, y + offset}, theme.palette.muted,
                 view.isDrawn ? "let go to see its figures" : "reckoning …");
        return commands;
    }
    const char *copy = "copy values";
    if (clickArea("copy", {left, y, textSize(font, copy).x, line}))
        commands.copy = true;
    tooltip("The values shown, as a table for a spreadsheet (Ctrl+C)");
    drawText(draw, font, {left, y + offset}, ImGui::IsItemHovered() ? theme.palette.text : theme.palette.accent, copy);
    return commands;
}

} // namespace nms::overlay
