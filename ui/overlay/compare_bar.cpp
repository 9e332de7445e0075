// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/compare_bar.h"

#include <algorithm>
#include <cmath>

namespace nms::overlay {

namespace {

/// A text on a plate, at the right (or left) of `x`.
void drawName(const Theme &theme, ImDrawList &draw, const std::string &name, float x, bool isLeftOf, float room, float top)
{
    if (name.empty() || room <= theme.px(40))
        return;
    const float pad = theme.px(8);
    const std::string text = elided(theme.fonts.ui, name, room - 4 * pad);
    const ImVec2 size = textSize(theme.fonts.ui, text);
    const float width = size.x + 2 * pad, left = isLeftOf ? x - pad - width : x + pad;
    const Rect plate{std::round(left), std::round(top + pad), width, size.y + pad};
    draw.AddRectFilled(plate.topLeft(), plate.bottomRight(), theme.palette.panel, theme.px(4));
    draw.AddRect(plate.topLeft(), plate.bottomRight(), theme.palette.line, theme.px(4));
    drawTextCentered(draw, theme.fonts.ui, plate, theme.palette.text, text);
}

} // namespace

void drawCompareBar(const Theme &theme, ImDrawList &draw, const CompareBarView &view, float width, float height, float top)
{
    const float middle = view.bar.value_or(width / 2);
    if (view.bar) {
        const float half = std::max(1.F, theme.px(1));
        draw.AddRectFilled({middle - 2 * half, top}, {middle + 2 * half, height}, theme.palette.panel);
        draw.AddRectFilled({middle - half, top}, {middle + half, height}, theme.palette.accent);
        if (view.canDrag)
            draw.AddCircleFilled({middle, (top + height) / 2}, theme.px(7), theme.palette.accent);
        drawName(theme, draw, view.left, middle, true, middle, top);
        drawName(theme, draw, view.right, middle, false, width - middle, top);
        return;
    }
    const std::string &name = view.left.empty() ? view.right : view.left;
    const float own = textSize(theme.fonts.ui, name).x + theme.px(32);
    drawName(theme, draw, name, middle - std::min(own, width) / 2, false, width, top);
}

} // namespace nms::overlay
