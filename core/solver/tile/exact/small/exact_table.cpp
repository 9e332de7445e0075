// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/exact/small/exact_table.h"

namespace nms {

static_assert(TableGroup::tiles == GroupSolver::groupTiles);

bool ExactTable::solveGroup(const float *cells, std::ptrdiff_t stride, int tiles, TileResult *results, GroupRows &rows)
{
    alignas(64) double objective[groupTiles];
    if (!m_kernel(cells, stride, rows[0], objective))
        return false;
    for (int tile = 0; tile < tiles; ++tile)
        results[tile] = {objective[tile], objective[tile]};
    return true;
}

} // namespace nms
