// SPDX-License-Identifier: Apache-2.0
// Live solves on queues.
#pragma once

#include "core/solver/solver_backend.h"
#include "gpu/cuda/queue.h"

#include <memory>
#include <string>

namespace nms::warp {

/// A live solve at iteration 0: scores and state stay on the device until it is destroyed; `copying`, another queue on the
/// device, copies captured regions to the host while `solving` continues. If exact is rounded before it has finished, the
/// search is completed first, so the result is the optimum. Resource error if the score matrix does not fit on the device,
/// Cancelled if progress.stop was requested.
Result<std::unique_ptr<LiveSolve>> makeWarpLive(std::string id, std::unique_ptr<Queue> solving,
                                                std::unique_ptr<Queue> copying, const Matrix<float> &score,
                                                const SolveOptions &options, const Progress &progress);
/// Host memory only; device memory is not counted.
LiveMemory warpLiveMemory(const TileGrid &grid, const SolveOptions &options);

} // namespace nms::warp
