// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/tile_figures.h"

#include "core/base/parallel.h"
#include "ui/models/tile_sums.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace nms {

Matrix<float> tileFigureMap(const TileFigures &figures, TileFigure figure)
{
    const TileGrid &grid = figures.grid();
    Matrix<float> map(grid.tileRows(), grid.tileCols());
    figures.write(figure, {map.data(), std::size_t(map.size())});
    return map;
}

Matrix<float> meanMagnitudes(const Matrix<float> &values, const TileGrid &grid)
{
    const std::vector<double> sums = sumTileMagnitudes(values, grid);
    Matrix<float> means(grid.tileRows(), grid.tileCols());
    for (std::int64_t tile = 0; tile < grid.count(); ++tile)
        means.data()[tile] = float(sums[std::size_t(tile)] / double(grid.realRows(tile) * grid.realCols(tile)));
    return means;
}

Matrix<float> meanMagnitudes(const OverviewLevel &overview, const TileGrid &grid)
{
    const std::int64_t side = overview.cellsPerTexel, across = grid.m / side;
    const auto cells = [side](std::int64_t texel, std::int64_t all) {
        return std::min(side, all - texel * side);
    };
    auto means = Matrix<float>::forOverwrite(grid.tileRows(), grid.tileCols());
    const auto mean = [&](std::int64_t tile) {
        const std::int64_t row0 = grid.rowOf(tile) * across, col0 = grid.colOf(tile) * across;
        double sum = 0;
        for (std::int64_t row = row0; row < std::min(row0 + across, overview.magnitude.rows()); ++row)
            for (std::int64_t col = col0; col < std::min(col0 + across, overview.magnitude.cols()); ++col)
                sum += double(overview.magnitude(row, col)) * double(cells(row, grid.rows) * cells(col, grid.cols));
        return float(sum / double(grid.realRows(tile) * grid.realCols(tile)));
    };
    parallelBlocks(grid.count(), 1 << 12, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t tile = begin; tile < end; ++tile)
            means.data()[tile] = mean(tile);
    });
    return means;
}

ValueScale spreadScale(const Matrix<float> &values)
{
    constexpr std::int64_t most = 1 << 16;
    // Odd, to avoid aliasing with the row length.
    const std::int64_t stride = std::max<std::int64_t>(1, values.size() / most) | 1;
    std::vector<float> sample;
    for (std::int64_t i = 0; i < values.size(); i += stride)
        if (std::isfinite(values.data()[i]))
            sample.push_back(values.data()[i]);
    if (sample.empty())
        return {};
    const auto at = [&](double share) {
        const auto place = sample.begin() + std::lround(share * double(sample.size() - 1));
        std::nth_element(sample.begin(), place, sample.end());
        return *place;
    };
    const float low = at(0.005), high = at(0.995);
    return {low, high > low ? high : low + std::max(1e-12F, std::abs(low)), false};
}

ValueScale steadyScale(TileFigure figure, const Matrix<float> &values)
{
    float least = std::numeric_limits<float>::max();
    float largest = 0;
    for (std::int64_t i = 0; i < values.size(); ++i) {
        least = std::min(least, values.data()[i]); // skips NaN, which compares false
        largest = std::max(largest, values.data()[i]);
    }
    if (figure == TileFigure::PlanLost ||
        figure == TileFigure::MaskLost) { // values are far from 0: a range from 0 would hide their differences
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
