// SPDX-License-Identifier: Apache-2.0
// Where two masks of one matrix differ, and what each keeps there.
#pragma once

#include "core/base/matrix.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/sparsity/mask.h"
#include "core/sparsity/tile_grid.h"

#include <cstdint>
#include <vector>

namespace nms::jobs {

/// Counts and score sums of one tile, or of the whole matrix. Padding of tiles at the edge is counted nowhere.
struct MaskDifferenceSums {
    std::int64_t onlyA = 0; // number of entries that only mask A keeps
    std::int64_t onlyB = 0;
    double scoreOnlyA = 0; // Σ of their scores
    double scoreOnlyB = 0;
    double keptA = 0; // Σ of the scores of all entries that mask A keeps
    double keptB = 0;

    std::int64_t entries() const { return onlyA + onlyB; } // that differ
    double gain() const { return scoreOnlyA - scoreOnlyB; } // how much more A keeps than B

    MaskDifferenceSums &operator+=(const MaskDifferenceSums &other);
    friend bool operator==(const MaskDifferenceSums &, const MaskDifferenceSums &) = default;
};

struct MaskDifference {
    TileGrid grid;
    std::vector<MaskDifferenceSums> tiles; // grid.count(), row-major
    MaskDifferenceSums total; // Σ of the tiles, in their order
    std::int64_t tilesThatDiffer = 0;
};

/// Both masks and the scores have the shape of `grid`; otherwise a Usage error. `threads` 0: all cores. Cancelled when
/// `progress` requests it.
Result<MaskDifference> maskDifference(const Mask &a, const Mask &b, Span2d<const float> score, const TileGrid &grid,
                                      int threads, const Progress &progress);

/// An entry that one of the masks keeps and the other does not.
struct DifferingEntry {
    std::int64_t row = 0;
    std::int64_t col = 0;
    float score = 0;
    bool isInA = false; // kept by A; otherwise by B
    friend bool operator==(const DifferingEntry &, const DifferingEntry &) = default;
};

/// Those of one tile of `grid`, the largest score first; equal scores in the order of the matrix. Shapes as above.
std::vector<DifferingEntry> differingEntries(const Mask &a, const Mask &b, Span2d<const float> score, const TileGrid &grid,
                                             std::int64_t tile);

} // namespace nms::jobs
