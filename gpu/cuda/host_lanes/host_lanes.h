// SPDX-License-Identifier: Apache-2.0
// The CUDA backend without a device: its tile routines run on the CPU, with 32 lanes in place of a warp. For tests, the
// check program and benchmarks; not part of the product.
#pragma once

#include "core/solver/device_solver.h"
#include "core/solver/solver_backend.h"
#include "gpu/cuda/queue.h"

#include <cstdint>
#include <memory>

namespace nms {

/// The same tile routines as in the CUDA kernels, run on the CPU with 32 explicit lanes in place of a warp, so that they can
/// be tested on a machine without a GPU. Id "host-warp"; slow.
std::unique_ptr<SolverBackend> makeHostWarpBackend();

/// The launches of a solve in device memory, on the host's. The stream is ignored: the mask is complete when start()
/// returns, or, if `asynchronous`, when the figures have been read.
std::unique_ptr<DeviceSolver> makeHostDeviceSolver(bool asynchronous = false);

namespace warp {

/// Runs on the CPU, in its own thread. `memoryLimit`: the number of bytes that it reports as free, to test matrices larger
/// than a device.
std::unique_ptr<Queue> makeHostQueue(int threads, std::int64_t memoryLimit);

} // namespace warp

} // namespace nms
