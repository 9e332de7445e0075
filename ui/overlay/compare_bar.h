// SPDX-License-Identifier: Apache-2.0
// Names of the two masks that are compared, and the bar between them.
#pragma once

#include "ui/overlay/panel.h"

#include <optional>
#include <string>

namespace nms::overlay {

struct CompareBarView {
    std::string left; // name shown at the left; empty: none
    std::string right; // likewise
    std::optional<float> bar; // x of the bar, in device pixels; empty: one mask (or their difference) is shown
    bool canDrag = false; // the bar has a handle
};

/// Along the upper edge at `top`, in a viewport of width × height.
void drawCompareBar(const Theme &theme, ImDrawList &draw, const CompareBarView &view, float width, float height, float top);

} // namespace nms::overlay
