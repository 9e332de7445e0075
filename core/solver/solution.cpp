// SPDX-License-Identifier: Apache-2.0
#include "core/solver/solution.h"

#include <algorithm>

namespace nms {

SolutionTotals totalsOf(std::span<const TileResult> tiles)
{
    SolutionTotals totals;
    totals.tiles = std::int64_t(tiles.size());
    for (std::size_t tile = 0; tile < tiles.size(); ++tile) {
        const TileResult &result = tiles[tile];
        totals.objective += result.objective;
        totals.upperBound += result.upperBound;
        if (totals.worstTile < 0 || result.gap() > totals.worstGap) {
            totals.worstGap = result.gap();
            totals.worstTile = std::int64_t(tile);
        }
        totals.worstResidual = std::max(totals.worstResidual, double(result.residual));
        totals.notConverged += !result.converged;
    }
    if (totals.upperBound > 0)
        totals.relativeGap = (totals.upperBound - totals.objective) / totals.upperBound;
    return totals;
}

SolutionTotals Solution::totals() const
{
    return totalsOf(tiles);
}

} // namespace nms
