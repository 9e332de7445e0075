// SPDX-License-Identifier: Apache-2.0
// All tiles of a matrix, in parallel, each with its thread's scratch.
#pragma once

#include "core/base/parallel.h"
#include "core/solver/progress_meter.h"
#include "core/solver/solution.h"
#include "core/solver/tile/tile_mask.h"

#include <atomic>
#include <functional>
#include <memory>

namespace nms {

/// What one worker does with one tile: fills the mask of the tile and returns its figures.
using SolveTile = std::function<TileResult(const TileScores &scores, std::int64_t tile, TileMask &out)>;

/// Tiles in one block: few enough that a block takes some milliseconds, so that a stop is seen soon; they share scratch.
std::int64_t tilesPerBlock(const SolveOptions &options);

/// Fills solution.mask and solution.tiles (both sized here) from solution.grid and options. `makeSolveTile` is called once a
/// block, on the thread that runs it. Cancelled when progress.stop was requested, Input error on a score that is negative
/// or not finite.
Status solveTiles(Span2d<const float> score, const std::function<SolveTile()> &makeSolveTile, const Progress &progress,
                  Solution &solution);

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
