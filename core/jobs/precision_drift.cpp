// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/precision_drift.h"

#include "core/jobs/job.h"
#include "core/reference/naive_tile.h"

#include <algorithm>
#include <cmath>

namespace nms::jobs {

namespace {

/// Tiles of the matrix without padding, evenly spaced, and `wanted`.
std::vector<std::int64_t> chooseTiles(const TileGrid &grid, int most, std::optional<std::int64_t> wanted)
{
    const std::int64_t tileRows = grid.rows / grid.m, tileCols = grid.cols / grid.m, full = tileRows * tileCols;
    std::vector<std::int64_t> tiles;
    const std::int64_t count = std::min<std::int64_t>(most, full);
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t place = full * i / count;
        tiles.push_back(grid.index(place / tileCols, place % tileCols));
    }
    if (wanted && *wanted >= 0 && *wanted < grid.count() && grid.rowOf(*wanted) < tileRows && grid.colOf(*wanted) < tileCols)
        tiles.push_back(*wanted);
    std::sort(tiles.begin(), tiles.end());
    tiles.erase(std::unique(tiles.begin(), tiles.end()), tiles.end());
    return tiles;
}

/// One tile in both precisions.
struct Pair {
    Pair(Span2d<const float> score, const TileGrid &grid, std::int64_t index, const SolveOptions &options)
        : tile(naive::takeTile(score, grid, index, options.pattern.n)), single(tile, options.tau), twice(tile, options.tau)
    { }

    naive::Kept maskOf(const auto &solve) const
    {
        std::vector<double> plan;
        for (int i = 0; i < tile.m; ++i)
            for (int j = 0; j < tile.m; ++j)
                plan.push_back(solve.plan(tile, i, j));
        return naive::roundPlan(tile, plan, true);
    }

    naive::Tile tile;
    naive::DykstraIn<float> single;
    naive::DykstraIn<double> twice;
};

DriftStep iterate(int iteration, std::vector<Pair> &pairs)
{
    DriftStep step{iteration};
    std::int64_t entries = 0;
    for (Pair &pair : pairs) {
        pair.single.iterate();
        pair.twice.iterate();
        for (int i = 0; i < pair.tile.m; ++i)
            for (int j = 0; j < pair.tile.m; ++j) {
                const double difference = std::abs(pair.single.plan(pair.tile, i, j) - pair.twice.plan(pair.tile, i, j));
                step.largest = std::isnan(difference) ? difference : std::max(step.largest, difference);
                step.mean += difference;
            }
        entries += std::int64_t(pair.tile.m) * pair.tile.m;
    }
    step.mean /= double(entries);
    return step;
}

} // namespace

DriftStep PrecisionDrift::largest() const
{
    const auto found = std::max_element(steps.begin(), steps.end(),
                                        [](const DriftStep &a, const DriftStep &b) { return a.largest < b.largest; });
    return found == steps.end() ? DriftStep() : *found;
}

Result<PrecisionDrift> precisionDrift(Span2d<const float> score, const SolveOptions &options, int most,
                                      std::optional<std::int64_t> tile, const Progress &progress)
{
    if (options.method != watchedMethod())
        return fail(ErrorKind::Unsupported, std::string(nameOf(options.method)), "has no iterations in both precisions",
                    "choose " + std::string(nameOf(watchedMethod())));
    const TileGrid grid{score.rows, score.cols, options.pattern.m};
    PrecisionDrift drift;
    drift.tiles = chooseTiles(grid, most, tile);
    if (drift.tiles.empty())
        return fail(ErrorKind::Input, "matrix", "has no tile without padding", "choose a smaller M");
    std::vector<Pair> pairs;
    pairs.reserve(drift.tiles.size());
    for (const std::int64_t index : drift.tiles)
        pairs.emplace_back(score, grid, index, options);
    JobProgress counts(progress, options.iterations);
    for (int iteration = 1; iteration <= options.iterations; ++iteration) {
        if (progress.stop.stop_requested())
            return fail(cancelled());
        drift.steps.push_back(iterate(iteration, pairs));
        counts.endStep(1);
    }
    for (const Pair &pair : pairs)
        drift.otherMasks += pair.maskOf(pair.single) != pair.maskOf(pair.twice);
    return drift;
}

} // namespace nms::jobs
