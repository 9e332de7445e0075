// SPDX-License-Identifier: Apache-2.0
#include "core/solver/solution.h"

#include <algorithm>

namespace nms {

void SolutionTotals::add(std::span<const TileResult> following)
{
    for (const TileResult &result : following) {
        objective += result.objective;
        upperBound += result.upperBound;
        if (worstTile < 0 || result.gap() > worstGap) {
            worstGap = result.gap();
            worstTile = tiles;
        }
        worstResidual = std::max(worstResidual, double(result.residual));
        notConverged += !result.converged;
        mostIterations = std::max(mostIterations, result.iterations);
        iterations += result.iterations;
        ++tiles;
    }
    if (upperBound > 0)
        relativeGap = (upperBound - objective) / upperBound;
}

SolutionTotals Solution::totals() const
{
    SolutionTotals totals;
    totals.add(tiles);
    return totals;
}

} // namespace nms
