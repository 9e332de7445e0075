// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/tile_figures.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace nms {

namespace {

float figureOf(const TileStats &stats, TileFigure figure)
{
    switch (figure) {
    case TileFigure::Undecided:
        return stats.undecided;
    case TileFigure::Residual:
        return stats.residual;
    case TileFigure::Gap:
        return stats.gap;
    case TileFigure::Lost:
        break;
    }
    return stats.lost;
}

float figureOf(const TileResult &result, TileFigure figure, double tileScore)
{
    switch (figure) {
    case TileFigure::Undecided:
        return 0; // a mask has decided
    case TileFigure::Residual:
        return result.residual;
    case TileFigure::Gap:
        return float(result.gap());
    case TileFigure::Lost:
        break;
    }
    return tileScore > 0 ? float(1 - result.objective / tileScore) : 0;
}

} // namespace

std::vector<TileFigure> availableFigures(const ViewSources &sources)
{
    if (sources.snapshot && !sources.snapshot->tiles.empty())
        return {TileFigure::Undecided, TileFigure::Residual, TileFigure::Gap, TileFigure::Lost};
    if (sources.solution)
        return {TileFigure::Gap, TileFigure::Residual, TileFigure::Lost};
    return {};
}

Matrix<float> tileFigureMap(const ViewSources &sources, TileFigure figure, const std::vector<double> &tileScores)
{
    Matrix<float> map(sources.grid.tileRows(), sources.grid.tileCols());
    // Gap and loss are known best from the finished mask; how decided the plan was, only the plan can tell.
    const bool fromPlan = figure == TileFigure::Undecided || figure == TileFigure::Residual;
    const bool fromSolution = sources.showsSolution() && (!fromPlan || !sources.snapshot);
    const std::size_t count = std::size_t(map.size());
    if (fromSolution && sources.solution->tiles.size() == count && tileScores.size() == count) {
        for (std::size_t i = 0; i < count; ++i)
            map.data()[i] = figureOf(sources.solution->tiles[i], figure, tileScores[i]);
    } else if (sources.snapshot && sources.snapshot->tiles.size() == count) {
        for (std::size_t i = 0; i < count; ++i)
            map.data()[i] = figureOf(sources.snapshot->tiles[i], figure);
    }
    return map;
}

std::vector<double> sumTiles(const Matrix<float> &score, const TileGrid &grid)
{
    std::vector<double> sums(std::size_t(grid.count()));
    parallelBlocks(grid.tileRows(), 4, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin * grid.m; row < std::min(grid.rows, end * grid.m); ++row) {
            double *tiles = sums.data() + row / grid.m * grid.tileCols();
            for (std::int64_t col = 0; col < grid.cols; ++col)
                tiles[col / grid.m] += double(score(row, col));
        }
    });
    return sums;
}

ValueScale steadyScale(TileFigure figure, const Matrix<float> &values)
{
    float least = std::numeric_limits<float>::max();
    float largest = 0;
    for (std::int64_t i = 0; i < values.size(); ++i) {
        least = std::min(least, values.data()[i]); // NaN loses every comparison
        largest = std::max(largest, values.data()[i]);
    }
    if (figure == TileFigure::Lost) { // never near nothing: zero at the left would hide what differs
        constexpr float step = 0.05F;
        const float low = std::max(0.F, std::floor(least / step) * step);
        return {low, std::max(low + step, std::ceil(largest / step) * step), false};
    }
    static constexpr std::array steps{1.F, 1.5F, 2.F, 3.F, 4.F, 6.F, 8.F, 10.F};
    for (float decade = 1e-6F; decade < 1e3F; decade *= 10)
        for (const float step : steps)
            if (largest <= step * decade)
                return {0, step * decade, false};
    return {0, largest, false};
}

std::optional<std::size_t> potentialsOf(const Snapshot &snapshot, std::int64_t tile)
{
    const TileRegion &region = snapshot.region;
    const std::int64_t row = snapshot.grid.rowOf(tile);
    const std::int64_t col = snapshot.grid.colOf(tile);
    if (row < region.tileRow0 || row >= region.tileRow1 || col < region.tileCol0 || col >= region.tileCol1)
        return std::nullopt;
    const std::size_t perTile = 2 * std::size_t(snapshot.grid.m);
    const std::size_t at = std::size_t((row - region.tileRow0) * region.tileCols() + (col - region.tileCol0)) * perTile;
    if (at + perTile > snapshot.potentials.size())
        return std::nullopt;
    return at;
}

} // namespace nms
