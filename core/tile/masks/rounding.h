// SPDX-License-Identifier: Apache-2.0
// From a fractional plan to a mask, by greedy selection and swaps (TSENOR, section 3.2 and algorithm 2); and how a method
// uses the mask of another method.
#pragma once

#include "core/tile/masks/mask_kernels.h"
#include "core/tile/tile.h"

namespace nms {

/// Holds one thread's scratch memory.
class Rounding
{
public:
    explicit Rounding(SimdLevel level) : m_level(level) { }

    /// Takes entries in descending order of `key` (row-major on ties) while their row and column keep fewer than N. key: M
    /// rows of `stride`, no NaN.
    TileMask greedy(const double *key, int stride, NmPattern pattern);
    TileMask greedy(const float *key, int stride, NmPattern pattern);

    /// The same with the scores as keys.
    TileMask greedy(const TileScores &scores, int n);

    /// While a row i and a column j hold fewer than n: replaces (i', j') by (i, j') and (i', j), with the largest A[i,j'] +
    /// A[i',j] − A[i',j'] (row-major (i', j') on ties), or the first that is possible. Ends with exactly n everywhere: a
    /// column j' that row i lacks is full (greedy selection and swaps leave no entry out whose row and column both hold
    /// fewer than n), so it holds more rows than column j does, and one of them lacks j.
    enum class Choice { Best, First };
    static void swapUntilFull(const TileScores &scores, int n, TileMask &mask, Choice choice, SimdLevel level);

    /// The variant published in TSENOR: the best swap, only where it gains, at most `most` times; rows and columns may stay
    /// short of n.
    static void swapWhileGaining(const TileScores &scores, int n, TileMask &mask, int most, SimdLevel level);

private:
    TileMask kept(NmPattern pattern) const;

    SimdLevel m_level;
    SelectionWork m_work;
};

/// Works on masks of other methods, which keep at most n of every row and column of the padded tile. Holds one thread's
/// scratch memory.
class MaskStart
{
public:
    explicit MaskStart(NmPattern pattern, SimdLevel level) : m_level(level)
    {
        m_work.n = pattern.n;
        m_work.m = pattern.m;
    }

    /// Fills a mask up to n everywhere: keeps all its entries, adds greedily what fits, then swaps. A mask with n
    /// everywhere is unchanged. A mask without n everywhere can keep a larger sum than any mask with n everywhere; its sum
    /// then decreases.
    void complete(const TileScores &scores, TileMask &mask, Rounding::Choice choice);

    /// Improves a mask with n everywhere by exchanges, replacing (i, j) and (k, l) by (i, l) and (k, j), to a local
    /// optimum: no exchange is left that gains more than 2⁻²⁷ of the tile's maximum. (No two rows can then distribute the
    /// columns that they keep better between them.) Every exchange is a true gain, free of rounding; at most 4·N·M are
    /// made. Returns their number.
    int exchange(const TileScores &scores, TileMask &mask);

    /// Potentials that separate, as well as possible, the entries that a mask with n everywhere keeps from the others:
    /// sweeps as in ThresholdSweeps, with each threshold midway between the smallest kept and the largest other entry of
    /// its line. In score units, M of each.
    void thresholds(const TileScores &scores, const TileMask &mask, double *alpha, double *beta);

private:
    void load(const TileMask &mask);
    void store(TileMask &mask) const;

    SimdLevel m_level;
    SelectionWork m_work;
};

} // namespace nms
