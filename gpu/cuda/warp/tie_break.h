// SPDX-License-Identifier: Apache-2.0
// Selects, among all optimal masks of a tile, the one whose bits, read row by row from column 0 on, are the greatest.
#pragma once

#include "gpu/cuda/warp/mask_tile.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Optimal masks differ only in tight entries (A = α + β), and any two by alternating cycles of these. So for each tight
/// entry that is not kept, in row-major order, such a cycle through undecided entries is searched for; then the entry is
/// decided.
template <int M> class TieBreak
{
public:
    using Frame = TileFrame<M>;
    using L = Layout<M>;
    using Bits = typename Frame::Bits;

    /// rowTight, columnTight: the tight entries by rows and by columns; both are overwritten.
    NMS_FN TieBreak(MaskTile<M> &mask, WarpLanes<Bits> (&rowTight)[L::slots], WarpLanes<Bits> (&columnTight)[L::slots])
        : m_mask(mask), m_frame(mask.frame), m_rowTight(rowTight), m_columnTight(columnTight)
    { }

    NMS_FN void apply()
    {
        dropAcyclic();
        for (;;) {
            WarpLanes<bool> undecided[L::slots];
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q)
                undecided[q] = m_rowTight[q] != Bits(0);
            const WarpLanes<Bits> rows = m_frame.ballotLines(undecided);
            if (!any(rows != Bits(0)))
                return;
            decideNext(rows != Bits(0), lowestOne(rows));
        }
    }

private:
    /// Drops entries that are on no alternating cycle: an entry can be on one only if its row and its column both have kept
    /// and pruned entries on cycles. On most tiles nothing is left.
    NMS_FN void dropAcyclic()
    {
        WarpLanes<Bits> rows = ~Bits(0);
        WarpLanes<Bits> columns = ~Bits(0);
        for (bool more = true; more;) {
            const WarpLanes<Bits> newRows = linesOnCycles(m_rowTight, m_mask.rowKept, columns);
            const WarpLanes<Bits> newColumns = linesOnCycles(m_columnTight, m_mask.columnKept, newRows);
            more = any((newRows != rows) | (newColumns != columns));
            rows = newRows;
            columns = newColumns;
        }
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            m_rowTight[q] = select(hasBit(rows, m_frame.line[q]), m_rowTight[q] & columns, Bits(0));
            m_columnTight[q] = select(hasBit(columns, m_frame.line[q]), m_columnTight[q] & rows, Bits(0));
        }
    }
    NMS_FN WarpLanes<Bits> linesOnCycles(const WarpLanes<Bits> (&tight)[L::slots], const WarpLanes<Bits> (&kept)[L::slots],
                                         const WarpLanes<Bits> &others) const
    {
        WarpLanes<bool> both[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            both[q] = ((tight[q] & kept[q] & others) != Bits(0)) & ((tight[q] & ~kept[q] & others) != Bits(0));
        return m_frame.ballotLines(both);
    }

    /// Decides the first tight entry of row i that is not kept; i is the first row with undecided entries. Entries before it
    /// are kept and stay so; if no kept entry follows it, the row stays as it is.
    NMS_FN void decideNext(const WarpLanes<bool> &active, const WarpLanes<int> &i)
    {
        const WarpLanes<Bits> tight = m_frame.ofLine(m_rowTight, i);
        const WarpLanes<Bits> kept = m_frame.ofLine(m_mask.rowKept, i);
        const WarpLanes<Bits> pruned = tight & ~kept;
        const WarpLanes<int> j = lowestOne(pruned);
        const WarpLanes<Bits> starts = tight & kept & ~bitsUpTo<Bits>(j);
        const WarpLanes<bool> open = active & (pruned != Bits(0)) & (starts != Bits(0));
        exchangeAlongCycle(open, i, j, starts);
        const WarpLanes<Bits> decided = select(open, bitsUpTo<Bits>(j), ~Bits(0));
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<int> &line = m_frame.line[q];
            assign(m_rowTight[q], active & (line == i), m_rowTight[q] & ~decided);
            assign(m_columnTight[q], active & hasBit(decided, line), m_columnTight[q] & ~bit<Bits>(i));
        }
    }

    /// Searches breadth-first for a path row i → column c of `starts` (kept) → row (pruned) → column (kept) … → column j,
    /// and exchanges kept and pruned along it and at (i, j).
    NMS_FN void exchangeAlongCycle(const WarpLanes<bool> &open, const WarpLanes<int> &i, const WarpLanes<int> &j,
                                   const WarpLanes<Bits> &starts)
    {
        WarpLanes<Bits> rows = Bits(0); // reached
        WarpLanes<Bits> columns = starts;
        WarpLanes<int> rowFrom[L::slots];
        WarpLanes<int> columnFrom[L::slots]; // −1: row i
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            rowFrom[q] = columnFrom[q] = -1;
        for (bool more = any(open); more;) {
            WarpLanes<bool> fresh[L::slots];
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                const WarpLanes<Bits> from = m_rowTight[q] & ~m_mask.rowKept[q] & columns;
                fresh[q] = open & (from != Bits(0)) & !hasBit(rows, m_frame.line[q]) & (m_frame.line[q] != i);
                assign(rowFrom[q], fresh[q], lowestOne(from));
            }
            rows = rows | m_frame.ballotLines(fresh);
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                const WarpLanes<Bits> from = m_columnTight[q] & m_mask.columnKept[q] & rows;
                fresh[q] = open & (from != Bits(0)) & !hasBit(columns, m_frame.line[q]);
                assign(columnFrom[q], fresh[q], lowestOne(from));
            }
            const WarpLanes<Bits> newColumns = m_frame.ballotLines(fresh);
            columns = columns | newColumns;
            more = any(open & (newColumns != Bits(0)) & !hasBit(columns, j));
        }

        WarpLanes<bool> walking = open & hasBit(columns, j);
        m_mask.toggle(i, j, walking);
        for (WarpLanes<int> column = j; any(walking);) {
            const WarpLanes<int> from = m_frame.ofLine(columnFrom, column);
            const WarpLanes<bool> first = from < 0;
            m_mask.toggle(select(first, i, from), column, walking); // pruned now
            walking = walking & !first;
            column = larger(m_frame.ofLine(rowFrom, larger(from, 0)), 0);
            m_mask.toggle(from, column, walking); // kept now
        }
    }

    MaskTile<M> &m_mask;
    const Frame &m_frame;
    WarpLanes<Bits> (&m_rowTight)[L::slots];
    WarpLanes<Bits> (&m_columnTight)[L::slots];
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
