// SPDX-License-Identifier: Apache-2.0
// One figure for each tile: what is shown far out and in the minimap.
#pragma once

#include "ui/overlay/legend.h"
#include "ui/viewport/view_sources.h"

#include <optional>
#include <vector>

namespace nms {

using overlay::TileFigure;

/// What can be told about the tiles now; empty before the first run.
std::vector<TileFigure> availableFigures(const ViewSources &sources);

/// tileRows × tileCols values. `tileScores`: Σ of the score of each tile, row-major.
Matrix<float> tileFigureMap(const ViewSources &sources, TileFigure figure, const std::vector<double> &tileScores);

std::vector<double> sumTiles(const Matrix<float> &score, const TileGrid &grid);

/// A range in round numbers around the values: it stays put while figures change a little with every iteration.
ValueScale steadyScale(TileFigure figure, const Matrix<float> &values);

/// Where a tile's potentials begin in snapshot.potentials; none outside of the captured region.
std::optional<std::size_t> potentialsOf(const Snapshot &snapshot, std::int64_t tile);

} // namespace nms
