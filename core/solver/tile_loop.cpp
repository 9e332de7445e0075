// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile_loop.h"

#include "core/base/huge_pages.h"
#include "core/base/parallel.h"
#include "core/base/progress.h"

#include <algorithm>
#include <atomic>
#include <string>

namespace nms {

namespace {

/// Approximate number of passes over all entries of a tile.
std::int64_t passesOf(Method method, int iterations)
{
    const int passes = traitsOf(method).passes;
    return passes > 0 ? passes : iterations;
}

} // namespace

std::int64_t tilesPerBlock(const SolveOptions &options)
{
    constexpr std::int64_t entriesPerBlock = std::int64_t(1) << 22; // at about one nanosecond each
    std::int64_t passes = passesOf(options.method, options.iterations);
    if (options.warmStart)
        passes += passesOf(*options.warmStart, SolveOptions().iterations);
    const std::int64_t entries = std::int64_t(options.pattern.m) * options.pattern.m * passes;
    return std::clamp<std::int64_t>(entriesPerBlock / entries, 1, 4096);
}

std::string matrixText(const TileGrid &grid)
{
    return std::to_string(grid.rows) + " × " + std::to_string(grid.cols) + " matrix";
}

Status solveTiles(Span2d<const float> score, const std::function<std::unique_ptr<RunSolver>()> &makeSolver,
                  const Progress &progress, Solution &solution, std::int64_t blockTiles)
{
    const TileGrid &grid = solution.grid;
    solution.mask = Mask(grid.rows, grid.cols);
    solution.tiles.clear();
    solution.tiles.reserve(std::size_t(grid.count()));
    preferHugePages(solution.tiles.data(), solution.tiles.capacity() * sizeof(TileResult));
    solution.tiles.resize(std::size_t(grid.count()));
    ProgressMeter meter(progress, grid.count());
    std::atomic<std::int64_t> invalid = grid.count(); // the first tile with an invalid score

    // Blocks are measured in the shortest possible runs. Those of a block that lie in the same row of tiles form one run.
    const std::int64_t shortest = TileRun::tilesPerWords(grid.m), tileCols = grid.tileCols();
    const std::int64_t inRow = (tileCols + shortest - 1) / shortest;
    if (blockTiles == 0)
        blockTiles = tilesPerBlock(solution.options);
    const bool complete =
        parallelBlocks(grid.tileRows() * inRow, (blockTiles + shortest - 1) / shortest, solution.options.threads,
                       progress.stop, [&](std::int64_t begin, std::int64_t end) {
                           const std::unique_ptr<RunSolver> solver = makeSolver();
                           std::int64_t solved = 0;
                           while (begin < end && !progress.stop.stop_requested()) {
                               const std::int64_t tileRow = begin / inRow, next = std::min(end, (tileRow + 1) * inRow);
                               const std::int64_t first = (begin - tileRow * inRow) * shortest;
                               const std::int64_t last = std::min(tileCols, (next - tileRow * inRow) * shortest);
                               const TileRun run = {score, grid, grid.index(tileRow, first), last - first};
                               RunMask mask(solution.mask, run);
                               const std::int64_t bad =
                                   solver->solveRun(run, progress.stop, mask, solution.tiles.data() + run.first);
                               for (std::int64_t known = invalid;
                                    bad < run.end() && bad < known && !invalid.compare_exchange_weak(known, bad);) { }
                               solved += run.count;
                               begin = next;
                           }
                           meter.add(solved);
                       });
    if (!complete || progress.stop.stop_requested())
        return fail(ErrorKind::Cancelled, "solve", "stopped before all tiles were done");
    if (invalid < grid.count())
        return fail(ErrorKind::Input,
                    "tile (" + std::to_string(grid.rowOf(invalid)) + ", " + std::to_string(grid.colOf(invalid)) + ")",
                    "holds a score that is negative or not finite",
                    "repair the weights: no mask can be chosen from such scores");
    return {};
}

} // namespace nms
