// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"

#include <memory>

namespace nms {

/// All methods but the reference, on all cores (TBB over tiles). Live: those with iterations.
std::unique_ptr<SolverBackend> makeCpuBackend();

} // namespace nms
