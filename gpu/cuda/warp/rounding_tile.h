// SPDX-License-Identifier: Apache-2.0
// Rounds plans or scores to masks on the tiles of one warp: greedy selection, then swaps (TSENOR, section 3.3).
#pragma once

#include "gpu/cuda/warp/mask_tile.h"
#include "gpu/cuda/warp/score_tile.h"
#include "gpu/cuda/warp/selection.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Entry (line of slot q, k), or (k, line).
template <bool Rows, int M> NMS_FN WarpLanes<float> entryOf(const ScoreTile<M> &scores, int q, int k)
{
    const WarpLanes<int> &line = scores.frame.line[q];
    if constexpr (Rows)
        return scores.at(line, k);
    else
        return scores.at(k, line);
}

/// The smallest value that at most n of the line's scores reach.
template <int M, bool Rows> NMS_FN WarpLanes<float> leastOfFirst(const ScoreTile<M> &scores, int q)
{
    const TileFrame<M> &frame = scores.frame;
    WarpLanes<float> values[M];
    NMS_UNROLL
    for (int k = 0; k < M; ++k)
        values[k] = k < frame.m ? entryOf<Rows>(scores, q, k) : WarpLanes<float>(-1.0F);
    WarpLanes<float> nth;
    WarpLanes<float> next;
    selectTwo(values, frame.n, nth, next);
    if (frame.n == frame.m)
        return nth;
    return map([](float a, float b) { return a > b ? a : floatOfBits(bitsOfFloat(a) + 1); }, nth, next);
}

/// Keeps the entries of a line that reach both its own `least` and that of the line they cross.
template <bool Rows, int M>
NMS_FN void takeFirstOf(const ScoreTile<M> &scores, const Shared &leastOfOthers,
                        const WarpLanes<float> (&least)[Layout<M>::slots], const WarpLanes<int> (&room)[Layout<M>::slots],
                        WarpLanes<typename TileFrame<M>::Bits> (&kept)[Layout<M>::slots])
{
    using Bits = typename TileFrame<M>::Bits;
    const TileFrame<M> &frame = scores.frame;
    NMS_UNROLL
    for (int q = 0; q < Layout<M>::slots; ++q) {
        WarpLanes<Bits> first = Bits(0);
        NMS_UNROLL_LINES
        for (int k = 0; k < M; ++k) {
            const WarpLanes<float> both = larger(least[q], leastOfOthers.load(frame.vectorBase + k));
            const WarpLanes<bool> taken = (entryOf<Rows>(scores, q, k) >= both) & (k < frame.m);
            first = first | select(taken, WarpLanes<Bits>(Bits(1) << k), Bits(0));
        }
        kept[q] = kept[q] | select(frame.lineUsed[q] & (room[q] > 0), first, Bits(0));
    }
}

/// The start of greedy selection by score, while a tile keeps nothing (or is complete): takes in one step the entries among
/// the first n of both their row and their column, which greedy selection takes in any case. Entries that tie at the n-th
/// place are not taken. `line`: scratch words, one per line.
template <int M> NMS_FN void takeFirst(WarpMemory &memory, const ScoreTile<M> &scores, MaskTile<M> &mask, Shared &line)
{
    using L = Layout<M>;
    const TileFrame<M> &frame = scores.frame;
    WarpLanes<float> ofRow[L::slots];
    WarpLanes<float> ofColumn[L::slots];
    NMS_UNROLL
    for (int q = 0; q < L::slots; ++q) {
        ofRow[q] = leastOfFirst<M, true>(scores, q);
        ofColumn[q] = leastOfFirst<M, false>(scores, q);
        line.store(frame.vectorBase + frame.line[q], ofColumn[q]);
    }
    memory.sync();
    takeFirstOf<true>(scores, line, ofRow, mask.rowRoom, mask.rowKept);
    memory.sync();
    NMS_UNROLL
    for (int q = 0; q < L::slots; ++q)
        line.store(frame.vectorBase + frame.line[q], ofRow[q]);
    memory.sync();
    takeFirstOf<false>(scores, line, ofColumn, mask.columnRoom, mask.columnKept);
    mask.countRoom();
}

