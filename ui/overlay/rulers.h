// SPDX-License-Identifier: Apache-2.0
// Numbers of tiles and cells along the upper and the left edge of the viewport.
#pragma once

#include "core/view/camera.h"
#include "ui/overlay/panel.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nms::overlay {

struct RulersView {
    Camera camera;
    std::int64_t rows = 0; // of the matrix
    std::int64_t cols = 0;
    std::int64_t tileSize = 1;
};

/// One number along an edge; `at` is the centre of the visible part of the tile or cell, in pixels along that edge.
struct RulerMark {
    std::int64_t number = 0;
    float at = 0;
};

/// The marks along one axis, one per `unit` cells: all of them if each is at least `room` pixels long, else every 2nd, 5th,
/// 10th … Only units within the matrix of which half, or `room` pixels, are visible. Numbers start at 0, as everywhere.
std::vector<RulerMark> rulerMarks(double center, double pixelsPerCell, int size, std::int64_t cells, std::int64_t unit,
                                  float room);

/// Thickness of the tile rulers: the left one is as wide as its largest number. Panels do not overlap the rulers.
struct RulerSize {
    float left = 0;
    float top = 0;
};
RulerSize rulerSize(const Theme &theme, const RulersView &view);

/// Rulers of tiles at the edges and, if cells are large enough for their numbers, rulers of cells next to them.
void drawRulers(const Theme &theme, ImDrawList &draw, const RulersView &view, float top);

} // namespace nms::overlay
