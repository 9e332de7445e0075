// SPDX-License-Identifier: Apache-2.0
// Makes solvers of tiles from options: the only entry point for backends and tests.
#pragma once

#include "core/methods/solve_options.h"
#include "core/methods/start_source.h"
#include "core/methods/tile_solver.h"

#include <memory>

namespace nms {

/// Makes the solver and scratch memory of one thread, with the warm start that the options request. Null for methods that
/// need the whole matrix or do not run on the CPU. All parts use `level`, which must be one of simdLevels().
///
///     const std::unique_ptr<RunSolver> solver = makeRunSolver({.pattern = {8, 16}});
///     solver->solveRun(run, stop, mask, results);
std::unique_ptr<RunSolver> makeRunSolver(const SolveOptions &options, SimdLevel level = simdLevel());

/// For methods with iterations and potentials (hasIterations()); null for the others. `level` as above.
std::unique_ptr<IterativeTile> makeIterativeTile(const SolveOptions &options, SimdLevel level = simdLevel());

/// The source that options.warmStart requests; it must be set.
std::unique_ptr<StartSource> makeStartSource(const SolveOptions &options, SimdLevel level);

} // namespace nms
