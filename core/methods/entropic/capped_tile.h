// SPDX-License-Identifier: Apache-2.0
// Entropic transport by projections onto {row sums N, S ≤ 1} and {column sums N, S ≤ 1}.
#pragma once

#include "core/methods/entropic/entropic_tile.h"
#include "core/tile/entropic/fill_kernels.h"

namespace nms {

/// Has the same fixed point S = min(1, exp(τA + u + v)) as `dykstra`, reached in far fewer iterations: uᵢ solves
/// Σⱼ min(1, e^{τAᵢⱼ + uᵢ + vⱼ}) = N (water-filling), then vⱼ likewise.
///
/// - It starts with a few threshold sweeps, which are the same projections at infinite τ.
/// - An iteration makes one Newton step for all rows at once and one for all columns. As the sums are piecewise linear in
///   e^u, a step is exact once the right entries are at the cap.
/// - The first iterations are over-relaxed, which halves their number; later ones are not, so that they are the alternating
///   projections whose convergence is known.
/// - The first iterations are in single precision, unless τ or the tolerance require more: the plan is then that of scores
///   within 2⁻²² of the tile's maximum, and the residual is that plan's. Later ones are in double precision.
/// - The mask is rounded, and certified, from this plan after sharpening: a few more iterations at 4·τ, where fewer entries
///   are undecided.
class CappedTile : public EntropicTile
{
public:
    /// `tolerance`: a tile is done at the first iteration whose residual does not exceed it; 0: `residualLimit` is the
    /// tolerance.
    CappedTile(NmPattern pattern, double tau, double residualLimit, double tolerance, SimdLevel level);

    void start(const TileScores &scores) override;
    void advance(int iterations) override;
    PlanFigures figures() override;
    void plan(TileArray<double> &out) override;
    TileResult round(TileMask &out) override;
    void basis(RoundingBasis &out) override;

private:
    template <class T> struct Filling {
        const FillKernels<T> *kernels;
        FillWork<T> plan;
        FillWork<T> sharp;
    };

    bool isSingle() const;
    /// Calls of(filling) with the precision of the current state.
    template <class F> auto withFilling(F &&of) { return isSingle() ? of(m_single) : of(m_double); }

    void buildKernel() override;
    double residual() override;
    void sharpen(double *alpha, double *beta); // and the keys

    bool m_singleWillDo;
    Filling<float> m_single;
    Filling<double> m_double;
    TileArray<float> m_key;
};

} // namespace nms
