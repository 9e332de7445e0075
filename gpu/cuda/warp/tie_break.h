// SPDX-License-Identifier: Apache-2.0
// Of all optimal masks of a tile the one whose bits, read row by row from column 0 on, are the greatest.
#pragma once

#include "gpu/cuda/warp/mask_tile.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Optimal masks differ in tight entries alone (A = α + β), and any two by alternating cycles of these. So each tight entry
/// that is not kept, in row-major order, asks for such a cycle through entries that are not decided yet, and is decided.
template <int M> class TieBreak
{
public:
    using Frame = TileFrame<M>;
    using L = Layout<M>;
    using Bits = typename Frame::Bits;

    /// rowTight, columnTight: the tight entries by rows and by columns; used up.
    NMS_FN TieBreak(MaskTile<M> &mask, Lanes<Bits> (&rowTight)[L::slots], Lanes<Bits> (&columnTight)[L::slots])
        : m_mask(mask), m_frame(mask.frame), m_rowTight(rowTight), m_columnTight(columnTight)
    { }

    NMS_FN void apply()
    {
        dropAcyclic();
        for (;;) {
            Lanes<bool> undecided[L::slots];
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q)
                undecided[q] = m_rowTight[q] != Bits(0);
            const Lanes<Bits> rows = m_frame.ballotLines(undecided);
            if (!any(rows != Bits(0)))
                return;
            decideNext(rows != Bits(0), lowestOne(rows));
        }
    }

private:
    /// An entry lies on an alternating cycle only if its row and its column have kept and pruned entries on cycles. On most
    /// tiles nothing is left.
    NMS_FN void dropAcyclic()
    {
        Lanes<Bits> rows = ~Bits(0);
        Lanes<Bits> columns = ~Bits(0);
        for (bool more = true; more;) {
            const Lanes<Bits> newRows = linesOnCycles(m_rowTight, m_mask.rowKept, columns);
            const Lanes<Bits> newColumns = linesOnCycles(m_columnTight, m_mask.columnKept, newRows);
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
    NMS_FN Lanes<Bits> linesOnCycles(const Lanes<Bits> (&tight)[L::slots], const Lanes<Bits> (&kept)[L::slots],
                                     const Lanes<Bits> &others) const
    {
        Lanes<bool> both[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            both[q] = ((tight[q] & kept[q] & others) != Bits(0)) & ((tight[q] & ~kept[q] & others) != Bits(0));
        return m_frame.ballotLines(both);
    }

    /// The first entry of row i, the first row with undecided ones, that is tight and not kept. What stands before it is
    /// kept and stays; if nothing kept stands behind it, the row stays as it is.
    NMS_FN void decideNext(const Lanes<bool> &active, const Lanes<int> &i)
    {
        const Lanes<Bits> tight = m_frame.ofLine(m_rowTight, i);
        const Lanes<Bits> kept = m_frame.ofLine(m_mask.rowKept, i);
        const Lanes<Bits> pruned = tight & ~kept;
        const Lanes<int> j = lowestOne(pruned);
        const Lanes<Bits> starts = tight & kept & ~bitsUpTo<Bits>(j);
        const Lanes<bool> open = active & (pruned != Bits(0)) & (starts != Bits(0));
        exchangeAlongCycle(open, i, j, starts);
        const Lanes<Bits> decided = select(open, bitsUpTo<Bits>(j), ~Bits(0));
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const Lanes<int> &line = m_frame.line[q];
            assign(m_rowTight[q], active & (line == i), m_rowTight[q] & ~decided);
            assign(m_columnTight[q], active & hasBit(decided, line), m_columnTight[q] & ~bit<Bits>(i));
        }
    }

    /// Looks for a path row i → column c of `starts` (kept) → row (pruned) → column (kept) … → column j, breadth first, and
    /// exchanges kept and pruned along it and (i, j).
    NMS_FN void exchangeAlongCycle(const Lanes<bool> &open, const Lanes<int> &i, const Lanes<int> &j,
                                   const Lanes<Bits> &starts)
    {
        Lanes<Bits> rows = Bits(0); // reached
        Lanes<Bits> columns = starts;
        Lanes<int> rowFrom[L::slots];
        Lanes<int> columnFrom[L::slots]; // −1: row i
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            rowFrom[q] = columnFrom[q] = -1;
        for (bool more = any(open); more;) {
            Lanes<bool> fresh[L::slots];
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                const Lanes<Bits> from = m_rowTight[q] & ~m_mask.rowKept[q] & columns;
                fresh[q] = open & (from != Bits(0)) & !hasBit(rows, m_frame.line[q]) & (m_frame.line[q] != i);
                assign(rowFrom[q], fresh[q], lowestOne(from));
            }
            rows = rows | m_frame.ballotLines(fresh);
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                const Lanes<Bits> from = m_columnTight[q] & m_mask.columnKept[q] & rows;
                fresh[q] = open & (from != Bits(0)) & !hasBit(columns, m_frame.line[q]);
                assign(columnFrom[q], fresh[q], lowestOne(from));
            }
            const Lanes<Bits> newColumns = m_frame.ballotLines(fresh);
            columns = columns | newColumns;
            more = any(open & (newColumns != Bits(0)) & !hasBit(columns, j));
        }

        Lanes<bool> walking = open & hasBit(columns, j);
        m_mask.toggle(i, j, walking);
        for (Lanes<int> column = j; any(walking);) {
            const Lanes<int> from = m_frame.ofLine(columnFrom, column);
            const Lanes<bool> first = from < 0;
            m_mask.toggle(select(first, i, from), column, walking); // pruned now
            walking = walking & !first;
            column = larger(m_frame.ofLine(rowFrom, larger(from, 0)), 0);
            m_mask.toggle(from, column, walking); // kept now
        }
    }

    MaskTile<M> &m_mask;
    const Frame &m_frame;
    Lanes<Bits> (&m_rowTight)[L::slots];
    Lanes<Bits> (&m_columnTight)[L::slots];
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
