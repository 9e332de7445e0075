// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/prune/linear_algebra.h"
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

/// The backends that work on this machine, best first; "cpu", which knows every method, is always the last. Asks the
/// CUDA driver, so the first call may take a second where there is one.
std::vector<BackendEntry> availableBackends();

/// Linear algebra where that backend's tiles are solved: on its card, or on the CPU. Device or
/// Unsupported error where its libraries are missing.
Result<std::shared_ptr<LinearAlgebra>> algebraFor(const SolverBackend &backend);

} // namespace nms
