// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tile_sums.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace nms {

namespace {

/// Σ of `of` each value. The GUI thread waits for these passes: eight sums in turn, so that additions do not wait for each
/// other, are as fast as memory.
template <class Of> double lineSum(const float *values, std::int64_t count, Of of)
{
    std::array<double, 8> sums{};
    std::int64_t i = 0;
    for (; i + std::int64_t(sums.size()) <= count; i += std::int64_t(sums.size()))
        for (std::size_t lane = 0; lane < sums.size(); ++lane)
            sums[lane] += of(values[i + std::int64_t(lane)]);
    for (; i < count; ++i)
        sums[0] += of(values[i]);
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

template <class Of> std::vector<double> sumByTile(const Matrix<float> &values, const TileGrid &grid, Of of)
{
    std::vector<double> sums(std::size_t(grid.count()));
    parallelBlocks(grid.tileRows(), 4, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin * grid.m; row < std::min(grid.rows, end * grid.m); ++row) {
            double *tiles = sums.data() + row / grid.m * grid.tileCols();
            const float *line = values.data() + row * values.cols();
            for (std::int64_t col = 0; col < grid.cols; col += grid.m)
                *tiles++ += lineSum(line + col, std::min<std::int64_t>(grid.m, grid.cols - col), of);
        }
    });
    return sums;
}

} // namespace

std::vector<double> sumTiles(const Matrix<float> &score, const TileGrid &grid)
{
    return sumByTile(score, grid, [](float value) { return double(value); });
}

std::vector<double> sumTileMagnitudes(const Matrix<float> &values, const TileGrid &grid)
{
    return sumByTile(values, grid, [](float value) { return double(std::abs(value)); });
}

double sumOf(const Matrix<float> &score)
{
    std::vector<double> rows(std::size_t(score.rows()));
    parallelBlocks(score.rows(), 64, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row)
            rows[std::size_t(row)] =
                lineSum(score.data() + row * score.cols(), score.cols(), [](float value) { return double(value); });
    });
    return std::accumulate(rows.begin(), rows.end(), 0.0);
}

} // namespace nms
