// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/overlay.h"

#include <algorithm>
#include <cfloat>
#include <utility>

namespace nms::overlay {

namespace {

Rect moved(Rect rect, float right, float down)
{
    rect.x += right;
    rect.y += down;
    return rect;
}

PointerShape shapeOf(ImGuiMouseCursor cursor)
{
    switch (cursor) {
    case ImGuiMouseCursor_Hand:
        return PointerShape::Hand;
    case ImGuiMouseCursor_ResizeEW:
        return PointerShape::ResizeHorizontal;
    default:
        return PointerShape::Arrow;
    }
}

} // namespace

Overlay::Overlay(float scale)
{
    ImGuiContext *previous = ImGui::GetCurrentContext();
    m_context = ImGui::CreateContext();
    ImGui::SetCurrentContext(m_context);
    ImGuiIO &io = ImGui::GetIO();
    io.IniFilename = nullptr; // no state is kept between runs, and no file may be created in the working directory
    io.LogFilename = nullptr;
    io.ConfigFlags = ImGuiConfigFlags_NoMouseCursorChange;
    m_theme = makeTheme(scale);
    io.MousePos = {-FLT_MAX, -FLT_MAX};
    ImGui::SetCurrentContext(previous ? previous : m_context);
}

Overlay::~Overlay()
{
    ImGui::DestroyContext(m_context);
}

void Overlay::makeCurrent() const
{
    ImGui::SetCurrentContext(m_context);
}

void Overlay::setPalette(const Palette &palette)
{
    makeCurrent();
    m_theme.palette = palette;
    applyStyle(m_theme);
    m_framesDue = 2;
}

void Overlay::setScale(float scale)
{
    if (scale == m_theme.scale)
        return;
    makeCurrent();
    ImFontAtlas &fonts = *ImGui::GetIO().Fonts;
    fonts.Clear();
    const Palette palette = m_theme.palette;
    m_theme = makeTheme(scale);
    setPalette(palette);
    fonts.Build();
    ++m_fontsVersion;
}

void Overlay::pointerMoved(float x, float y)
{
    makeCurrent();
    ImGui::GetIO().MousePos = {x, y};
    m_framesDue = 2;
}

void Overlay::pointerLeft()
{
    makeCurrent();
    ImGui::GetIO().MousePos = {-FLT_MAX, -FLT_MAX};
    m_framesDue = 2;
}

void Overlay::pointerButton(int button, bool down)
{
    if (button < 0 || button >= int(m_down.size()))
        return;
    m_down[std::size_t(button)] = down;
    if (down)
        m_latched[std::size_t(button)] = true;
    m_framesDue = 2;
}

void Overlay::wheel(float steps)
{
    makeCurrent();
    ImGui::GetIO().MouseWheel += steps;
    m_framesDue = 2;
}

bool Overlay::closeInnermost()
{
    const bool shrinks = m_expanded && m_hasInspector;
    if (m_popupOpen)
        m_closePopup = true;
    else if (shrinks)
        m_expanded = false;
    m_framesDue = 2;
    return m_popupOpen || shrinks;
}

bool Overlay::owns(float x, float y) const
{
    return m_popupOpen || m_layout.legend.contains(x, y) || m_layout.minimap.contains(x, y) ||
        m_layout.timeline.contains(x, y) || m_inspector.contains(x, y) || m_region.contains(x, y);
}

OverlayCommands Overlay::frame(float width, float height, float seconds, const OverlayView &view)
{
    makeCurrent();
    ImGuiIO &io = ImGui::GetIO();
    io.DisplaySize = {std::max(1.F, width), std::max(1.F, height)};
    io.DeltaTime = std::clamp(seconds, 1e-4F, 1.F);
    bool pressedSince = false;
    for (std::size_t i = 0; i < m_down.size(); ++i) {
        io.MouseDown[i] = m_down[i] || m_latched[i];
        pressedSince = pressedSince || (m_latched[i] && !m_down[i]);
        m_latched[i] = false;
    }
    m_framesDue = pressedSince ? 2 : std::max(0, m_framesDue - 1);
    const ImVec2 pointer = io.MousePos;
    if (m_closePopup) { // simulate a press outside the popup, which closes it
        io.MousePos = {-1, -1};
        io.MouseDown[0] = true;
        m_framesDue = 2;
    }
    ImGui::NewFrame();

    if (view.cellValues)
        drawCellValues(m_theme, *ImGui::GetBackgroundDrawList(), *view.cellValues);
    drawHint(view, width, height);
    const float banner = view.banner.empty() ? 0 : drawBanner(view.banner, width);
    if (view.region)
        drawRegionOutline(m_theme, *ImGui::GetBackgroundDrawList(), *view.region);
    RulerSize rulers;
    if (view.rulers) {
        rulers = rulerSize(m_theme, *view.rulers);
        drawRulers(m_theme, *ImGui::GetBackgroundDrawList(), *view.rulers, banner);
    }

    if (view.compareBar)
        drawCompareBar(m_theme, *ImGui::GetBackgroundDrawList(), *view.compareBar, width, height, banner + rulers.top);
    m_layout = computeLayout(m_theme, width - rulers.left, height - banner - rulers.top,
                             view.legend ? legendHeight(m_theme, *view.legend) : 0);
    for (Rect *rect : {&m_layout.legend, &m_layout.readout, &m_layout.minimap, &m_layout.timeline, &m_layout.inspectorRoom})
        *rect = moved(*rect, rulers.left, banner + rulers.top);
    if (!view.legend)
        m_layout.legend = {};
    if (!view.minimap)
        m_layout.minimap = {};
    if (!view.timeline)
        m_layout.timeline = {};

    OverlayCommands commands;
    if (!m_layout.legend.empty()) {
        commands.legend = drawLegend(m_theme, m_layout.legend, *view.legend);
    }
    if (!m_layout.minimap.empty())
        commands.minimap = drawMinimap(m_theme, m_layout.minimap, *view.minimap);
    if (!m_layout.timeline.empty())
        commands.timeline = drawTimeline(m_theme, m_layout.timeline, *view.timeline);
    m_region = {};
    if (view.region && !m_layout.legend.empty()) {
        const float bottom = m_layout.timeline.empty() ? height : m_layout.timeline.y - m_theme.px(8);
        m_region = regionPanel(m_theme, m_layout.legend, m_layout.minimap, bottom, *view.region);
        commands.region = drawRegionPanel(m_theme, m_region, *view.region);
    }
    m_inspector = {};
    m_hasInspector = view.inspector.has_value();
    if (view.inspector && !m_layout.inspectorRoom.empty()) {
        const Rect &room = m_layout.inspectorRoom;
        const float free = view.matrixRightEdge ? room.right() - (*view.matrixRightEdge + m_theme.px(12)) : 0;
        const float wide = m_expanded ? room.width : std::min(room.width, std::max(free, m_theme.px(300)));
        const float tall = m_expanded || wide > m_theme.px(300) ? room.height : std::min(room.height, m_theme.px(420));
        const TileInspectorLayout inspector =
            layoutTileInspector(m_theme, {room.right(), room.y}, wide, tall, view.inspector->m);
        m_inspector = {room.right() - inspector.width, room.y, inspector.width, inspector.height};
        commands.inspector = drawTileInspector(m_theme, inspector, *view.inspector, m_expanded);
        if (commands.inspector.toggleExpanded)
            m_expanded = !m_expanded;
    }
    if (view.readout && !m_layout.readout.empty())
        drawReadout(m_theme, m_layout.readout, *view.readout);

    if (view.focusFrame) {
        const float half = std::max(1.F, m_theme.px(1));
        ImGui::GetForegroundDrawList()->AddRect({half, half}, {width - half, height - half}, m_theme.palette.accent, 0, 0,
                                                2 * half);
    }

    const bool popupWasOpen = m_popupOpen;
    m_popupOpen = ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel);
    if (m_popupOpen != popupWasOpen)
        m_framesDue = 2; // ImGui computes the size of a popup in its first frame
    m_shape = shapeOf(ImGui::GetMouseCursor());
    ImGui::Render();
    if (std::exchange(m_closePopup, false))
        io.MousePos = pointer;
    io.MouseWheel = 0;
    return commands;
}

