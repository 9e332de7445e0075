// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"

namespace nms::jobs {

/// The masks of a score matrix in memory, checked before they are returned (core/solver/hand_over.h): errors as
/// SolverBackend::solve, and Internal if the solution is not what its method promises. Blocks; any thread that may wait.
Result<Solution> solveMatrix(SolverBackend &backend, Span2d<const float> score, const SolveOptions &options,
                             const Progress &progress);

} // namespace nms::jobs
