// SPDX-License-Identifier: Apache-2.0
// The whole matrix in small: its tile map, and the part visible in the viewport.
#pragma once

#include "core/view/camera.h"
#include "ui/overlay/legend.h"
#include "ui/overlay/panel.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nms::overlay {

struct MinimapView {
    std::int64_t rows = 0; // of the matrix
    std::int64_t cols = 0;
    std::string title; // "undecided by tile"
    int mapRows = 0; // of `colors`, row-major
    int mapCols = 0;
    std::vector<Rgba8> colors;
    CellRect visible;
    std::optional<CellRect> selection;
    std::vector<TileFigure> figures; // more than one: the title opens a choice
    TileFigure figure = TileFigure::Undecided;
};

struct MinimapCommands {
    std::optional<CellPoint> center; // the cell on which the viewport is to be centred
    std::optional<TileFigure> figure;
};

/// Position of the picture inside `area`: centred, as large as fits with the matrix's aspect ratio (limited to 1:6).
Rect minimapPicture(const Rect &area, std::int64_t rows, std::int64_t cols);

/// The cell under a point of the picture, clamped to the matrix.
CellPoint minimapCell(const Rect &picture, std::int64_t rows, std::int64_t cols, float x, float y);

MinimapCommands drawMinimap(const Theme &theme, const Rect &rect, const MinimapView &view);

} // namespace nms::overlay
