// SPDX-License-Identifier: Apache-2.0
// A solve of a tensor in device memory as launches, the same for CUDA devices and for host lanes.
#pragma once

#include "core/solver/device_solver.h"
#include "gpu/cuda/queue.h"

#include <cstddef>
#include <span>
#include <string>

namespace nms::warp {

/// DeviceSolver::check() of the device `id`.
Status checkDeviceSolve(const std::string &id, const DeviceProblem &problem, const SolveOptions &options);

/// Memory of launches: scratch for bits of the mask and for values that must be packed first (f64, columns that are no
/// neighbours); figures of tiles, then sums.
DeviceSpace deviceSpace(const DeviceProblem &problem, const SolveOptions &options);

/// Enqueues all launches.
Status startDeviceSolve(Launcher &launcher, const DeviceProblem &problem, const SolveOptions &options, std::byte *scratch,
                        std::byte *figures);

/// The figures from a copy of their memory.
DeviceFigures figuresOf(std::span<const std::byte> memory, const DeviceProblem &problem, const SolveOptions &options);

} // namespace nms::warp
