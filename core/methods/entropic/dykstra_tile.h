// SPDX-License-Identifier: Apache-2.0
// Entropic transport of one tile by Dykstra's algorithm (TSENOR, algorithm 1), without its dual matrix.
#pragma once

#include "core/methods/entropic/entropic_tile.h"

namespace nms {

/// From one cap to the next the uncapped matrix is only ever multiplied by row and column factors, so
///     Y = exp(τA + u + v),  S = min(1, Y)
/// throughout, and an iteration is r = N/rowsum(S), c = N/colsum(r·S), u += ln r, v += ln c. In the factors since the last
/// rebase: as S is min(w, K·q)/w, a row's next w is its sum of min(w, K·q), over N.
///
/// Nothing is lost to underflow, whatever τ is. The first iteration goes by log-sum-exp. From then on no sum is small: a
/// column summed to N before the cap, and the cap leaves at least 1 of that; the column step took at most a factor M from a
/// row that summed to N, so at least 1/M of it is left. Hence every factor r and c lies within 1/M … M. K holds exponents of
/// −600 … 600, and every 16 iterations q/w is folded into u and v if it has grown by 10¹⁰⁰ or shrunk by 10⁻⁴⁰; until the
/// next look it changes by at most M³² < 10⁵⁸ more. So an entry that is missing from K is below 10⁻¹⁰⁰ while it is, one that
/// was cut off is far above 1. Potentials to start from give the first plan min(1, Y), which is scaled like all that follow;
/// where that plan has a sum below 1/M they are left aside. All 0 they stand for the uncapped plan.
class DykstraTile : public EntropicTile
{
public:
    /// `tolerance`: done at the first iteration with a residual not above it; 0: never.
    DykstraTile(NmPattern pattern, double tau, double residualLimit, double tolerance, SimdLevel level);

    void start(const TileScores &scores) override;
    void startFrom(const TileScores &scores, const double *alpha, const double *beta) override;
    void advance(int iterations) override;
    TileResult round(TileMask &out) override;

private:
    bool hasEmptyLine();
    bool isUncapped() const;
    bool factorsInRange() const;

    TileArray<double> m_key;
};

} // namespace nms
