// SPDX-License-Identifier: Apache-2.0
// Entropic transport of one tile by Dykstra's algorithm (TSENOR, algorithm 1), without its dual matrix.
#pragma once

#include "core/solver/tile/bound.h"
#include "core/solver/tile/entropic/entropic_kernels.h"
#include "core/solver/tile/iterative_tile.h"
#include "core/solver/tile/rounding.h"

namespace nms {

/// From one cap to the next the uncapped matrix is only ever multiplied by row and column factors, so
///     Y = exp(τA + u + v),  S = min(1, Y)
/// throughout, and an iteration is r = N/rowsum(S), c = N/colsum(r·S), u += ln r, v += ln c. Kept are u and v of the last
/// *rebase*, the product q of the column factors since and w, one over that of the row factors: Y = K·q/w with
/// K = exp(τA + u + v) needs no exp and no log, and as S is min(w, K·q)/w a row's next w is its sum of min(w, K·q), over N.
///
/// Nothing is lost to underflow, whatever τ is. The first iteration goes by log-sum-exp. From then on no sum is small: a
/// column summed to N before the cap, and the cap leaves at least 1 of that; the column step took at most a factor M from a
/// row that summed to N, so at least 1/M of it is left. Hence every factor r and c lies within 1/M … M. K holds exponents of
/// −600 … 600, and every 16 iterations q/w is folded into u and v if it has grown by 10¹⁰⁰ or shrunk by 10⁻⁴⁰; until the
/// next look it changes by at most M³² < 10⁵⁸ more. So an entry that is missing from K is below 10⁻¹⁰⁰ while it is, one that
/// was cut off is far above 1.
///
/// The state {iterations, u, v, w, q} determines every later iterate bit for bit: rebasing depends on nothing else.
class DykstraTile : public IterativeTile
{
public:
    /// `residualLimit`: up to there a tile counts as converged. `tolerance`: there it is done; 0: never.
    DykstraTile(NmPattern pattern, double tau, double residualLimit, double tolerance = 0, SimdLevel level = simdLevel());

    void start(const TileScores &scores) override;
    void iterate() override;
    void advance(int iterations) override;
    bool done() const override { return m_done; }

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
    bool factorsInRange() const;
    double residual();

    NmPattern m_pattern;
    double m_tau;
    double m_residualLimit;
    double m_tolerance;
    const EntropicKernels &m_kernels;
    const TileScores *m_source = nullptr;

    std::int64_t m_iterations = 0;
    EntropicWork m_work; // u, v, w and q are the state

    // Follows from it.
    bool m_done = false;
    TileArray<double> m_scratch;
    Rounding m_rounding;
    ThresholdSweeps m_bound;
};

} // namespace nms
