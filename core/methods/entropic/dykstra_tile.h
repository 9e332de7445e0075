// SPDX-License-Identifier: Apache-2.0
// Entropic transport of one tile by Dykstra's algorithm (TSENOR, algorithm 1), without its dual matrix.
#pragma once

#include "core/methods/entropic/entropic_tile.h"

namespace nms {

/// From one cap to the next the uncapped matrix is only multiplied by row and column factors, so always
///     Y = exp(τA + u + v),  S = min(1, Y)
/// and an iteration is r = N/rowsum(S), c = N/colsum(r·S), u += ln r, v += ln c. In terms of the factors since the last
/// rebase: as S is min(w, K·q)/w, the next w of a row is its sum of min(w, K·q), divided by N.
///
/// No τ can cause underflow. The first iteration uses log-sum-exp. After it no sum is small: a column summed to N before the
/// cap, and the cap leaves at least 1 of that; the column step reduced a row that summed to N by at most a factor M, so at
/// least 1/M of it is left. Hence every factor r and c lies within 1/M … M. K holds exponents of −600 … 600, and every 16
/// iterations q/w is moved into u and v if it has grown by 10¹⁰⁰ or shrunk by 10⁻⁴⁰; until the next check it changes by at
/// most M³² < 10⁵⁸ more. So an entry that is 0 in K is below 10⁻¹⁰⁰ meanwhile, and one that was clamped is far above 1. When
/// started from given potentials, the first plan is min(1, Y), which is scaled like all later ones; where that plan has a
/// sum below 1/M the potentials are ignored. Potentials that are all 0 mean the uncapped plan.
class DykstraTile : public EntropicTile
{
public:
    /// `tolerance`: a tile is done at the first iteration whose residual does not exceed it; 0: never.
    DykstraTile(NmPattern pattern, double tau, double residualLimit, double tolerance, SimdLevel level);

    void start(const TileScores &scores) override;
    void startFrom(const TileScores &scores, const double *alpha, const double *beta) override;
    void advance(int iterations) override;
    TileResult round(TileMask &out) override;
    void basis(RoundingBasis &out) override;

private:
    bool hasEmptyLine();
    bool isUncapped() const;
    bool factorsInRange() const;

    TileArray<double> m_key;
};

} // namespace nms