/// The scores as keys for greedy selection: lines are kept in registers if they fit.
template <int M> class ScoreKeys
{
public:
    using L = Layout<M>;

    NMS_FN explicit ScoreKeys(const ScoreTile<M> &scores) : m_scores(scores)
    {
        if constexpr (inRegisters) {
            NMS_UNROLL_LINES
            for (int k = 0; k < M; ++k) {
                m_row[k] = scores.at(scores.frame.line[0], k);
                m_column[k] = scores.at(k, scores.frame.line[0]);
            }
        }
    }
    NMS_FN WarpLanes<float> row(int q, int k) const
    {
        if constexpr (inRegisters)
            return m_row[k];
        else
            return m_scores.at(m_scores.frame.line[q], k);
    }
    NMS_FN WarpLanes<float> column(int q, int k) const
    {
        if constexpr (inRegisters)
            return m_column[k];
        else
            return m_scores.at(k, m_scores.frame.line[q]);
    }

private:
    static constexpr bool inRegisters = L::slots == 1;
    const ScoreTile<M> &m_scores;
    WarpLanes<float> m_row[inRegisters ? M : 1];
    WarpLanes<float> m_column[inRegisters ? M : 1];
};

/// The entries of a plan (PlanTile) as keys: lines are in registers if they fit, as in ScoreKeys.
template <int M, class Plan> class PlanKeys
{
public:
    NMS_FN explicit PlanKeys(const Plan &plan) : m_plan(plan)
    {
        if constexpr (inRegisters) {
            NMS_UNROLL_LINES
            for (int k = 0; k < M; ++k) {
                m_row[k] = plan.row(0, k);
                m_column[k] = plan.column(0, k);
            }
        }
    }
    NMS_FN WarpLanes<float> row(int q, int k) const
    {
        if constexpr (inRegisters)
            return m_row[k];
        else
            return m_plan.row(q, k);
    }
    NMS_FN WarpLanes<float> column(int q, int k) const
    {
        if constexpr (inRegisters)
            return m_column[k];
        else
            return m_plan.column(q, k);
    }

private:
    static constexpr bool inRegisters = Layout<M>::slots == 1;
    const Plan &m_plan;
    WarpLanes<float> m_row[inRegisters ? M : 1];
    WarpLanes<float> m_column[inRegisters ? M : 1];
};

