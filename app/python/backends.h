// SPDX-License-Identifier: Apache-2.0
// Where Python's solves run.
#pragma once

#include "core/prune/linear_algebra.h"
#include "core/solver/solver_backend.h"

#include <memory>
#include <string>

namespace nms::python {

/// "auto" is where the weights lie: the CPU. "cpu", "cuda", "cuda:N" name another; made once and kept. DeviceError where
/// there is no such device, UsageError where that is no name. Thread-safe, with the GIL.
std::shared_ptr<SolverBackend> backendNamed(const std::string &name);

} // namespace nms::python
