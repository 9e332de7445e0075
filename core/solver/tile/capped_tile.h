// SPDX-License-Identifier: Apache-2.0
// Entropic transport by exact alternating projections onto {row sums N, S ≤ 1} and {column sums N, S ≤ 1}.
#pragma once

#include "core/solver/tile/bound.h"
#include "core/solver/tile/rounding.h"
#include "core/solver/tile/tile_solver.h"

#include <vector>

namespace nms {

/// Fixed point S = min(1, exp(τA + u + v)) as `dykstra`, reached in far fewer iterations: uᵢ solves
/// Σⱼ min(1, e^{τAᵢⱼ + uᵢ + vⱼ}) = N exactly (water-filling), then vⱼ likewise. Ends early once the rows hold to
/// the tolerance (without one: to 10⁻⁴) after the column step.
class CappedTile : public TileSolver
{
public:
    explicit CappedTile(const SolveOptions &options) : m_options(options) { }
    TileResult solve(const TileScores &scores, std::int64_t tile, const std::stop_token &stop, TileMask &out) override;

private:
    double waterLevel(TileLine<double> &exponents) const;

    SolveOptions m_options;
    TileArray<double> m_plan;
    Rounding m_rounding;
    ThresholdSweeps m_bound;
};

} // namespace nms
