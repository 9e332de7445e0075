// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/solver/solver_backend.h"

#include <memory>
#include <string_view>

namespace nms::cli {

enum class BackendUse { Batch, Live };

/// The backend that --backend selects on this machine. "auto": the first one that supports the options, CUDA devices before
/// the CPU; "cpu"; "cuda" (all devices together), "cuda:N" (one). Usage error for other text; Device error if there is no
/// such device; Unsupported if it does not support the options.
Result<std::shared_ptr<SolverBackend>> chooseBackend(std::string_view wanted, const SolveOptions &options, BackendUse use);

/// The same without a particular method: "auto" is the best backend of the machine.
Result<std::shared_ptr<SolverBackend>> chooseBackend(std::string_view wanted);

/// The CPU backend, which supports every method.
std::shared_ptr<SolverBackend> cpuBackend();

} // namespace nms::cli
