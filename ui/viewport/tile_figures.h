// SPDX-License-Identifier: Apache-2.0
// One figure for each tile as a map: what is shown far out and in the minimap.
#pragma once

#include "core/view/heatmap_scene.h"
#include "ui/models/tile_figures.h"

#include <optional>

namespace nms {

Matrix<float> tileFigureMap(const TileFigures &figures, TileFigure figure); // tileRows × tileCols

/// Mean magnitude of each tile's entries; NaN or Inf where a tile has any.
Matrix<float> meanMagnitudes(const Matrix<float> &values, const TileGrid &grid);

/// From the smallest to the largest of all but half a percent at either end; what is not finite does not count.
ValueScale spreadScale(const Matrix<float> &values);

/// A range in round numbers around the values: it stays put while figures change a little with every iteration.
ValueScale steadyScale(TileFigure figure, const Matrix<float> &values);

/// Where a tile's potentials begin in snapshot.potentials; none outside of the captured region.
std::optional<std::size_t> potentialsOf(const Snapshot &snapshot, std::int64_t tile);

} // namespace nms
