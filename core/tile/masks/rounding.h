// SPDX-License-Identifier: Apache-2.0
// From a fractional plan to a mask: greedy selection and swaps (TSENOR, section 3.2 and algorithm 2); and what a method
// makes of the mask of another one.
#pragma once

#include "core/tile/masks/mask_kernels.h"
#include "core/tile/tile.h"

namespace nms {

/// Holds one thread's scratch.
class Rounding
{
public:
    explicit Rounding(SimdLevel level) : m_level(level) { }

    /// Takes entries in descending order of `key` (row-major index on ties) while their row and column have room.
    /// key: M rows of `stride`, no NaN.
    TileMask greedy(const double *key, int stride, NmPattern pattern);
    TileMask greedy(const float *key, int stride, NmPattern pattern);

    /// The same with the scores as keys.
    TileMask greedy(const TileScores &scores, int n);

    /// While a row i and a column j hold fewer than n: puts (i, j') and (i', j) in place of (i', j'), chosen for the
    /// largest A[i,j'] + A[i',j] − A[i',j'] (row-major (i', j') on ties), or the first there is. Ends with exactly n
    /// everywhere: a column j' that row i lacks is full (greedy and swaps leave no entry out whose row and column both have
    /// room), so it holds more rows than column j does, and one of them lacks j.
    enum class Choice { Best, First };
    static void swapUntilFull(const TileScores &scores, int n, TileMask &mask, Choice choice, SimdLevel level);

    /// The same as TSENOR published it: the best swap, only where it gains, at most `most` times; lines may stay short.
    static void swapWhileGaining(const TileScores &scores, int n, TileMask &mask, int most, SimdLevel level);

private:
    TileMask kept(NmPattern pattern) const;

    SimdLevel m_level;
    SelectionWork m_work;
};

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
