// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile_loop.h"

#include <algorithm>

namespace nms {

std::int64_t tilesPerBlock(const SolveOptions &options)
{
    constexpr std::int64_t entriesPerBlock = std::int64_t(1) << 22; // at about a nanosecond each
    std::int64_t passes = 64;
    if (options.method == Method::Dykstra || options.method == Method::Reference)
        passes = options.iterations;
    else if (options.method == Method::Capped || options.method == Method::Max1000)
        passes = 1000;
    const std::int64_t entries = std::int64_t(options.pattern.m) * options.pattern.m * passes;
    return std::clamp<std::int64_t>(entriesPerBlock / entries, 1, 256);
}

Status solveTiles(Span2d<const float> score, const std::function<SolveTile()> &makeSolveTile, const Progress &progress,
                  Solution &solution)
{
    const TileGrid &grid = solution.grid;
    solution.mask = Mask(grid.rows, grid.cols);
    solution.tiles.assign(std::size_t(grid.count()), {});
    ProgressMeter meter(progress, grid.count());
    std::atomic<std::int64_t> invalid = grid.count(); // the first tile with an invalid score
    const bool complete = parallelBlocks(
        grid.count(), tilesPerBlock(solution.options), solution.options.threads, progress.stop,
        [&](std::int64_t begin, std::int64_t end) {
            const auto scores = std::make_unique<TileScores>();
            const SolveTile solveTile = makeSolveTile();
            for (std::int64_t tile = begin; tile < end && !progress.stop.stop_requested(); ++tile) {
                scores->gather(score, grid, tile);
                if (!scores->valid()) {
                    for (std::int64_t known = invalid; tile < known && !invalid.compare_exchange_weak(known, tile);) { }
                    continue;
                }
                TileMask mask;
                solution.tiles[std::size_t(tile)] = solveTile(*scores, tile, mask);
                storeTile(solution.mask, grid, tile, mask);
            }
            meter.add(end - begin);
        });
    if (!complete || progress.stop.stop_requested())
        return fail(ErrorKind::Cancelled, "solve", "stopped before all tiles were done");
    if (invalid < grid.count())
        return fail(ErrorKind::Input,
                    "tile (" + std::to_string(grid.rowOf(invalid)) + ", " + std::to_string(grid.colOf(invalid)) + ")",
                    "holds a score that is negative or not finite",
                    "mend the weights: no mask can be chosen from such scores");
    return {};
}

} // namespace nms
