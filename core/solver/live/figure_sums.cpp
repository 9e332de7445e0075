// SPDX-License-Identifier: Apache-2.0
#include "core/solver/live/figure_sums.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nms {

void FigureSums::add(const PlanFigures &figures)
{
    FigureSums one;
    one.sums.rowResidual = figures.rowResidual;
    one.sums.columnResidual = figures.columnResidual;
    one.sums.capacityResidual = figures.capacityResidual;
    one.sums.meanResidual = figures.residual();
    one.sums.objective = figures.objective;
    one.sums.upperBound = figures.upperBound;
    one.sums.entropy = figures.entropy;
    one.sums.fractional = figures.fractional;
    one.sums.openTiles = figures.open;
    one.running = !figures.done;
    add(one);
}

void FigureSums::add(const FigureSums &other)
{
    sums.rowResidual = std::max(sums.rowResidual, other.sums.rowResidual);
    sums.columnResidual = std::max(sums.columnResidual, other.sums.columnResidual);
    sums.capacityResidual = std::max(sums.capacityResidual, other.sums.capacityResidual);
    sums.meanResidual += other.sums.meanResidual;
    sums.objective += other.sums.objective;
    sums.upperBound += other.sums.upperBound;
    sums.entropy += other.sums.entropy;
    sums.fractional += other.sums.fractional;
    sums.openTiles += other.sums.openTiles;
    running += other.running;
}

IterationStats FigureSums::stats(const TileGrid &grid, int iteration, Stage stage, double seconds) const
{
    const double tiles = double(std::max<std::int64_t>(1, grid.count()));
    IterationStats stats = sums;
    stats.iteration = iteration;
    stats.stage = stage;
    stats.meanResidual /= tiles;
    stats.entropy /= tiles * grid.m * grid.m;
    stats.seconds = seconds;
    return stats;
}

TileStats tileStats(const PlanFigures &figures, int entries, double totalScore)
{
    const auto toFloat = [](double value) {
        return float(std::min(value, double(std::numeric_limits<float>::max())));
    };
    TileStats stats;
    stats.residual = toFloat(figures.residual());
    if (figures.upperBound > 0)
        stats.gap = toFloat(std::abs(figures.upperBound - figures.objective) / figures.upperBound);
    stats.undecided = float(figures.fractional) / float(entries);
    if (totalScore > 0)
        stats.lost = float(1 - figures.objective / totalScore);
    return stats;
}

} // namespace nms
