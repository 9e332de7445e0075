// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.h"
#include "core/solver/snapshot.h"
#include "core/solver/solution.h"

#include <cstdint>
#include <optional>

namespace nms {

/// What is known about one tile now; scores keep their own units. What cannot be told is empty.
struct TileFacts {
    std::int64_t tile = 0;
    std::int64_t tileRow = 0;
    std::int64_t tileCol = 0;
    int entries = 0; // real ones

    std::optional<double> objective; // ⟨S, A⟩
    std::optional<double> upperBound; // certified
    std::optional<double> gap; // |bound − objective| / bound
    std::optional<double> rowResidual; // max |Σ_j S_ij − n| / n; of full tiles, where no padding takes a share
    std::optional<double> columnResidual;
    std::optional<int> fractional; // entries with 0.01 < S < 0.99
    std::int64_t rank = 0; // 1 is the tile with the largest gap; 0 unknown
};

/// From the mask where `solution` is given, otherwise from the plan in `snapshot`; either may be null. `tile` must be in
/// `grid`, `score` is the whole matrix.
TileFacts tileFacts(const TileGrid &grid, std::int64_t tile, NmPattern pattern, Span2d<const float> score,
                    const Snapshot *snapshot, const Solution *solution);

} // namespace nms
