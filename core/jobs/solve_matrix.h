// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"

namespace nms::jobs {

/// The masks of a score matrix in memory, checked before they are handed on (core/solver/hand_over.h): errors as
/// SolverBackend::solve, and an Internal one where the solution is not what its method promises. Any thread but one that
/// must not wait.
Result<Solution> solveMatrix(SolverBackend &backend, Span2d<const float> score, const SolveOptions &options,
                             const Progress &progress);

} // namespace nms::jobs
