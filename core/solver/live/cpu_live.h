// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"

namespace nms {

/// The iterative methods of the tile folder, watched, at iteration 0. Options are valid and the method has an IterativeTile.
/// Cancelled when progress.stop was requested.
Result<std::unique_ptr<LiveSolve>> makeCpuLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options,
                                               const Progress &progress);

LiveMemory cpuLiveMemory(const TileGrid &grid, const SolveOptions &options);

} // namespace nms