ImDrawData *Overlay::drawData() const
{
    makeCurrent();
    return ImGui::GetDrawData();
}

void Overlay::drawHint(const OverlayView &view, float width, float height) const
{
    if (view.hint.empty())
        return;
    ImDrawList &draw = *ImGui::GetBackgroundDrawList();
    const float line = m_theme.px(22);
    const ImVec2 first = textSize(m_theme.fonts.ui, view.hint);
    const ImVec2 second = textSize(m_theme.fonts.ui, view.hintDetail);
    const float boxWidth = std::min(width, std::max(first.x, second.x) + m_theme.px(40));
    const float boxHeight = line * (view.hintDetail.empty() ? 1.F : 2.F) + m_theme.px(24);
    const Rect box{std::round((width - boxWidth) / 2), std::round((height - boxHeight) / 2), boxWidth, boxHeight};
    draw.AddRectFilled(box.topLeft(), box.bottomRight(), m_theme.palette.panel, m_theme.px(6));
    draw.AddRect(box.topLeft(), box.bottomRight(), m_theme.palette.line, m_theme.px(6));
    const float inner = box.width - m_theme.px(16);
    drawTextCentered(draw, m_theme.fonts.ui, {box.x, box.y + m_theme.px(12), box.width, line}, m_theme.palette.text,
                     elided(m_theme.fonts.ui, view.hint, inner));
    drawTextCentered(draw, m_theme.fonts.ui, {box.x, box.y + m_theme.px(12) + line, box.width, line}, m_theme.palette.muted,
                     elided(m_theme.fonts.ui, view.hintDetail, inner));
}

float Overlay::drawBanner(const std::string &text, float width) const
{
    ImDrawList &draw = *ImGui::GetBackgroundDrawList();
    const float pad = m_theme.px(8);
    ImFont *font = m_theme.fonts.ui;
    const float wrap = width - 4 * pad;
    const ImVec2 size = font->CalcTextSizeA(font->FontSize, FLT_MAX, wrap, text.data(), text.data() + text.size());
    const float height = size.y + 2 * pad;
    draw.AddRectFilled({0, 0}, {width, height}, m_theme.palette.banner);
    draw.AddRectFilled({0, 0}, {m_theme.px(4), height}, m_theme.palette.warn);
    draw.AddText(font, font->FontSize, {2 * pad, pad}, m_theme.palette.text, text.data(), text.data() + text.size(), wrap);
    return height;
}

} // namespace nms::overlay
