// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"

#include <memory>

namespace nms {

/// Every method, on all cores (TBB over tiles). Live: dykstra and exact.
std::unique_ptr<SolverBackend> makeCpuBackend();

/// The naive double-precision yardstick: dykstra in three stored log-domain steps, exact by plain successive shortest
/// paths. Shares no code with the other backends; slow; for tests and benchmarks.
std::unique_ptr<SolverBackend> makeReferenceBackend();

} // namespace nms
