// SPDX-License-Identifier: Apache-2.0
// Writes values into cells that are large enough.
#pragma once

#include "core/view/color_map.h"
#include "ui/overlay/panel.h"

#include <string>
#include <vector>

namespace nms::overlay {

/// A block of cells on screen.
struct CellValuesView {
    float x = 0; // upper left corner of the first cell, device pixels
    float y = 0;
    float cell = 0; // side of a cell
    int rows = 0;
    int cols = 0;
    std::vector<float> values; // row-major; NaN is written too
    ColorMapId colors = ColorMapId::Inferno;
    ValueScale scale;
};

/// Cells of the large view show their values from this side length (logical pixels).
inline constexpr float cellValueSide = 44;

/// From this side length the digits are large enough for a projector.
inline constexpr float largeCellValueSide = 96;

/// ".81": with fewer characters a value is useless.
inline constexpr int fewestCharacters = 3;

/// The most precise form within `characters`: "0.8134", ".81", "0"; may be empty.
std::string cellValue(double value, int characters);

/// A text colour that is readable on a cell of this colour.
ImU32 inkOn(Rgba8 color);

void drawCellValues(const Theme &theme, ImDrawList &draw, const CellValuesView &view);

} // namespace nms::overlay
