// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/solver/solver_backend.h"

#include <memory>
#include <string_view>

namespace nms::cli {

enum class BackendUse { Batch, Live };

/// What --backend means on this machine. "auto": the first backend that can do what the options ask for, CUDA devices before
/// the CPU; "cpu"; "cuda" (all devices together), "cuda:N" (one). Usage error for other text; Device error where there is no
/// such device; Unsupported where it cannot.
Result<std::shared_ptr<SolverBackend>> chooseBackend(std::string_view wanted, const SolveOptions &options, BackendUse use);

/// The same without a method in mind: "auto" is the machine's best.
Result<std::shared_ptr<SolverBackend>> chooseBackend(std::string_view wanted);

/// The one that knows every method.
std::shared_ptr<SolverBackend> cpuBackend();

} // namespace nms::cli
