// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/tile_grid.h"

#include <vector>

namespace nms {

/// Σ of the scores of each tile, row-major, on all cores; the same to the last bit for any number of them.
std::vector<double> sumTiles(const Matrix<float> &score, const TileGrid &grid);

/// The same of the absolute values.
std::vector<double> sumTileMagnitudes(const Matrix<float> &values, const TileGrid &grid);

/// Σ of all scores, row by row, on all cores; the same to the last bit for any number of them.
double sumOf(const Matrix<float> &score);

} // namespace nms
