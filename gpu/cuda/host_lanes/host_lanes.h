// SPDX-License-Identifier: Apache-2.0
// The CUDA backend without a device: its tile routines on the CPU, 32 lanes in place of a warp. For tests, the check program
// and benchmarks; no part of the product.
#pragma once

#include "core/solver/solver_backend.h"
#include "gpu/cuda/queue.h"

#include <cstdint>
#include <memory>

namespace nms {

/// The very tile routines of the CUDA kernels, run on the CPU with 32 explicit lanes in place of a warp: how a machine
/// without a GPU tests them. Id "host-warp"; slow.
std::unique_ptr<SolverBackend> makeHostWarpBackend();

namespace warp {

/// Runs on the CPU, in a thread of its own. `memoryLimit`: bytes that it pretends to have, for tests of matrices larger than
/// a device.
std::unique_ptr<Queue> makeHostQueue(int threads, std::int64_t memoryLimit);

} // namespace warp

} // namespace nms
