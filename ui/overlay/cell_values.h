// SPDX-License-Identifier: Apache-2.0
// Values written into cells that are large enough to hold them.
#pragma once

#include "core/view/color_map.h"
#include "ui/overlay/panel.h"

#include <string>
#include <vector>

namespace nms::overlay {

/// A block of cells on screen.
struct CellValuesView {
    float x = 0; // of the first cell's corner, device pixels
    float y = 0;
    float cell = 0; // side of a cell
    int rows = 0;
    int cols = 0;
    std::vector<float> values; // row-major; NaN is written too
    ColorMapId colors = ColorMapId::Inferno;
    ValueScale scale;
};

/// From this side on (logical pixels) cells of the large view carry their values.
inline constexpr float cellValueSide = 44;

/// From here on in digits that are read from the back of a room.
inline constexpr float largeCellValueSide = 96;

/// ".81": with fewer a value tells nothing.
inline constexpr int fewestCharacters = 3;

/// The most precise form within `characters`: "0.8134", ".81", "0"; may be empty.
std::string cellValue(double value, int characters);

/// Text that reads on a cell of this colour.
ImU32 inkOn(Rgba8 color);

void drawCellValues(const Theme &theme, ImDrawList &draw, const CellValuesView &view);

} // namespace nms::overlay
