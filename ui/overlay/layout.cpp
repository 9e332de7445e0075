// SPDX-License-Identifier: Apache-2.0
#include "ui/overlay/layout.h"

namespace nms::overlay {

Layout computeLayout(const Theme &theme, float width, float height, float legendHeight)
{
    const float margin = theme.px(12);
    const float gap = theme.px(8);
    const float inner = width - 2 * margin;
    Layout layout;
    const float timelineHeight = theme.px(44);
    const float timelineTop = height - margin - timelineHeight;
    const Rect minimap{margin, height - margin - theme.px(136), theme.px(124), theme.px(136)};
    const bool wide = inner >= minimap.width + gap + theme.px(460);
    if (inner >= theme.px(200) && timelineTop > margin) {
        const float left = wide ? minimap.right() + gap : margin;
        layout.timeline = {left, timelineTop, width - margin - left, timelineHeight};
    }

    const Rect legend{margin, margin, theme.px(184), legendHeight > 0 ? legendHeight : theme.px(104)};
    const float bottom = layout.timeline.empty() ? height - margin : timelineTop - gap;
    if (inner >= legend.width && legend.bottom() <= bottom)
        layout.legend = legend;
    if (wide && minimap.y >= legend.bottom() + gap)
        layout.minimap = minimap;
    else if (wide)
        layout.timeline = {margin, timelineTop, inner, timelineHeight};

    const float readoutHeight = theme.px(32);
    const float beside = width - margin - legend.right() - gap;
    const bool below = beside < theme.px(220);
    layout.readout = below ? Rect{margin, legend.bottom() + gap, inner, readoutHeight}
                           : Rect{legend.right() + gap, margin, beside, readoutHeight};
    if (layout.readout.bottom() > bottom)
        layout.readout = {};

    const float top = margin + readoutHeight + gap;
    if (!below && bottom - top >= theme.px(300) && beside >= theme.px(300))
        layout.inspectorRoom = {legend.right() + gap, top, beside, bottom - top};
    return layout;
}

} // namespace nms::overlay
