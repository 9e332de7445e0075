// SPDX-License-Identifier: Apache-2.0
// One figure for each tile as a map: what is shown far out and in the minimap.
#pragma once

#include "core/tensor/overview.h"
#include "core/view/heatmap_scene.h"
#include "ui/models/tile_figures.h"

#include <optional>

namespace nms {

Matrix<float> tileFigureMap(const TileFigures &figures, TileFigure figure); // tileRows × tileCols

/// Mean magnitude of each tile's entries; NaN or Inf if the tile contains any.
Matrix<float> meanMagnitudes(const Matrix<float> &values, const TileGrid &grid);
/// The same from an overview of finite values, if the tiles are whole texels of it: much less is read.
Matrix<float> meanMagnitudes(const OverviewLevel &overview, const TileGrid &grid);

/// The range of the finite values without the lowest and the highest 0.5 %.
ValueScale spreadScale(const Matrix<float> &values);

/// A range in round numbers around the values, so that it rarely changes while figures change a little in every iteration.
ValueScale steadyScale(TileFigure figure, const Matrix<float> &values);

/// Offset of a tile's potentials in snapshot.potentials; empty outside the captured region.
std::optional<std::size_t> potentialsOf(const Snapshot &snapshot, std::int64_t tile);

} // namespace nms
