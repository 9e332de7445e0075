// SPDX-License-Identifier: Apache-2.0
// A rectangle of cells drawn with the mouse, and its figures.
#pragma once

#include "ui/overlay/panel.h"

#include <string>
#include <utility>
#include <vector>

namespace nms::overlay {

struct RegionView {
    Rect outline; // of the cells, device pixels
    std::string title; // "rows 16–47, cols 32–63"
    std::vector<std::pair<std::string, std::string>> figures; // name and value; empty while they are computed
    bool isDrawn = false; // the mouse button is still down
};

struct RegionCommands {
    bool copy = false; // copy the values
    bool close = false;
};

/// Position of the panel: below the legend and as wide, or next to the legend if there is no other free space.
Rect regionPanel(const Theme &theme, const Rect &legend, const Rect &minimap, float bottom, const RegionView &view);

void drawRegionOutline(const Theme &theme, ImDrawList &draw, const RegionView &view);
RegionCommands drawRegionPanel(const Theme &theme, const Rect &rect, const RegionView &view);

} // namespace nms::overlay
