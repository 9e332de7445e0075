// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"

namespace nms {

/// Starts a live solve by an iterative method, at iteration 0. Options must be valid and the method must have an
/// IterativeTile. Cancelled when progress.stop was requested.
Result<std::unique_ptr<LiveSolve>> makeCpuLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options,
                                               const Progress &progress);

LiveMemory cpuLiveMemory(const TileGrid &grid, const SolveOptions &options);

} // namespace nms
