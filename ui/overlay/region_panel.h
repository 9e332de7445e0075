// SPDX-License-Identifier: Apache-2.0
// A rectangle of cells that was drawn with the mouse, and what is known of it.
#pragma once

#include "ui/overlay/panel.h"

#include <string>
#include <utility>
#include <vector>

namespace nms::overlay {

struct RegionView {
    Rect outline; // of the cells, device pixels
    std::string title; // "rows 16–47, cols 32–63"
    std::vector<std::pair<std::string, std::string>> figures; // name and value; empty while they are reckoned
    bool isDrawn = false; // by a mouse that is still down
};

struct RegionCommands {
    bool copy = false; // the values
    bool close = false;
};

/// The panel's place below the legend: as wide as that, or beside it where nothing else is free.
Rect regionPanel(const Theme &theme, const Rect &legend, const Rect &minimap, float bottom, const RegionView &view);

void drawRegionOutline(const Theme &theme, ImDrawList &draw, const RegionView &view);
RegionCommands drawRegionPanel(const Theme &theme, const Rect &rect, const RegionView &view);

} // namespace nms::overlay
