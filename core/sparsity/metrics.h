// SPDX-License-Identifier: Apache-2.0
// How good is a mask? All sums in double precision.
#pragma once

#include "core/base/matrix.h"
#include "core/simd/weights_view.h"
#include "core/sparsity/mask.h"
#include "core/sparsity/nm_pattern.h"
#include "core/sparsity/tile_grid.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nms {

/// Sums in double; NaN and Inf spread.
struct MaskSums {
    double magnitude = 0; // Σ|W|
    double keptMagnitude = 0; // Σ|W|∘S
    double squared = 0; // ‖W‖²
    double squaredLost = 0; // ‖W − W∘S‖²
    std::int64_t kept = 0; // ones of S
    std::int64_t elements = 0; // of W

    MaskSums &operator+=(const MaskSums &other);
};

/// Of all of W; S has its shape. Each row is summed in one order, and the rows from the top, so `threads` (0: all cores)
/// changes nothing.
MaskSums maskSums(const WeightsView &weights, const Mask &mask, int threads = 0);

struct MaskMetrics {
    double keptMagnitude = 0; // Σ|W|∘S / Σ|W|; 1 for an all-zero matrix
    double relativeSquaredError = 0; // ‖W − W∘S‖² / ‖W‖²; 0 for an all-zero matrix
    double keptFraction = 0; // ones / elements
};

MaskMetrics measure(Span2d<const float> weights, const Mask &mask);
/// The same of sums that are there already.
MaskMetrics metricsOf(const MaskSums &sums);

/// A row or column of a tile that keeps a wrong number of entries.
struct TileViolation {
    std::int64_t tile = 0;
    std::int64_t tileRow = 0;
    std::int64_t tileCol = 0;
    bool isRow = true;
    std::int64_t line = 0; // row or column of the whole matrix
    int kept = 0;
    int wanted = 0;
    bool atMost = false; // a ragged tile: fewer than wanted would be right, too
    std::string text() const; // "tile (3, 7): row 51 keeps 9, must keep 8"
};

/// Every tile checked: full tiles keep exactly n in every row and column, ragged ones at most n. The first `limit`
/// violations in tile order; `total` counts all violating tiles.
struct MaskCheck {
    std::int64_t tiles = 0;
    std::int64_t violatingTiles = 0;
    std::vector<TileViolation> violations;
    bool transposable() const { return violatingTiles == 0; }
};
MaskCheck checkTransposable(const Mask &mask, NmPattern pattern, std::size_t limit = 16);

/// How many rows and columns of full tiles keep fewer than n.
std::int64_t shortLines(const Mask &mask, NmPattern pattern);

} // namespace nms
