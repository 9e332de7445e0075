// SPDX-License-Identifier: Apache-2.0
// Entropic transport of one tile by Dykstra's algorithm (TSENOR, algorithm 1), without its dual matrix.
#pragma once

#include "core/solver/tile/bound.h"
#include "core/solver/tile/dykstra_kernels.h"
#include "core/solver/tile/iterative_tile.h"
#include "core/solver/tile/rounding.h"

namespace nms {

/// From one cap to the next the uncapped matrix is only ever multiplied by row and column factors, so
///     Y = exp(τA + u + v),  S = min(1, Y)
/// throughout, and an iteration is r = N/rowsum(S), c = N/colsum(r·S), u += ln r, v += ln c. Kept are u and v of the last
/// *rebase* and the products p, q of the factors since: Y = p·K·q with K = exp(τA + u + v) needs no exp and no log.
///
/// Nothing is lost to underflow, whatever τ is. The first iteration goes by log-sum-exp. From then on no sum is small: a
/// column summed to N before the cap, and the cap leaves at least 1 of that; the column step took at most a factor M from a
/// row that summed to N, so at least 1/M of it is left. Hence every factor r and c lies within 1/M … M. K holds exponents of
/// −600 … 600, and p·q is folded into u and v before it has grown by 10¹⁰⁰ or shrunk by 10⁻⁴⁰: an entry that is missing from
/// K is below 10⁻¹⁵⁰ while it is, one that was cut off is far above 1.
///
/// The state {iterations, u, v, p, q} determines every later iterate bit for bit: rebasing depends on nothing else.
class DykstraTile : public IterativeTile
{
public:
    DykstraTile(NmPattern pattern, double tau, double residualWarning);

    void start(const TileScores &scores) override;
    void iterate() override;
    bool done() const override { return false; }

    PlanFigures figures() override;
    void plan(TileArray<double> &out) override;
    void thresholds(double *alpha, double *beta) const override;
    TileResult round(TileMask &out) override;

    std::size_t stateBytes() const override;
    void suspend(std::byte *state) const override;
    void resume(const TileScores &scores, const std::byte *state) override;

private:
    using Line = TileLine<double>;

    void take(const TileScores &scores);
    void iterateFirst();
    void rebase();
    void rebuildKernel();
    bool factorsInRange() const;

    NmPattern m_pattern;
    double m_tau;
    double m_residualWarning;
    DykstraShape m_shape;
    const TileScores *m_source = nullptr;

    // The state. Padding lanes hold u = v = 0 and p = q = 1.
    std::int64_t m_iterations = 0;
    alignas(64) Line m_u;
    alignas(64) Line m_v;
    alignas(64) Line m_p;
    alignas(64) Line m_q;

    // Follows from it.
    TileArray<double> m_kernel; // 0 in padding lanes
    alignas(64) Line m_rowFactor; // r and c of the last iteration, for the capacity residual
    alignas(64) Line m_columnFactor;
    TileArray<double> m_scratch;
    Rounding m_rounding;
    ThresholdSweeps m_bound;
};

} // namespace nms
