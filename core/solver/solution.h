// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/methods/solve_options.h"
#include "core/sparsity/mask.h"
#include "core/sparsity/tile_grid.h"
#include "core/tile/figures.h"

#include <cstdint>
#include <span>
#include <vector>

namespace nms {

struct SolutionTotals {
    std::int64_t tiles = 0;
    double objective = 0;
    double upperBound = 0;
    double relativeGap = 0; // (upperBound − objective)/upperBound of the sums
    double worstGap = 0; // largest of any tile
    std::int64_t worstTile = -1;
    double worstResidual = 0;
    std::int64_t notConverged = 0; // number of tiles
    std::int32_t mostIterations = 0; // largest of any tile
    std::int64_t iterations = 0; // Σ over the tiles
    double meanIterations() const { return tiles > 0 ? double(iterations) / double(tiles) : 0; }

    void add(std::span<const TileResult> following); // the tiles after those counted so far
    SolutionTotals &operator+=(const SolutionTotals &following); // the same
};

struct Solution {
    SolveOptions options;
    TileGrid grid;
    Mask mask; // grid.rows × grid.cols
    std::vector<TileResult> tiles; // grid.count(), row-major
    double seconds = 0; // time spent solving only, wall clock

    SolutionTotals totals() const;
};

} // namespace nms
