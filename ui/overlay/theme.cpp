// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/theme.h"

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>

namespace nms::overlay {

namespace {

// Latin, Greek (potentials), punctuation (…, −, ·, ‖), arrows, mathematics (≤, Σ), geometric shapes (●).
constexpr std::array<ImWchar, 15> glyphRanges{0x0020, 0x00ff, 0x0370, 0x03ff, 0x2010, 0x2044, 0x2190, 0x21ff,
                                              0x2200, 0x226f, 0x25a0, 0x25ff, 0,      0,      0};

constexpr std::array uiFonts{"/usr/share/fonts/opentype/inter/Inter-Regular.otf",
                             "/usr/share/fonts/truetype/inter/Inter-Regular.ttf",
                             "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"};
constexpr std::array monoFonts{"/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Regular.ttf",
                               "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
                               "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"};

ImFont *addFont(std::span<const char *const> candidates, float pixels)
{
    ImFontAtlas &atlas = *ImGui::GetIO().Fonts;
    ImFontConfig config;
    config.OversampleH = 2;
    config.PixelSnapH = true;
    for (const char *file : candidates) {
        std::error_code error;
        if (std::filesystem::is_regular_file(file, error))
            if (ImFont *font = atlas.AddFontFromFileTTF(file, std::round(pixels), &config, glyphRanges.data()))
                return font;
    }
    ImFontConfig bitmap;
    bitmap.SizePixels = std::round(pixels);
    return atlas.AddFontDefault(&bitmap);
}

ImVec4 asVec(ImU32 color)
{
    return ImGui::ColorConvertU32ToFloat4(color);
}

} // namespace

Palette lightPalette()
{
    Palette palette;
    palette.background = IM_COL32(0xe9, 0xeb, 0xef, 255);
    palette.panel = IM_COL32(0xf7, 0xf8, 0xfa, 248);
    palette.raised = IM_COL32(0xe6, 0xe9, 0xee, 255);
    palette.line = IM_COL32(0xd3, 0xd8, 0xe0, 255);
    palette.text = IM_COL32(0x1d, 0x22, 0x2b, 255);
    palette.muted = IM_COL32(0x5d, 0x66, 0x75, 255);
    palette.accent = IM_COL32(0x1f, 0x6f, 0xd1, 255);
    palette.accentDeep = IM_COL32(0x2f, 0x7b, 0xd6, 255);
    palette.good = IM_COL32(0x1c, 0x8a, 0x55, 255);
    palette.warn = IM_COL32(0x9a, 0x6a, 0x00, 255);
    palette.bad = IM_COL32(0xc9, 0x33, 0x3b, 255);
    palette.selection = IM_COL32(0xd3, 0xe4, 0xfa, 255);
    palette.banner = IM_COL32(0xff, 0xf2, 0xcc, 255);
    return palette;
}

void applyStyle(const Theme &theme)
{
    ImGuiStyle &style = ImGui::GetStyle();
    style = ImGuiStyle();
    ImGui::StyleColorsDark(&style);
    style.WindowPadding = {theme.px(8), theme.px(8)};
    style.FramePadding = {theme.px(8), theme.px(4)};
    style.ItemSpacing = {theme.px(8), theme.px(4)};
    style.WindowRounding = theme.px(6);
    style.PopupRounding = theme.px(6);
    style.FrameRounding = theme.px(4);
    style.WindowBorderSize = 1;
    style.PopupBorderSize = 1;
    style.WindowMinSize = {1, 1};

    const Palette &palette = theme.palette;
    style.Colors[ImGuiCol_WindowBg] = asVec(palette.panel);
    style.Colors[ImGuiCol_PopupBg] = asVec(palette.panel);
    style.Colors[ImGuiCol_PopupBg].w = 1;
    style.Colors[ImGuiCol_Border] = asVec(palette.line);
    style.Colors[ImGuiCol_Text] = asVec(palette.text);
    style.Colors[ImGuiCol_TextDisabled] = asVec(palette.muted);
    style.Colors[ImGuiCol_Header] = asVec(palette.selection);
    style.Colors[ImGuiCol_HeaderHovered] = asVec(palette.raised);
    style.Colors[ImGuiCol_HeaderActive] = asVec(palette.selection);
    style.Colors[ImGuiCol_CheckMark] = asVec(palette.accent);
    style.Colors[ImGuiCol_Separator] = asVec(palette.line);
}

Theme makeTheme(float scale)
{
    Theme theme;
    theme.scale = scale;
    // ImGui sizes fonts from ascender to descender, Qt by the em square: Inter's 13 px em needs about 16 here.
    theme.fonts.ui = addFont(uiFonts, 15.5F * scale);
    theme.fonts.mono = addFont(monoFonts, 15 * scale);
    theme.fonts.small = addFont(monoFonts, 13 * scale);

    applyStyle(theme);
    return theme;
}

} // namespace nms::overlay
