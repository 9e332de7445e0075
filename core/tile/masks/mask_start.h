// SPDX-License-Identifier: Apache-2.0
// What a method makes of the mask of another one that it is to begin with.
#pragma once

#include "core/tile/masks/rounding.h"

namespace nms {

/// Holds one thread's scratch. Masks that come in keep at most n of every row and column of the padded tile.
class MaskStart
{
public:
    explicit MaskStart(NmPattern pattern, SimdLevel level) : m_level(level)
    {
        m_work.n = pattern.n;
        m_work.m = pattern.m;
    }

    /// Fills a mask up to n everywhere: keeps all that it keeps and adds greedily what fits, then swaps. A mask that has n
    /// everywhere stays; one that has not can be worth more than any that does, and lose.
    void complete(const TileScores &scores, TileMask &mask, Rounding::Choice choice);

    /// Improves a mask with n everywhere by exchanges, (i, l) and (k, j) in place of (i, j) and (k, l), to a local optimum:
    /// none is left that gains more than 2⁻²⁷ of the tile's maximum. (No two rows could share what they keep better between
    /// them.) Everything done is a true gain, free of rounding; at most 4·N·M are done. Returns how many were.
    int exchange(const TileScores &scores, TileMask &mask);

    /// Potentials that part as well as they can what a mask with n everywhere keeps from what it leaves out: sweeps like
    /// ThresholdSweeps, each threshold midway between the least kept and the greatest left out of its line. Score units, M
    /// of each.
    void thresholds(const TileScores &scores, const TileMask &mask, double *alpha, double *beta);

private:
    void load(const TileMask &mask);
    void store(TileMask &mask) const;

    SimdLevel m_level;
    SelectionWork m_work;
};

} // namespace nms
