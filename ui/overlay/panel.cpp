// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/panel.h"

#include <cfloat>

namespace nms::overlay {

Panel::Panel(const char *name, const Rect &rect)
{
    ImGui::SetNextWindowPos(rect.topLeft());
    ImGui::SetNextWindowSize({rect.width, rect.height});
    ImGui::Begin(name, nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                     ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoFocusOnAppearing | ImGuiWindowFlags_NoBringToFrontOnFocus |
                     ImGuiWindowFlags_NoScrollWithMouse);
    m_draw = ImGui::GetWindowDrawList();
}

Panel::~Panel()
{
    ImGui::End();
}

ImU32 colorOf(const Palette &palette, Tone tone)
{
    switch (tone) {
    case Tone::Plain:
        return palette.text;
    case Tone::Good:
        return palette.good;
    case Tone::Warn:
        return palette.warn;
    case Tone::Bad:
        return palette.bad;
    case Tone::Muted:
        break;
    }
    return palette.muted;
}

ImVec2 textSize(ImFont *font, std::string_view text)
{
    return font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, text.data(), text.data() + text.size());
}

void drawText(ImDrawList &draw, ImFont *font, ImVec2 position, ImU32 color, std::string_view text)
{
    draw.AddText(font, font->FontSize, {std::round(position.x), std::round(position.y)}, color, text.data(),
                 text.data() + text.size());
}

void drawTextRight(ImDrawList &draw, ImFont *font, float right, float y, ImU32 color, std::string_view text)
{
    drawText(draw, font, {right - textSize(font, text).x, y}, color, text);
}

void drawTextCentered(ImDrawList &draw, ImFont *font, const Rect &inside, ImU32 color, std::string_view text)
{
    const ImVec2 size = textSize(font, text);
    drawText(draw, font, {inside.x + (inside.width - size.x) / 2, inside.y + (inside.height - size.y) / 2}, color, text);
}

std::string elided(ImFont *font, std::string_view text, float width)
{
    if (textSize(font, text).x <= width)
        return std::string(text);
    while (!text.empty()) {
        std::size_t last = text.size() - 1;
        while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xc0) == 0x80) // to the start of a UTF-8 character
            --last;
        text = text.substr(0, last);
        const std::string shorter = std::string(text) + "…";
        if (textSize(font, shorter).x <= width)
            return shorter;
    }
    return {};
}

bool clickArea(const char *id, const Rect &rect)
{
    ImGui::SetCursorScreenPos(rect.topLeft());
    return ImGui::InvisibleButton(id, {std::max(1.F, rect.width), std::max(1.F, rect.height)});
}

bool chooserText(const Theme &theme, ImDrawList &draw, const char *id, const Rect &rect, std::string_view text,
                 bool alignRight, ImU32 color)
{
    const bool clicked = clickArea(id, rect);
    const ImU32 shown = ImGui::IsItemHovered() ? theme.palette.text : color;
    const float arrow = theme.px(4);
    const ImVec2 size = textSize(theme.fonts.small, text);
    const float whole = size.x + theme.px(6) + 2 * arrow;
    const float x = alignRight ? rect.right() - whole : rect.x;
    const float middle = rect.y + rect.height / 2;
    drawText(draw, theme.fonts.small, {x, middle - size.y / 2}, shown, text);
    const float ax = x + size.x + theme.px(6) + arrow;
    draw.AddTriangleFilled({ax - arrow, middle - arrow / 2}, {ax + arrow, middle - arrow / 2}, {ax, middle + arrow / 2},
                           shown);
    return clicked;
}

void tooltip(std::string_view text)
{
    if (ImGui::IsItemHovered()) {
        ImGui::BeginTooltip();
        ImGui::TextUnformatted(text.data(), text.data() + text.size());
        ImGui::EndTooltip();
    }
}

} // namespace nms::overlay
