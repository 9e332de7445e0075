// SPDX-License-Identifier: Apache-2.0
// All tiles of a matrix, in parallel, each with its thread's scratch.
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/methods/tile_solver.h"
#include "core/solver/solution.h"
#include "core/sparsity/tile_grid.h"

#include <functional>
#include <memory>
#include <new>

namespace nms {

/// Tiles in one block: few enough that a block takes about a millisecond, so that a stop is seen soon; they share scratch.
std::int64_t tilesPerBlock(const SolveOptions &options);

/// Fills solution.mask and solution.tiles (both sized here) from solution.grid and options, run by run. `makeSolver` is
/// called once a block, on the thread that runs it. Cancelled when progress.stop was requested, Input error on a score that
/// is negative or not finite. `blockTiles` is about how many tiles a block has (0: tilesPerBlock); no result depends on it.
Status solveTiles(Span2d<const float> score, const std::function<std::unique_ptr<RunSolver>()> &makeSolver,
                  const Progress &progress, Solution &solution, std::int64_t blockTiles = 0);

/// Runs `work`, and makes a Resource error of memory that is not there.
template <class F> auto withMemoryErrors(const TileGrid &grid, F &&work) -> decltype(work())
{
    try {
        return work();
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, std::to_string(grid.rows) + " × " + std::to_string(grid.cols) + " matrix",
                    "not enough memory to solve it at once", "solve it by row panels with a smaller memory limit");
    }
}

} // namespace nms
