// SPDX-License-Identifier: Apache-2.0
// The SolverBackend on queues, the same for CUDA devices and for host lanes.
#pragma once

#include "core/solver/solver_backend.h"
#include "core/solver/tile_loop.h"
#include "gpu/cuda/fleet.h"
#include "gpu/cuda/queue.h"

namespace nms::warp {

/// Batch: exact, dykstra, capped, greedy, greedy+swap, row-nm and col-nm; live: the first three. A batch solve shares its
/// panels among the queues of all `devices`; a live solve has two queues of its own on the first device.
std::unique_ptr<SolverBackend> makeWarpBackend(std::string id, std::string description, std::vector<SolvingDevice> devices,
                                               Warn warn);

} // namespace nms::warp
