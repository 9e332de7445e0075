// SPDX-License-Identifier: Apache-2.0
// Certified upper bounds from dual potentials.
#pragma once

#include "core/tile/figures.h"
#include "core/tile/masks/mask_kernels.h"
#include "core/tile/tile.h"

namespace nms {

/// N·Σα + N·Σβ + Σ max(0, A − αᵢ − βⱼ): for any α and β at least what any mask keeps that has exactly N in every row and
/// column of the padded tile (weak duality of the transport problem). Evaluated without rounding (masks/bound_steps.h) at α
/// and β cut to multiples of less than 2⁻³⁵ of the tile's maximum, and to four times that or more: never below the optimum.
double dualBound(const TileScores &scores, int n, const double *alpha, const double *beta, SimdLevel level);

/// Improves α and β by threshold sweeps (each of the two to the middle of the N-th and (N+1)-th largest of A minus the
/// other, a coordinate step that makes the bound no worse but for the 24 bits of its integers). Holds one thread's scratch.
class ThresholdSweeps
{
public:
    explicit ThresholdSweeps(SimdLevel level) : m_level(level) { }

    /// The least bound seen, at the start and after `sweeps`; α and β (M of each) are left where they end.
    double bound(const TileScores &scores, int n, double *alpha, double *beta, int sweeps);

    /// Only α and β, from 0.
    void sweep(const TileScores &scores, int n, double *alpha, double *beta, int sweeps);

    /// What `mask` keeps and the bound after `sweeps` (one at least) from α and β, never below it: objective and upperBound
    /// of a result, the rest as it was made.
    TileResult judge(const TileScores &scores, int n, const TileMask &mask, const double *alpha, const double *beta,
                     int sweeps);

    /// The same for methods without potentials: some sweeps from 0.
    TileResult judge(const TileScores &scores, int n, const TileMask &mask);

private:
    TileResult judge(const TileScores &scores, const TileMask &mask, BoundLines &lines, double scale, int sweeps);

    SimdLevel m_level;
    BoundWork m_work;
};

} // namespace nms