/// `Keys` has row(q, k), the key of entry (line of slot q, k), and column(q, k), that of (k, line).
template <int M, class Keys> class RoundingTile
{
public:
    using Frame = TileFrame<M>;
    using L = Layout<M>;
    using Bits = typename Frame::Bits;

    NMS_FN RoundingTile(const Keys &keys, const ScoreTile<M> &scores, MaskTile<M> &mask)
        : m_keys(keys), m_scores(scores), m_frame(scores.frame), m_mask(mask)
    { }

    /// Takes in one step what greedy selection would take one by one: if the free entries of at least `level` fit into the
    /// room of both their row and their column, greedy selection takes all of them.
    NMS_FN void takeAllAbove(float level)
    {
        const WarpLanes<Bits> openRows = m_mask.openRows();
        const WarpLanes<Bits> openColumns = m_mask.openColumns();
        WarpLanes<Bits> rowFree[L::slots];
        WarpLanes<Bits> columnFree[L::slots];
        WarpLanes<bool> rowFits[L::slots];
        WarpLanes<bool> columnFits[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            WarpLanes<Bits> inRow = Bits(0);
            WarpLanes<Bits> inColumn = Bits(0);
            NMS_UNROLL_LINES
            for (int k = 0; k < M; ++k) {
                inRow = inRow | select(m_keys.row(q, k) >= level, WarpLanes<Bits>(Bits(1) << k), Bits(0));
                inColumn = inColumn | select(m_keys.column(q, k) >= level, WarpLanes<Bits>(Bits(1) << k), Bits(0));
            }
            rowFree[q] = select(m_mask.rowRoom[q] > 0, inRow & ~m_mask.rowKept[q] & openColumns, Bits(0));
            columnFree[q] = select(m_mask.columnRoom[q] > 0, inColumn & ~m_mask.columnKept[q] & openRows, Bits(0));
            rowFits[q] = countOnes(rowFree[q]) <= m_mask.rowRoom[q];
            columnFits[q] = countOnes(columnFree[q]) <= m_mask.columnRoom[q];
        }
        const WarpLanes<Bits> fittingRows = m_frame.ballotLines(rowFits);
        const WarpLanes<Bits> fittingColumns = m_frame.ballotLines(columnFits);
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<Bits> newInRow = select(rowFits[q], rowFree[q] & fittingColumns, Bits(0));
            const WarpLanes<Bits> newInColumn = select(columnFits[q], columnFree[q] & fittingRows, Bits(0));
            m_mask.rowKept[q] = m_mask.rowKept[q] | newInRow;
            m_mask.columnKept[q] = m_mask.columnKept[q] | newInColumn;
        }
        m_mask.countRoom();
    }

    /// Takes entries by descending key, ties in row-major order, each if its row and column have room. An entry that is the
    /// first among the free ones of both its row and its column is taken in any case, so each round takes all such entries.
    NMS_FN void greedy()
    {
        for (bool more = true; more;) {
            const WarpLanes<Bits> openRows = m_mask.openRows();
            const WarpLanes<Bits> openColumns = m_mask.openColumns();
            WarpLanes<int> rowChoice[L::slots]; // −1: none
            WarpLanes<int> columnChoice[L::slots];
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                const WarpLanes<Bits> rowFree = select(m_mask.rowRoom[q] > 0, ~m_mask.rowKept[q] & openColumns, Bits(0));
                const WarpLanes<Bits> columnFree =
                    select(m_mask.columnRoom[q] > 0, ~m_mask.columnKept[q] & openRows, Bits(0));
                WarpLanes<float> rowBest = -1.0F;
                WarpLanes<float> columnBest = -1.0F;
                rowChoice[q] = -1;
                columnChoice[q] = -1;
                NMS_UNROLL_LINES
                for (int k = 0; k < M; ++k) {
                    consider(rowFree, k, m_keys.row(q, k), rowBest, rowChoice[q]);
                    consider(columnFree, k, m_keys.column(q, k), columnBest, columnChoice[q]);
                }
            }
            more = m_mask.keepMutualChoices(rowChoice, columnChoice);
        }
    }

    /// While a row i and a column j have room: does the swap (i', j') with the greatest A[i,j'] + A[i',j] − A[i',j'] (or,
    /// without `best`, the first) over kept (i', j') with (i, j') and (i', j) free; ties in row-major order. Greedy
    /// selection leaves no free pair whose row and column both have room, and a swap creates none (i' and j' are full);
    /// hence such a swap always exists, and each one fills one place.
    NMS_FN void swaps(bool best)
    {
        for (int pass = 0; pass < m_frame.n * m_frame.m; ++pass) {
            const WarpLanes<Bits> openRows = m_mask.openRows();
            const WarpLanes<bool> needed = openRows != Bits(0);
            if (!any(needed))
                return;
            const WarpLanes<int> i = lowestOne(openRows);
            const WarpLanes<int> j = lowestOne(m_mask.openColumns());
            const WarpLanes<Bits> keptByI = m_frame.ofLine(m_mask.rowKept, i);

            WarpLanes<double> gain = -1e300;
            WarpLanes<int> where = M * M;
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                const WarpLanes<int> &line = m_frame.line[q];
                const WarpLanes<bool> usable = needed & !hasBit(m_mask.rowKept[q], j) & m_frame.lineUsed[q];
                const WarpLanes<Bits> candidates = select(usable, m_mask.rowKept[q] & ~keptByI, Bits(0));
                const WarpLanes<double> gained = to<double>(m_scores.at(line, j));
                for (int column = 0; column < m_frame.m; ++column) {
                    WarpLanes<double> swapped = 0.0;
                    if (best) // in double, so that every backend decides in the same way
                        swapped = to<double>(m_scores.at(i, column)) + gained - to<double>(m_scores.at(line, column));
                    const WarpLanes<bool> better = hasBit(candidates, WarpLanes<int>(column)) & (swapped > gain);
                    assign(gain, better, swapped);
                    assign(where, better, line * M + column);
                }
            }
            NMS_UNROLL
            for (int step = L::lanes / 2; step > 0; step /= 2) {
                const WarpLanes<double> otherGain = shuffleXor(gain, step);
                const WarpLanes<int> otherWhere = shuffleXor(where, step);
                const WarpLanes<bool> better = (otherGain > gain) | ((otherGain == gain) & (otherWhere < where));
                assign(gain, better, otherGain);
                assign(where, better, otherWhere);
            }
            const WarpLanes<bool> swap = needed & (where < M * M);
            const WarpLanes<int> swapRow = where / M;
            const WarpLanes<int> swapColumn = where % M;
            m_mask.toggle(i, swapColumn, swap);
            m_mask.toggle(swapRow, j, swap);
            m_mask.toggle(swapRow, swapColumn, swap);
            m_mask.countRoom();
        }
    }

private:
    NMS_FN static void consider(const WarpLanes<Bits> &free, int k, const WarpLanes<float> &s, WarpLanes<float> &best,
                                WarpLanes<int> &choice)
    {
        const WarpLanes<bool> better = ((free & (Bits(1) << k)) != Bits(0)) & (s > best);
        assign(best, better, s);
        assign(choice, better, k);
    }

    const Keys &m_keys;
    const ScoreTile<M> &m_scores;
    const Frame &m_frame;
    MaskTile<M> &m_mask;
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
