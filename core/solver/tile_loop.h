// SPDX-License-Identifier: Apache-2.0
// Solves all tiles of a matrix in parallel, with scratch memory for each block.
#pragma once

#include "core/base/exceptions.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/methods/tile_solver.h"
#include "core/simd/weights_view.h"
#include "core/solver/row_work.h"
#include "core/solver/solution.h"
#include "core/sparsity/tile_grid.h"

#include <functional>
#include <memory>
#include <string>

namespace nms {

/// Tiles in one block: few enough that a block takes about a millisecond, so that a stop takes effect soon. The tiles of a
/// block share scratch memory.
std::int64_t tilesPerBlock(const SolveOptions &options);

/// Fills solution.mask and solution.tiles (resized here) from solution.grid and options, run by run. `makeSolver` is called
/// once per block, on the thread that runs it. Cancelled when progress.stop was requested, Input error on a score that is
/// negative or not finite. `blockTiles` is the approximate number of tiles per block (0: tilesPerBlock); no result depends
/// on it.
Status solveTiles(Span2d<const float> score, const std::function<std::unique_ptr<RunSolver>()> &makeSolver,
                  const Progress &progress, Solution &solution, std::int64_t blockTiles = 0);

/// The same for the scores |W|, which are made piece by piece in the cache: there is never a matrix of them. With `work`,
/// blocks are whole rows of tiles, which it fills right before they are solved; the error of the first rows is returned.
Status solveMagnitudes(const WeightsView &weights, const std::function<std::unique_ptr<RunSolver>()> &makeSolver,
                       const Progress &progress, Solution &solution, std::int64_t blockTiles = 0,
                       const RowWork *work = nullptr);

/// True where whole rows of tiles can be dealt to the threads without leaving some of them idle for long.
bool isDealtByRows(const TileGrid &grid, const SolveOptions &options);

/// The place and the remedy that a solve of a whole matrix gives withMemoryErrors().
std::string matrixText(const TileGrid &grid); // "4096 × 4096 matrix"
inline constexpr const char *solveByPanels = "solve it by row panels with a smaller memory limit";

} // namespace nms
