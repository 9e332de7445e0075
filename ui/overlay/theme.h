// SPDX-License-Identifier: Apache-2.0
// Colours, fonts and measures of the overlay's panels.
#pragma once

#include "core/view/color_map.h"

#include <imgui.h>

#include <cmath>

namespace nms::overlay {

/// The roles that the whole window shares; the shell uses the same ones. Dark unless told otherwise.
struct Palette {
    ImU32 background = IM_COL32(0x14, 0x16, 0x1a, 255);
    ImU32 panel = IM_COL32(0x1b, 0x1e, 0x24, 248); // a trace of the matrix shines through
    ImU32 raised = IM_COL32(0x26, 0x2a, 0x32, 255); // hovered buttons, popups' frames
    ImU32 line = IM_COL32(0x2a, 0x2e, 0x37, 255);
    ImU32 text = IM_COL32(0xd7, 0xdb, 0xe3, 255);
    ImU32 muted = IM_COL32(0x8a, 0x93, 0xa3, 255);
    ImU32 accent = IM_COL32(0x5a, 0xa9, 0xff, 255);
    ImU32 accentDeep = IM_COL32(0x2f, 0x6f, 0xb3, 255);
    ImU32 good = IM_COL32(0x4c, 0xc3, 0x8a, 255);
    ImU32 warn = IM_COL32(0xf0, 0xb4, 0x29, 255);
    ImU32 bad = IM_COL32(0xff, 0x63, 0x69, 255);
    ImU32 selection = IM_COL32(0x24, 0x36, 0x4f, 255); // of a popup's lines
    ImU32 onAccent = IM_COL32(0xff, 0xff, 0xff, 255); // text on accentDeep
    ImU32 banner = IM_COL32(0x3a, 0x2e, 0x10, 255);
};

Palette lightPalette();

struct Fonts {
    ImFont *ui = nullptr; // Inter 13
    ImFont *mono = nullptr; // JetBrains Mono 12: numbers
    ImFont *small = nullptr; // JetBrains Mono 10.5: labels of axes, values in cells
};

struct Theme {
    Palette palette;
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

/// Adds the fonts to the atlas of the current ImGui context and sets its dark style. Inter and JetBrains Mono where they are
/// installed, otherwise DejaVu, otherwise ImGui's own bitmap font.
Theme makeTheme(float scale);

} // namespace nms::overlay
