// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/theme.h"

#include <fontconfig/fontconfig.h>

#include <array>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace nms::overlay {

namespace {

// Latin, Ŵ, Greek (potentials), punctuation (…, −, ·, ‖), arrows, mathematics (≤, Σ), geometric shapes (●).
constexpr std::array<ImWchar, 17> glyphRanges{0x0020, 0x00ff, 0x0174, 0x0174, 0x0370, 0x03ff, 0x2010, 0x2044, 0x2190,
                                              0x21ff, 0x2200, 0x226f, 0x25a0, 0x25ff, 0,      0,      0};

/// File and face index of the first of `families` that is installed, else of fontconfig's substitute for the last; empty
/// without any font.
std::pair<std::string, int> fontFile(std::initializer_list<const char *> families)
{
    const std::unique_ptr<FcPattern, decltype(&FcPatternDestroy)> wanted(FcPatternCreate(), FcPatternDestroy);
    for (const char *family : families)
        FcPatternAddString(wanted.get(), FC_FAMILY, reinterpret_cast<const FcChar8 *>(family));
    FcPatternAddInteger(wanted.get(), FC_WEIGHT, FC_WEIGHT_REGULAR);
    FcPatternAddInteger(wanted.get(), FC_SLANT, FC_SLANT_ROMAN);
    FcPatternAddBool(wanted.get(), FC_OUTLINE, FcTrue);
    FcPatternAddBool(wanted.get(), FC_VARIABLE, FcFalse); // ImGui draws variable fonts in their lightest face
    FcConfigSubstitute(nullptr, wanted.get(), FcMatchPattern);
    FcDefaultSubstitute(wanted.get());
    FcResult result = FcResultNoMatch;
    const std::unique_ptr<FcPattern, decltype(&FcPatternDestroy)> found(FcFontMatch(nullptr, wanted.get(), &result),
                                                                        FcPatternDestroy);
    FcChar8 *file = nullptr;
    int index = 0;
    if (!found || FcPatternGetString(found.get(), FC_FILE, 0, &file) != FcResultMatch)
        return {};
    FcPatternGetInteger(found.get(), FC_INDEX, 0, &index);
    return {reinterpret_cast<const char *>(file), index & 0xffff}; // the upper bits are the instance of a variable font
}

// Characters of numbers, including NaN and inf.
constexpr std::array<ImWchar, 3> numberRanges{0x0020, 0x007e, 0};

ImFont *addFont(std::initializer_list<const char *> families, float pixels, const ImWchar *ranges = glyphRanges.data())
{
    ImFontAtlas &atlas = *ImGui::GetIO().Fonts;
    const auto [file, index] = fontFile(families);
    ImFontConfig config;
    config.OversampleH = 2;
    config.PixelSnapH = true;
    config.FontNo = index;
    std::error_code error;
    if (std::filesystem::is_regular_file(file, error)) // ImGui fails an assertion on a missing file
        if (ImFont *font = atlas.AddFontFromFileTTF(file.c_str(), std::round(pixels), &config, ranges))
            return font;
    ImFontConfig bitmap;
    bitmap.SizePixels = std::round(pixels);
    return atlas.AddFontDefault(&bitmap);
}

ImVec4 asVec(ImU32 color)
{
    return ImGui::ColorConvertU32ToFloat4(color);
}

} // namespace

Palette paletteOf(const ThemeColors &colors)
{
    Palette palette{};
    palette.background = toImGui(colors.background);
    palette.panel = toImGui({colors.panel.r, colors.panel.g, colors.panel.b, 248}); // slightly transparent
    palette.raised = toImGui(colors.raised);
    palette.line = toImGui(colors.line);
    palette.text = toImGui(colors.text);
    palette.muted = toImGui(colors.muted);
    palette.accent = toImGui(colors.accent);
    palette.accentDeep = toImGui(colors.accentDeep);
    palette.onAccent = toImGui(colors.onAccent);
    palette.selection = toImGui(colors.selection);
    palette.banner = toImGui(colors.banner);
    palette.good = toImGui(colors.good);
    palette.warn = toImGui(colors.warn);
    palette.bad = toImGui(colors.bad);
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

void addFontFolder(const std::string &folder)
{
    FcConfigAppFontAddDir(nullptr, reinterpret_cast<const FcChar8 *>(folder.c_str()));
}

Theme makeTheme(float scale)
{
    Theme theme;
    theme.scale = scale;
    // ImGui sizes fonts from ascender to descender, Qt by the em square: Inter's 13 px em needs about 16 here.
    theme.fonts.ui = addFont({"Inter", "DejaVu Sans", "sans-serif"}, 15.5F * scale);
    theme.fonts.mono = addFont({"JetBrains Mono", "DejaVu Sans Mono", "monospace"}, 15 * scale);
    theme.fonts.small = addFont({"JetBrains Mono", "DejaVu Sans Mono", "monospace"}, 13 * scale);
    theme.fonts.large = addFont({"JetBrains Mono", "DejaVu Sans Mono", "monospace"}, 26 * scale, numberRanges.data());

    applyStyle(theme);
    return theme;
}

} // namespace nms::overlay
