// SPDX-License-Identifier: Apache-2.0
// Positions of the panels in the viewport.
#pragma once

#include "ui/overlay/panel.h"

namespace nms::overlay {

struct Layout {
    Rect legend;
    Rect readout; // available space; the read-out uses as much as it needs, from the right
    Rect minimap;
    Rect timeline;
    Rect inspectorRoom; // available space; used from the top right
};

/// Depends only on the viewport's size in device pixels and the legend's height (0: the default). Panels that do not fit get
/// an empty rectangle: in a narrow viewport the read-out moves below the legend and the minimap is dropped in favour of the
/// timeline; in a low viewport the legend is the last panel to be dropped.
Layout computeLayout(const Theme &theme, float width, float height, float legendHeight = 0);

} // namespace nms::overlay
