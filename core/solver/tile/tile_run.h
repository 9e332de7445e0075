// SPDX-License-Identifier: Apache-2.0
// The piece of work that is handed to a RunSolver.
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/tile_grid.h"

#include <cstdint>
#include <numeric>

namespace nms {

/// Consecutive tiles of one row of tiles. A run begins at a whole word of the mask and ends at one or with the row, so no
/// other run touches its words: they are written without locks.
struct TileRun {
    Span2d<const float> score; // the whole matrix
    TileGrid grid;
    std::int64_t first = 0; // its first tile
    std::int64_t count = 0;

    std::int64_t end() const { return first + count; }
    std::int64_t row0() const { return grid.rowOf(first) * grid.m; } // of its first cell
    std::int64_t col0() const { return grid.colOf(first) * grid.m; }

    /// The fewest m × m tiles that fill whole words.
    static constexpr std::int64_t tilesPerWords(int m) { return 64 / std::gcd(m, 64); }
};

} // namespace nms
