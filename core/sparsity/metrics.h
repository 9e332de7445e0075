// SPDX-License-Identifier: Apache-2.0
// How good a mask is. All sums are in double precision.
#pragma once

#include "core/base/matrix.h"
#include "core/simd/weights_view.h"
#include "core/sparsity/mask.h"
#include "core/sparsity/nm_pattern.h"
#include "core/sparsity/tile_grid.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nms {

/// Sums in double; NaN and Inf propagate.
struct MaskSums {
    double magnitude = 0; // Σ|W|
    double keptMagnitude = 0; // Σ|W|∘S
    double squared = 0; // ‖W‖²
    double squaredLost = 0; // ‖W − W∘S‖²
    std::int64_t kept = 0; // ones of S
    std::int64_t elements = 0; // of W

    MaskSums &operator+=(const MaskSums &other);
};

/// Sums over all of W; S has its shape. Each row is summed in a fixed order, and the rows from the top, so the result does
/// not depend on `threads` (0: all cores).
MaskSums maskSums(const WeightsView &weights, const Mask &mask, int threads = 0);
/// The sums of rows [row0, row0 + rows), each by itself; maskSums() adds them from the top.
void sumRows(const WeightsView &weights, const Mask &mask, std::int64_t row0, std::int64_t rows, std::span<MaskSums> out);

struct MaskMetrics {
    double keptMagnitude = 0; // Σ|W|∘S / Σ|W|; 1 for an all-zero matrix
    double relativeSquaredError = 0; // ‖W − W∘S‖² / ‖W‖²; 0 for an all-zero matrix
    double keptFraction = 0; // ones / elements
};

MaskMetrics measure(Span2d<const float> weights, const Mask &mask);
/// The same from sums that were computed before.
MaskMetrics metricsOf(const MaskSums &sums);

/// A row or column of a tile that keeps a wrong number of entries.
struct TileViolation {
    std::int64_t tile = 0;
    std::int64_t tileRow = 0;
    std::int64_t tileCol = 0;
    bool isRow = true;
    std::int64_t line = 0; // index in the whole matrix
    int kept = 0;
    int wanted = 0;
    bool atMost = false; // a ragged tile, which may also keep fewer
    std::string text() const; // "tile (3, 7): row 51 keeps 9, must keep 8"
};

/// The result of checking every tile: full tiles must keep exactly n in every row and column, ragged ones at most n. Holds
/// the first `limit` violations in tile order; `violatingTiles` counts all.
struct MaskCheck {
    std::int64_t tiles = 0;
    std::int64_t violatingTiles = 0;
    std::vector<TileViolation> violations;
    bool transposable() const { return violatingTiles == 0; }
};
MaskCheck checkTransposable(const Mask &mask, NmPattern pattern, std::size_t limit = 16);

/// Number of rows and columns of full tiles that keep fewer than n.
std::int64_t shortLines(const Mask &mask, NmPattern pattern);

} // namespace nms
