// SPDX-License-Identifier: Apache-2.0
#include "core/solver/snapshot.h"

namespace nms {

void Snapshot::shape(const TileGrid &whole, const TileRegion &wanted)
{
    grid = whole;
    region = wanted.clippedTo(grid);
    if (region.empty())
        region = {};
    const std::int64_t rows = std::min(grid.rows, region.tileRow1 * grid.m) - region.tileRow0 * grid.m;
    const std::int64_t cols = std::min(grid.cols, region.tileCol1 * grid.m) - region.tileCol0 * grid.m;
    if (plan.rows() != rows || plan.cols() != cols)
        plan = Matrix<float>(rows, cols);
    potentials.resize(std::size_t(region.tileRows() * region.tileCols() * 2 * grid.m));
    tiles.resize(std::size_t(grid.count()));
}

} // namespace nms
