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

/// One number along an edge. Pixels are along that edge; `at` is the middle of what is seen of what it numbers.
struct RulerMark {
    std::int64_t number = 0;
    float at = 0;
};

/// What is numbered along one axis, `unit` cells at a time: every one where `room` pixels fit into it, else every 2nd, 5th,
/// 10th … Only what lies within the matrix and is seen by half, or for `room` pixels. Numbers count from 0, as everywhere.
std::vector<RulerMark> rulerMarks(double center, double pixelsPerCell, int size, std::int64_t cells, std::int64_t unit,
                                  float room);

/// Thickness of the rulers of tiles: the left one is as wide as its largest number. Panels stay clear of them.
struct RulerSize {
    float left = 0;
    float top = 0;
};
RulerSize rulerSize(const Theme &theme, const RulersView &view);

/// Rulers of tiles at the edges and, where cells are large enough for their numbers, rulers of cells beside them.
void drawRulers(const Theme &theme, ImDrawList &draw, const RulersView &view, float top);

} // namespace nms::overlay
