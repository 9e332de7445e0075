// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solve_options.h"
#include "core/sparsity/mask.h"
#include "core/sparsity/tile_grid.h"

#include <cstdint>
#include <span>
#include <vector>

namespace nms {

/// What a method reached on one tile. Scores keep their own units.
struct TileResult {
    double objective = 0; // ⟨S, A⟩ of the mask, summed in double from the float scores
    double upperBound = 0; // certified: no feasible mask of this tile reaches more (exact: equal to objective once proven
                           // in 24-bit integers, see ../README.md)
    float residual = 0; // relative row/column violation of the plan before rounding, max over rows and columns; 0 for
                        // methods without a plan
    std::int32_t iterations = 0; // done on this tile (exact: sweeps + searches; 0 where batch looks the optimum up in a
                                 // table, M ≤ 4; greedy+swap from another method's mask: exchanges)
    bool converged = true; // residual ≤ SolveOptions::residualLimit(); exact: proven; without a plan: always

    double gap() const { return upperBound > 0 ? (upperBound - objective) / upperBound : 0; } // relative, ≥ 0
};

struct SolutionTotals {
    std::int64_t tiles = 0;
    double objective = 0;
    double upperBound = 0;
    double relativeGap = 0; // (upperBound − objective)/upperBound of the sums
    double worstGap = 0; // of one tile
    std::int64_t worstTile = -1;
    double worstResidual = 0;
    std::int64_t notConverged = 0; // tiles
    std::int32_t mostIterations = 0; // of one tile
    std::int64_t iterations = 0; // Σ over the tiles
    double meanIterations() const { return tiles > 0 ? double(iterations) / double(tiles) : 0; }

    void add(std::span<const TileResult> following); // tiles that come after those counted so far
};

struct Solution {
    SolveOptions options;
    TileGrid grid;
    Mask mask; // grid.rows × grid.cols
    std::vector<TileResult> tiles; // grid.count(), row-major
    double seconds = 0; // solving alone, wall clock

    SolutionTotals totals() const;
};

} // namespace nms
