// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "gpu/cuda/warp_backend.h"

#include <limits>

namespace nms {

std::unique_ptr<SolverBackend> makeHostWarpBackend()
{
    return warp::makeWarpBackend("host-warp", "CPU · CUDA routines on 32 explicit lanes",
                                 {[](int threads) -> Result<std::unique_ptr<warp::Queue>> {
                                     return warp::makeHostQueue(threads, std::numeric_limits<std::int64_t>::max());
                                 }},
                                 [](const std::string &) {});
}

} // namespace nms
