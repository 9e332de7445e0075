// SPDX-License-Identifier: Apache-2.0
// Building blocks of panels: frame, text, buttons with drawn icons.
#pragma once

#include "ui/overlay/theme.h"

#include <string>
#include <string_view>

namespace nms::overlay {

/// Device pixels, (0, 0) at the top left of the viewport.
struct Rect {
    float x = 0;
    float y = 0;
    float width = 0;
    float height = 0;

    float right() const { return x + width; }
    float bottom() const { return y + height; }
    bool empty() const { return width <= 0 || height <= 0; }
    bool contains(float px, float py) const { return px >= x && px < right() && py >= y && py < bottom(); }
    ImVec2 topLeft() const { return {x, y}; }
    ImVec2 bottomRight() const { return {right(), bottom()}; }
    friend bool operator==(const Rect &, const Rect &) = default;
};

/// A floating panel at a fixed position; its content is drawn with draw(), in viewport pixels.
class Panel
{
public:
    Panel(const char *name, const Rect &rect);
    ~Panel();
    Panel(const Panel &) = delete;
    Panel &operator=(const Panel &) = delete;

    ImDrawList &draw() const { return *m_draw; }

private:
    ImDrawList *m_draw = nullptr;
};

/// How a text or figure is to be understood; determines its colour.
enum class Tone { Muted, Plain, Good, Warn, Bad };
ImU32 colorOf(const Palette &palette, Tone tone);

ImVec2 textSize(ImFont *font, std::string_view text);
void drawText(ImDrawList &draw, ImFont *font, ImVec2 position, ImU32 color, std::string_view text);
void drawTextRight(ImDrawList &draw, ImFont *font, float right, float y, ImU32 color, std::string_view text);
void drawTextCentered(ImDrawList &draw, ImFont *font, const Rect &inside, ImU32 color, std::string_view text);

/// `text`, truncated with an ellipsis if it is wider than `width`.
std::string elided(ImFont *font, std::string_view text, float width);

/// An invisible button over `rect`; true when it was clicked. Query hovered and active through ImGui as usual.
bool clickArea(const char *id, const Rect &rect);

/// A clickable text with a small triangle, which indicates that it opens a popup; true when clicked.
bool chooserText(const Theme &theme, ImDrawList &draw, const char *id, const Rect &rect, std::string_view text,
                 bool alignRight, ImU32 color);

void tooltip(std::string_view text); // for the last ImGui item, while it is hovered

} // namespace nms::overlay
