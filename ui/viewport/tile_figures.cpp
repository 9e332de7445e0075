// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/tile_figures.h"

#include "core/base/parallel.h"

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
    for (std::int64_t tile = 0; tile < map.size(); ++tile)
        map.data()[tile] = figures.of(tile, figure);
    return map;
}

Matrix<float> meanMagnitudes(const Matrix<float> &values, const TileGrid &grid)
{
    Matrix<float> means(grid.tileRows(), grid.tileCols());
    parallelBlocks(grid.tileRows(), 1, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t tileRow = begin; tileRow < end; ++tileRow) {
            const std::int64_t row0 = tileRow * grid.m, row1 = std::min(grid.rows, row0 + grid.m);
            for (std::int64_t tileCol = 0; tileCol < grid.tileCols(); ++tileCol) {
                const std::int64_t col0 = tileCol * grid.m, count = std::min<std::int64_t>(grid.cols - col0, grid.m);
                std::array<float, 4> sums{}; // used in turn, so that additions do not wait for each other
                for (std::int64_t row = row0; row < row1; ++row) {
                    const float *cells = values.data() + row * values.cols() + col0;
                    std::int64_t i = 0;
                    for (; i + 4 <= count; i += 4)
                        for (std::size_t lane = 0; lane < 4; ++lane)
                            sums[lane] += std::abs(cells[i + std::int64_t(lane)]);
                    for (; i < count; ++i)
                        sums[0] += std::abs(cells[i]);
                }
                means(tileRow, tileCol) = (sums[0] + sums[1] + sums[2] + sums[3]) / float((row1 - row0) * count);
            }
        }
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
    std::sort(sample.begin(), sample.end());
    const auto at = [&](double share) {
        return sample[std::size_t(std::lround(share * double(sample.size() - 1)))];
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
