// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/prune/linear_algebra.h"
#include "core/solver/device_solver.h"
#include "core/solver/solver_backend.h"

#include <memory>
#include <string>
#include <vector>

namespace nms {

struct BackendEntry {
    std::string id; // "cpu", "cuda:0", "cuda" (all of several devices)
    std::string label; // "CPU · 2 threads", "CUDA · NVIDIA H200", "CUDA · 2 × NVIDIA H200"
    std::shared_ptr<SolverBackend> backend;
};

/// The backends that work on this machine, best first; "cpu", which supports every method, is always the last. Queries the
/// CUDA driver if there is one, so the first call may take a second.
std::vector<BackendEntry> availableBackends();

/// Solves tensors in the memory of CUDA device `device`; the same object at every call. Device error if there is no such
/// device.
Result<std::shared_ptr<DeviceSolver>> deviceSolver(int device);

/// Linear algebra on the device where that backend solves tiles: its GPU, or the CPU. Device or Unsupported error if its
/// libraries are missing.
Result<std::shared_ptr<LinearAlgebra>> algebraFor(const SolverBackend &backend);

/// Seconds that copying the weights to a backend's device and a mask back takes, without solving. Unsupported error where
/// nothing is copied (the CPU), or to several devices at once.
Result<double> copySecondsTo(const SolverBackend &backend, const WeightsView &weights);

} // namespace nms
