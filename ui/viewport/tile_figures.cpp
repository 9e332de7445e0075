// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/tile_figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace nms {

Matrix<float> tileFigureMap(const TileFigures &figures, TileFigure figure)
{
    const TileGrid &grid = figures.grid();
    Matrix<float> map(grid.tileRows(), grid.tileCols());
    for (std::int64_t tile = 0; tile < map.size(); ++tile)
        map.data()[tile] = figures.of(tile, figure);
    return map;
}

ValueScale steadyScale(TileFigure figure, const Matrix<float> &values)
{
    float least = std::numeric_limits<float>::max();
    float largest = 0;
    for (std::int64_t i = 0; i < values.size(); ++i) {
        least = std::min(least, values.data()[i]); // NaN loses every comparison
        largest = std::max(largest, values.data()[i]);
    }
    if (figure == TileFigure::PlanLost ||
        figure == TileFigure::MaskLost) { // never near nothing: zero at the left would hide what differs
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
