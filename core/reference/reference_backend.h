// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"

#include <memory>

namespace nms {

/// Naive, in double precision: dykstra in three log-domain steps with all intermediate matrices stored, exact by plain
/// successive shortest paths, greedy and greedy+swap. Shares no code with the other backends; slow; for tests and
/// benchmarks.
std::unique_ptr<SolverBackend> makeReferenceBackend();

} // namespace nms
