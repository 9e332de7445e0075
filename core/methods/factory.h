// SPDX-License-Identifier: Apache-2.0
// From options to what solves a tile: the only way in for backends and tests.
#pragma once

#include "core/methods/solve_options.h"
#include "core/methods/start_source.h"
#include "core/methods/tile_solver.h"

#include <memory>

namespace nms {

/// One thread's scratch, with the warm start that the options ask for. Null for methods that need the whole matrix or are
/// not the CPU's. Everything is done at this level, which has to be one of simdLevels(); all that these are made of must be
/// told it.
///
///     const std::unique_ptr<RunSolver> solver = makeRunSolver({.pattern = {8, 16}});
///     solver->solveRun(run, stop, mask, results);
std::unique_ptr<RunSolver> makeRunSolver(const SolveOptions &options, SimdLevel level = simdLevel());

/// For the methods that come to a mask by steps, with potentials (hasIterations()); null for the others. The level likewise.
std::unique_ptr<IterativeTile> makeIterativeTile(const SolveOptions &options, SimdLevel level = simdLevel());

/// What options.warmStart asks for, which must be set.
std::unique_ptr<StartSource> makeStartSource(const SolveOptions &options, SimdLevel level);

} // namespace nms
