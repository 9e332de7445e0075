// SPDX-License-Identifier: Apache-2.0
// Where the panels float in the viewport.
#pragma once

#include "ui/overlay/panel.h"

namespace nms::overlay {

struct Layout {
    Rect legend;
    Rect readout; // the room for it; it takes what it needs, from the right
    Rect minimap;
    Rect timeline;
    Rect inspectorRoom; // likewise, from the top right
};

/// A function of the viewport's size in device pixels and of the legend's height (0: the usual one). What does not fit is
/// empty: in a narrow viewport the read-out moves below the legend and the minimap gives way to the timeline, in a flat one
/// the legend goes last.
Layout computeLayout(const Theme &theme, float width, float height, float legendHeight = 0);

} // namespace nms::overlay
