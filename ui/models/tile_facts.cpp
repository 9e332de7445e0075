// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tile_facts.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace nms {

static bool holdsTile(const TileRegion &region, std::int64_t tileRow, std::int64_t tileCol)
{
    return tileRow >= region.tileRow0 && tileRow < region.tileRow1 && tileCol >= region.tileCol0 &&
        tileCol < region.tileCol1;
}

static double largestDeviation(const std::vector<double> &sums, int n)
{
    double worst = 0;
    for (const double sum : sums)
        worst = std::max(worst, std::abs(sum - n) / n);
    return worst;
}

/// UB = n·Σα + n·Σβ + Σ max(0, A − α_i − β_j), padding (score 0) included.
static double boundFrom(const float *potentials, NmPattern pattern, Span2d<const float> score)
{
    double bound = 0;
    for (int i = 0; i < 2 * pattern.m; ++i)
        bound += double(pattern.n) * potentials[i];
    for (int i = 0; i < pattern.m; ++i)
        for (int j = 0; j < pattern.m; ++j) {
            const double value = i < score.rows && j < score.cols ? score(i, j) : 0;
            bound += std::max(0.0, value - potentials[i] - potentials[pattern.m + j]);
        }
    return bound;
}

static void addPlan(TileFacts &facts, const TileGrid &grid, NmPattern pattern, Span2d<const float> score,
                    const Snapshot &snapshot)
{
    const std::int64_t row = facts.tileRow - snapshot.region.tileRow0;
    const std::int64_t col = facts.tileCol - snapshot.region.tileCol0;
    const Matrix<float> plan = snapshot.plan.block(row * grid.m, col * grid.m, score.rows, score.cols);
    std::vector<double> rowSums(std::size_t(score.rows));
    std::vector<double> colSums(std::size_t(score.cols));
    double objective = 0;
    int fractional = 0;
    for (std::int64_t i = 0; i < plan.rows(); ++i)
        for (std::int64_t j = 0; j < plan.cols(); ++j) {
            const double value = plan(i, j);
            rowSums[std::size_t(i)] += value;
            colSums[std::size_t(j)] += value;
            objective += value * score(i, j);
            fractional += value > 0.01 && value < 0.99;
        }
    facts.objective = objective;
    facts.fractional = fractional;
    if (score.rows == grid.m && score.cols == grid.m) {
        facts.rowResidual = largestDeviation(rowSums, pattern.n);
        facts.columnResidual = largestDeviation(colSums, pattern.n);
    }
    const std::size_t offset = std::size_t(row * snapshot.region.tileCols() + col) * std::size_t(2 * grid.m);
    if (snapshot.potentials.size() >= offset + std::size_t(2 * grid.m))
        facts.upperBound = boundFrom(snapshot.potentials.data() + offset, pattern, score);
}

TileFacts tileFacts(const TileGrid &grid, std::int64_t tile, NmPattern pattern, Span2d<const float> score,
                    const Snapshot *snapshot, const Solution *solution)
{
    TileFacts facts;
    facts.tile = tile;
    facts.tileRow = grid.rowOf(tile);
    facts.tileCol = grid.colOf(tile);
    facts.entries = grid.realRows(tile) * grid.realCols(tile);
    const std::size_t index = std::size_t(tile);

    if (snapshot && snapshot->grid == grid && index < snapshot->tiles.size()) {
        if (holdsTile(snapshot->region, facts.tileRow, facts.tileCol))
            addPlan(facts, grid, pattern,
                    score.block(facts.tileRow * grid.m, facts.tileCol * grid.m, grid.realRows(tile), grid.realCols(tile)),
                    *snapshot);
        const float gap = snapshot->tiles[index].gap;
        facts.gap = gap;
        facts.rank = 1 + std::ranges::count_if(snapshot->tiles, [gap](const TileStats &t) { return t.gap > gap; });
    }
    if (solution && solution->grid == grid && index < solution->tiles.size()) {
        const TileResult &result = solution->tiles[index];
        facts.objective = result.objective;
        facts.upperBound = result.upperBound;
        facts.gap = result.gap();
        facts.rank =
            1 + std::ranges::count_if(solution->tiles, [gap = result.gap()](const TileResult &t) { return t.gap() > gap; });
    }
    return facts;
}

} // namespace nms
