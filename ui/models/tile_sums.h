// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/tile_grid.h"

#include <vector>

namespace nms {

/// Σ of the scores of each tile, row-major. On all cores.
std::vector<double> sumTiles(const Matrix<float> &score, const TileGrid &grid);

} // namespace nms
