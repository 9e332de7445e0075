// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tile_sums.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <numeric>

namespace nms {

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

double sumOf(const Matrix<float> &score)
{
    std::vector<double> rows(std::size_t(score.rows()));
    parallelBlocks(score.rows(), 64, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row)
            for (std::int64_t col = 0; col < score.cols(); ++col)
                rows[std::size_t(row)] += double(score(row, col));
    });
    return std::accumulate(rows.begin(), rows.end(), 0.0);
}

} // namespace nms
