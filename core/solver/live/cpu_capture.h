// SPDX-License-Identifier: Apache-2.0
// What a viewer sees of suspended tiles: those of a live solve, or those of one of its key frames.
#pragma once

#include "core/base/matrix.h"
#include "core/methods/solve_options.h"
#include "core/solver/snapshot.h"
#include "core/solver/solver_backend.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace nms {

/// What a key frame of a CPU solve begins with; the tiles' states follow, then their figures.
struct FrameHead {
    Method method;
    NmPattern pattern;
    std::int64_t rows;
    std::int64_t cols;
    IterationStats stats;
};

/// What stays the same during a solve.
struct CapturedSolve {
    std::shared_ptr<const Matrix<float>> score;
    SolveOptions options;
    TileGrid grid;
    std::size_t stateBytes = 0; // of one tile
    std::shared_ptr<const std::vector<double>> totals; // Σ of each tile's scores
};

/// Fills `out` from the states of all tiles and their PlanFigures, one behind the other, at any address.
Status captureTiles(const CapturedSolve &solve, const IterationStats &stats, const std::byte *states,
                    const std::byte *figures, const TileRegion &region, Snapshot &out);

/// Of key frames of `solve`, which must have started.
std::shared_ptr<const KeyFrameReader> makeKeyFrameReader(const CapturedSolve &solve);

} // namespace nms
