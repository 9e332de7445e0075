// SPDX-License-Identifier: Apache-2.0
// From a fractional plan to a mask: greedy selection and swaps (TSENOR, section 3.2 and algorithm 2).
#pragma once

#include "core/tile/masks/mask_kernels.h"
#include "core/tile/tile_mask.h"

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

} // namespace nms
