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

SolutionTotals &SolutionTotals::operator+=(const SolutionTotals &following)
{
    if (following.worstTile >= 0 && (worstTile < 0 || following.worstGap > worstGap)) {
        worstGap = following.worstGap;
        worstTile = tiles + following.worstTile;
    }
    tiles += following.tiles;
    objective += following.objective;
    upperBound += following.upperBound;
    relativeGap = upperBound > 0 ? (upperBound - objective) / upperBound : 0;
    worstResidual = std::max(worstResidual, following.worstResidual);
    notConverged += following.notConverged;
    mostIterations = std::max(mostIterations, following.mostIterations);
    iterations += following.iterations;
    return *this;
}

SolutionTotals Solution::totals() const
{
    SolutionTotals totals;
    totals.add(tiles);
    return totals;
}

} // namespace nms
