// SPDX-License-Identifier: Apache-2.0
// Watched solves over queues.
#pragma once

#include "core/solver/solver_backend.h"
#include "gpu/cuda/queue.h"

#include <memory>
#include <string>

namespace nms::warp {

/// A live solve at iteration 0: scores and state stay on the device until it ends; `copying`, another queue there, brings
/// home what is looked at while `solving` goes on. What exact rounds half-way is the optimum: the search goes on to its end.
/// Resource error if the score matrix does not fit there, Cancelled when progress.stop was requested.
Result<std::unique_ptr<LiveSolve>> makeWarpLive(std::string id, std::unique_ptr<Queue> solving,
                                                std::unique_ptr<Queue> copying, const Matrix<float> &score,
                                                const SolveOptions &options, const Progress &progress);
/// Of the host; what the device holds is its own affair.
LiveMemory warpLiveMemory(const TileGrid &grid, const SolveOptions &options);

} // namespace nms::warp
