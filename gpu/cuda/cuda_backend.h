// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/device_matrix.h"
#include "core/base/result.h"
#include "core/solver/device_solver.h"
#include "core/solver/solver_backend.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nms {

struct CudaDeviceInfo {
    int index = 0;
    std::string name; // "NVIDIA H200"
    std::int64_t memory = 0; // bytes
    std::optional<DeviceId> sharingId; // its id for APIs that can open its memory; none if that is impossible
};

/// Devices that can be used now; empty without a driver or GPU (never an error).
std::vector<CudaDeviceInfo> listCudaDevices();

/// Supports exact, dykstra, capped, greedy, greedy+swap, row-nm and col-nm; the first three also live. Device error if there
/// is no such device.
Result<std::unique_ptr<SolverBackend>> makeCudaBackend(int device);

/// The same on all of `devices` together, which share the panels of large matrices; live solves run on the first. Id "cuda".
std::unique_ptr<SolverBackend> makeCudaBackend(const std::vector<CudaDeviceInfo> &devices);

/// Of tensors in the memory of `device`, with the methods of makeCudaBackend(). Device error if there is no such device.
Result<std::unique_ptr<DeviceSolver>> makeCudaDeviceSolver(int device);

/// Seconds that copying the weights to the device and a mask back takes, without solving (gpu/cuda/copy_timing.h). Device
/// error if there is no such device.
Result<double> cudaCopySeconds(int device, const WeightsView &weights);

} // namespace nms
