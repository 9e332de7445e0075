// SPDX-License-Identifier: Apache-2.0
// Colours, fonts and sizes of the overlay's panels.
#pragma once

#include "core/view/theme_colors.h"

#include <imgui.h>

#include <cmath>
#include <string>

namespace nms::overlay {

/// The colours of the whole window in the format of ImGui.
struct Palette {
    ImU32 background, panel, raised, line, text, muted, accent, accentDeep, onAccent, selection, banner, good, warn, bad;
};

Palette paletteOf(const ThemeColors &colors);

struct Fonts {
    ImFont *ui = nullptr; // Inter 13
    ImFont *mono = nullptr; // JetBrains Mono 12: numbers
    ImFont *small = nullptr; // JetBrains Mono 10.5: labels of axes, values in cells
    ImFont *large = nullptr; // JetBrains Mono 21, digits only: values in large cells
};

struct Theme {
    Palette palette = paletteOf(darkColors);
    Fonts fonts;
    float scale = 1; // device pixels of one logical pixel

    float px(float logical) const { return std::round(logical * scale); }
};

inline ImU32 toImGui(Rgba8 color)
{
    return IM_COL32(color.r, color.g, color.b, color.a);
}

/// Sets the style of the current ImGui context.
void applyStyle(const Theme &theme);

/// Makes the fonts in `folder` known to this process, for the overlay and for Qt alike, as if they were installed; before
/// either of them has asked for fonts.
void addFontFolder(const std::string &folder);

/// Adds the fonts to the atlas of the current ImGui context and sets its dark style. Uses Inter and JetBrains Mono if they
/// are installed, otherwise the substitutes of fontconfig, or ImGui's built-in bitmap font if there are none.
Theme makeTheme(float scale);

} // namespace nms::overlay
