// SPDX-License-Identifier: Apache-2.0
#include "core/solver/hand_over.h"

#include "core/base/parallel.h"
#include "core/sparsity/mask_counter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace nms {

namespace {

constexpr double mostDeviation = 1e-9; // relative to Σ|W|: sums in double differ by 10⁻¹² or less

std::string numberText(double value)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.9g", value);
    return text.data();
}

/// The sum of the weights that the mask keeps in a tile, cell by cell.
double keptMagnitude(const Solution &solution, std::int64_t tile, const std::vector<std::vector<float>> &rows)
{
    const TileGrid &grid = solution.grid;
    const std::int64_t row0 = grid.rowOf(tile) * grid.m, col0 = grid.colOf(tile) * grid.m;
    double kept = 0;
    for (int i = 0; i < grid.realRows(tile); ++i)
        for (std::int64_t col = col0; col < col0 + grid.realCols(tile); ++col)
            if (solution.mask.at(row0 + i, col))
                kept += std::abs(double(rows[std::size_t(i)][std::size_t(col)]));
    return kept;
}

/// The tile whose objective differs most from the sum that it keeps.
std::int64_t worstTile(const Solution &solution, const WeightsView &weights)
{
    const TileGrid &grid = solution.grid;
    std::int64_t worst = 0;
    double most = -1;
    std::vector<std::vector<float>> rows(std::size_t(grid.m), std::vector<float>(std::size_t(grid.cols)));
    for (std::int64_t tile = 0; tile < grid.count(); ++tile) {
        if (grid.colOf(tile) == 0)
            for (int i = 0; i < grid.realRows(tile); ++i)
                rowToFloat(weights, grid.rowOf(tile) * grid.m + i, rows[std::size_t(i)]);
        const double off = std::abs(keptMagnitude(solution, tile, rows) - solution.tiles[std::size_t(tile)].objective);
        if (!(off <= most)) { // NaN counts as worse than any number
            most = std::isnan(off) ? std::numeric_limits<double>::infinity() : off;
            worst = tile;
        }
    }
    return worst;
}

} // namespace

Status checkCounts(const Solution &solution, int threads)
{
    const TileGrid &grid = solution.grid;
    const Mask &mask = solution.mask;
    if (mask.rows() != grid.rows || mask.cols() != grid.cols || std::int64_t(solution.tiles.size()) != grid.count())
        return refused("mask", "its size is not that of the weights");
    const MaskPromise promise = solution.options.promise();
    constexpr std::int64_t cellsPerBlock = std::int64_t(1) << 22;
    const std::int64_t tileRowCells = std::max<std::int64_t>(1, grid.cols * grid.m);
    const std::int64_t grain = promise.lines == MaskPromise::Lines::None ? grid.tileRows() : cellsPerBlock / tileRowCells;
    std::mutex mutex;
    std::map<std::int64_t, Error> errors; // by block
    parallelBlocks(grid.tileRows(), grain, threads, {}, [&](std::int64_t begin, std::int64_t end) {
        const std::int64_t row0 = begin * grid.m, rows = std::min(grid.rows, end * grid.m) - row0;
        MaskCounter counter(promise, rows, grid.cols, row0);
        Status counted = counter.add(mask, row0, rows);
        if (counted)
            counted = counter.finish();
        if (!counted) {
            const std::scoped_lock lock(mutex);
            errors.emplace(begin, counted.error());
        }
    });
    if (!errors.empty())
        return fail(errors.begin()->second);
    return {};
}

Status checkObjective(const Solution &solution, const WeightsView &weights, const MaskSums &sums, std::int64_t row0)
{
    std::array<double, 4> quarters{}; // in turn, so that additions do not wait for each other
    for (std::size_t tile = 0; tile < solution.tiles.size(); ++tile)
        quarters[tile % quarters.size()] += solution.tiles[tile].objective;
    const double objective = (quarters[0] + quarters[1]) + (quarters[2] + quarters[3]);
    // Entries below the smallest normal float may have been treated as zero.
    const double allowed = mostDeviation * sums.magnitude + double(std::numeric_limits<float>::min()) * double(sums.kept);
    if (std::abs(sums.keptMagnitude - objective) <= allowed)
        return {};
    const TileGrid &grid = solution.grid;
    const std::int64_t tile = worstTile(solution, weights);
    return refused("tile (" + std::to_string(row0 / grid.m + grid.rowOf(tile)) + ", " + std::to_string(grid.colOf(tile)) +
                       ")",
                   "what it keeps does not sum up to its objective (over " + std::to_string(grid.count()) +
                       " tiles around it " + numberText(sums.keptMagnitude) + " and " + numberText(objective) + ")");
}

Status checkSolution(const Solution &solution, const WeightsView &weights, int threads)
{
    if (Status counted = checkCounts(solution, threads); !counted)
        return counted;
    return checkObjective(solution, weights, maskSums(weights, solution.mask, threads));
}

} // namespace nms
