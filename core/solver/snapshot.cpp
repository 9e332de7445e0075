// SPDX-License-Identifier: Apache-2.0
#include "core/solver/snapshot.h"

namespace nms {

void Snapshot::shapeAllButPlan(const TileGrid &whole, const TileRegion &wanted)
{
    grid = whole;
    region = wanted.clippedTo(grid);
    if (region.empty())
        region = {};
    potentials.resize(std::size_t(region.tileRows() * region.tileCols() * 2 * grid.m));
    tiles.resize(std::size_t(grid.count()));
}

void Snapshot::shape(const TileGrid &whole, const TileRegion &wanted)
{
    shapeAllButPlan(whole, wanted);
    if (plan.onDevice() || plan.rows() != planRows() || plan.cols() != planCols())
        plan = Matrix<float>(planRows(), planCols());
}

std::int64_t Snapshot::planRows() const
{
    return std::min(grid.rows, region.tileRow1 * grid.m) - region.tileRow0 * grid.m;
}

std::int64_t Snapshot::planCols() const
{
    return std::min(grid.cols, region.tileCol1 * grid.m) - region.tileCol0 * grid.m;
}

} // namespace nms
