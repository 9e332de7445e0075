// SPDX-License-Identifier: Apache-2.0
// Certified upper bounds from dual potentials.
#pragma once

#include "core/tile/figures.h"
#include "core/tile/masks/mask_kernels.h"
#include "core/tile/tile.h"

namespace nms {

/// N·Σα + N·Σβ + Σ max(0, A − αᵢ − βⱼ): for any α and β an upper bound for every mask that has exactly N in every row and
/// column of the padded tile (weak duality of the transport problem). Evaluated without rounding (masks/bound_steps.h), at
/// α and β truncated to multiples of less than 2⁻³⁵ of the tile's maximum and clamped at four times that maximum or more:
/// never below the optimum.
double dualBound(const TileScores &scores, int n, const double *alpha, const double *beta, SimdLevel level);

/// Improves α and β by threshold sweeps. Each step moves α (or β) to the midpoint of the N-th and (N+1)-th largest of A
/// minus the other: a coordinate descent step that never increases the bound, except for rounding to 24-bit integers. Holds
/// one thread's scratch memory.
class ThresholdSweeps
{
public:
    static constexpr int usualSweeps = 4; // for masks without potentials

    explicit ThresholdSweeps(SimdLevel level) : m_level(level) { }

    /// The smaller of the bounds before and after `sweeps` sweeps; leaves α and β (M of each) as the sweeps leave them.
    double bound(const TileScores &scores, int n, double *alpha, double *beta, int sweeps);

    /// Computes only α and β, starting from 0.
    void sweep(const TileScores &scores, int n, double *alpha, double *beta, int sweeps);

    /// The result of a mask: what it keeps (objective) and the bound after `sweeps` ≥ 1 sweeps from α and β, at least the
    /// objective (upperBound); other members keep their defaults.
    TileResult judge(const TileScores &scores, int n, const TileMask &mask, const double *alpha, const double *beta,
                     int sweeps);

    /// The same for methods without potentials: `usualSweeps` from 0.
    TileResult judge(const TileScores &scores, int n, const TileMask &mask);

private:
    TileResult judge(const TileScores &scores, const TileMask &mask, BoundLines &lines, double scale, int sweeps);

    SimdLevel m_level;
    BoundWork m_work;
};

} // namespace nms
