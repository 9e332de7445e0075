// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/plan_health.h"

#include "core/base/number_text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace nms::jobs {

namespace {

void examine(const Matrix<float> &plan, Span2d<const float> score, bool isFull, PlanHealth &health)
{
    std::vector<float> columns(std::size_t(plan.cols()));
    for (std::int64_t i = 0; i < plan.rows(); ++i) {
        float row = 0;
        for (std::int64_t j = 0; j < plan.cols(); ++j) {
            const float s = plan(i, j);
            health.notFinite += !std::isfinite(s);
            health.underflowed += score(i, j) > 0 && s < std::numeric_limits<float>::min();
            row = std::max(row, s);
            columns[std::size_t(j)] = std::max(columns[std::size_t(j)], s);
        }
        health.emptyLines += isFull && row == 0;
    }
    if (isFull)
        health.emptyLines += std::count(columns.begin(), columns.end(), 0.F);
    health.entries += plan.size();
    ++health.tiles;
}

/// The iteration since which the residual has made no progress; 0: it makes progress.
int stalledSince(std::span<const IterationStats> stats, double limit)
{
    constexpr std::size_t fewest = 50;
    if (stats.size() < fewest || stats.back().residual() <= limit)
        return 0;
    const IterationStats &earlier = stats[stats.size() / 2];
    return stats.back().residual() > 0.9 * earlier.residual() ? earlier.iteration : 0;
}

std::string shareText(std::int64_t part, std::int64_t whole)
{
    return formatPercent(double(part) / double(std::max<std::int64_t>(whole, 1)));
}

} // namespace

PlanHealth planHealth(const Snapshot &snapshot, Span2d<const float> score, std::int64_t most)
{
    PlanHealth health;
    const TileGrid &grid = snapshot.grid;
    const TileRegion &region = snapshot.region;
    const std::int64_t tiles = (region.tileRow1 - region.tileRow0) * region.tileCols();
    if (snapshot.plan.empty() || tiles < 1)
        return health;
    const std::int64_t step = std::max<std::int64_t>(1, tiles / std::max<std::int64_t>(most, 1));
    for (std::int64_t k = 0; k < tiles; k += step) {
        const std::int64_t tile =
            grid.index(region.tileRow0 + k / region.tileCols(), region.tileCol0 + k % region.tileCols());
        const std::int64_t row = grid.rowOf(tile) * grid.m, col = grid.colOf(tile) * grid.m;
        const int rows = grid.realRows(tile), cols = grid.realCols(tile);
        examine(snapshot.plan.block(row - region.tileRow0 * grid.m, col - region.tileCol0 * grid.m, rows, cols),
                score.block(row, col, rows, cols), rows == grid.m && cols == grid.m, health);
    }
    return health;
}

HealthNote healthNote(const PlanHealth &health, std::span<const IterationStats> stats, const SolveOptions &options)
{
    const std::string tau = formatNumber(options.tau, 4);
    if (health.notFinite > 0)
        return {HealthLevel::Broken, shareText(health.notFinite, health.entries) + " of the plan is NaN or infinite",
                "lower τ (it is " + tau + "), and look for weights that are far larger than the others"};
    if (health.emptyLines > 0)
        return {HealthLevel::Broken, formatCount(health.emptyLines) + " rows and columns of tiles have underflowed to 0",
                "lower τ (it is " + tau + "), or use exact, which has none"};
    if (const int since = stalledSince(stats, options.residualLimit()))
        return {HealthLevel::Noted,
                "the residual has been " + formatPercent(stats.back().residual()) + " since about iteration " +
                    std::to_string(since),
                "lower τ (it is " + tau + "): the larger it is, the slower the residual falls"};
    if (health.entries > 0 && health.underflowed * 2 > health.entries)
        return {HealthLevel::Noted,
                shareText(health.underflowed, health.entries) + " of the plan is too small for single precision",
                "harmless while the residual falls; otherwise lower τ (it is " + tau + ")"};
    return {HealthLevel::Sound, health.entries > 0 ? "no NaN, no overflow, no empty row or column" : "", ""};
}

} // namespace nms::jobs
