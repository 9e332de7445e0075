// SPDX-License-Identifier: Apache-2.0
// One tile's mask, and what becomes of it.
#pragma once

#include "core/simd/simd_level.h"
#include "core/sparsity/mask.h"
#include "core/tile/tile_scores.h"

#include <cstdint>

namespace nms {

/// Bit j of rows[i] = entry (i, j) of the padded tile is kept.
struct TileMask {
    TileLine<std::uint64_t> rows = {};

    bool at(int i, int j) const { return rows[std::size_t(i)] >> j & 1; }
    void add(int i, int j) { rows[std::size_t(i)] |= std::uint64_t(1) << j; }
    void remove(int i, int j) { rows[std::size_t(i)] &= ~(std::uint64_t(1) << j); }

    /// Keeps (i, j) when (j − i) mod m < n: what every transposable method answers for an all-zero tile.
    static TileMask band(NmPattern pattern);
};

/// Σ of the scores kept: each column in double from the top, then the columns in pairs.
double keptScore(const TileScores &scores, const TileMask &mask, SimdLevel level);

/// The real cells of a tile of `mask`.
TileMask loadTile(const Mask &mask, const TileGrid &grid, std::int64_t tile);

} // namespace nms
