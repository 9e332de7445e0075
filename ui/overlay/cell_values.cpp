// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/cell_values.h"

#include "core/base/number_text.h"

#include <algorithm>
#include <cmath>

namespace nms::overlay {

ImU32 inkOn(Rgba8 color)
{
    const float luminance = 0.2126F * float(color.r) + 0.7152F * float(color.g) + 0.0722F * float(color.b);
    return luminance > 120 ? IM_COL32(0x14, 0x16, 0x1a, 235) : IM_COL32(0xe6, 0xe9, 0xef, 225);
}

std::string cellValue(double value, int characters)
{
    if (!std::isfinite(value))
        return characters >= 3 ? formatReading(value).substr(0, std::size_t(characters)) : "?";
    if (value == std::round(value) && std::abs(value) < 100)
        return formatFixed(value, 0);
    for (int digits = 4; digits >= 0; --digits) {
        std::string text = formatFixed(value, digits);
        // Drop the leading zero if space is short.
        if (int(text.size()) > characters) {
            const std::size_t zero = text.find("0.");
            if (zero == 0 || (zero == 1 && text[0] == '-'))
                text.erase(zero, 1);
        }
        if (int(text.size()) > characters)
            continue;
        const bool nothing = text.find_first_of("123456789") == std::string::npos;
        return nothing ? "0" : text; // instead of "0.000"
    }
    const std::string text = formatNumber(value, 1); // too long even without decimals
    return int(text.size()) <= characters ? text : std::string();
}

void drawCellValues(const Theme &theme, ImDrawList &draw, const CellValuesView &view)
{
    ImFont *font = view.cell >= theme.px(largeCellValueSide) ? theme.fonts.large : theme.fonts.small;
    const float advance = textSize(font, "0").x;
    const int characters = int((view.cell - theme.px(4)) / advance);
    if (characters < fewestCharacters || view.cell < font->FontSize)
        return;
    for (int row = 0; row < view.rows; ++row)
        for (int col = 0; col < view.cols; ++col) {
            const float value = view.values[std::size_t(row) * std::size_t(view.cols) + std::size_t(col)];
            const Rect cell{view.x + view.cell * float(col), view.y + view.cell * float(row), view.cell, view.cell};
            drawTextCentered(draw, font, cell, inkOn(colorOf(value, view.scale, view.colors)),
                             cellValue(double(value), std::min(characters, 7)));
        }
}

} // namespace nms::overlay
