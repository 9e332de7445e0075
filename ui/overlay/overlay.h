// SPDX-License-Identifier: Apache-2.0
// The panels that float in the viewport, in an ImGui context of their own.
#pragma once

#include "ui/overlay/cell_values.h"
#include "ui/overlay/compare_bar.h"
#include "ui/overlay/layout.h"
#include "ui/overlay/legend.h"
#include "ui/overlay/minimap.h"
#include "ui/overlay/readout.h"
#include "ui/overlay/region_panel.h"
#include "ui/overlay/rulers.h"
#include "ui/overlay/tile_inspector.h"
#include "ui/overlay/timeline.h"

#include <array>
#include <optional>
#include <string>

namespace nms::overlay {

/// Everything that the panels show in one frame; panels whose view is not set are not drawn.
struct OverlayView {
    std::optional<LegendView> legend;
    std::optional<ReadoutView> readout;
    std::optional<MinimapView> minimap;
    std::optional<TimelineView> timeline;
    std::optional<TileInspectorView> inspector;
    /// X of the right edge of the matrix: the inspector may use the space to the right of it.
    std::optional<float> matrixRightEdge;
    std::optional<CellValuesView> cellValues;
    std::optional<RulersView> rulers;
    std::optional<RegionView> region;
    std::optional<CompareBarView> compareBar;
    std::string hint; // shown in the middle when there is nothing to see
    std::string hintDetail; // a quieter second line
    bool focusFrame = false; // frame around the viewport while it has the keyboard focus
    std::string banner; // a warning across the top
};

/// What the user has requested in that frame.
struct OverlayCommands {
    LegendCommands legend;
    MinimapCommands minimap;
    TimelineCommands timeline;
    TileInspectorCommands inspector;
    RegionCommands region;
};

enum class PointerShape { Arrow, Hand, ResizeHorizontal };

/// All coordinates are device pixels. One thread; every member function makes its own ImGui context current.
class Overlay
{
public:
    /// `scale`: device pixels of one logical pixel.
    explicit Overlay(float scale);
    ~Overlay();
    Overlay(const Overlay &) = delete;
    Overlay &operator=(const Overlay &) = delete;

    void makeCurrent() const;
    const Theme &theme() const { return m_theme; }
    void setPalette(const Palette &palette);
    /// Between two frames. Makes the font atlas anew: a renderer that holds a copy of it must fetch it again.
    void setScale(float scale);
    int fontsVersion() const { return m_fontsVersion; } // another one for each font atlas

    // Input. Presses are latched: a click that begins and ends between two frames is not lost.
    void pointerMoved(float x, float y);
    void pointerLeft();
    void pointerButton(int button, bool down); // 0 left, 1 right, 2 middle
    void wheel(float steps);
    /// Closes the topmost item: an open popup, else the enlarged inspector. False if there is neither.
    bool closeInnermost();

    /// True if mouse input at this position belongs to a panel and not to the matrix.
    bool owns(float x, float y) const;

    /// Builds one frame; drawData() holds it until the next one.
    OverlayCommands frame(float width, float height, float seconds, const OverlayView &view);
    ImDrawData *drawData() const;

    /// After input a second frame is needed: ImGui shows hovering one frame late, and a latched press must be released.
    bool wantsAnotherFrame() const { return m_framesDue > 0; }
    PointerShape pointerShape() const { return m_shape; }

private:
    void drawHint(const OverlayView &view, float width, float height) const;
    float drawBanner(const std::string &text, float width) const; // returns its height

    ImGuiContext *m_context = nullptr;
    Theme m_theme;
    int m_fontsVersion = 0;
    Layout m_layout;
    Rect m_inspector;
    Rect m_region;
    bool m_expanded = false;
    bool m_popupOpen = false;
    bool m_closePopup = false;
    bool m_hasInspector = false;
    std::array<bool, 3> m_down{};
    std::array<bool, 3> m_latched{};
    int m_framesDue = 2;
    PointerShape m_shape = PointerShape::Arrow;
};

} // namespace nms::overlay
