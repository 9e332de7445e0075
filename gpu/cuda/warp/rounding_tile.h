// SPDX-License-Identifier: Apache-2.0
// From plans to masks on the tiles of one warp: greedy, then swaps (TSENOR, section 3.3).
#pragma once

#include "gpu/cuda/warp/dykstra_tile.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

template <int M> class RoundingTile
{
public:
    using Tile = DykstraTile<M>;
    using Frame = TileFrame<M>;
    using L = Layout<M>;
    using Bits = typename Frame::Bits;

    /// `tile` holds S (formPlan).
    NMS_FN explicit RoundingTile(const Tile &tile) : m_tile(tile), m_frame(tile.frame)
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            rowKept[q] = Bits(0);
            m_columnKept[q] = Bits(0);
            m_rowRoom[q] = m_columnRoom[q] = select(m_frame.lineUsed[q], Lanes<int>(m_frame.n), 0);
        }
    }

    NMS_FN void round()
    {
        takeAllAbove(1.0F);
        takeAllAbove(0.5F);
        greedy();
        swaps();
        fixBlankTiles();
    }

    Lanes<Bits> rowKept[L::slots]; // bit j: (line, j) is kept

private:
    /// Takes at once what the greedy would reach one by one: where the free entries of at least `level` fit into the room
    /// of their row and of their column, nothing can keep the greedy from any of them.
    NMS_FN void takeAllAbove(float level)
    {
        const Lanes<Bits> openRows = openLines(m_rowRoom);
        const Lanes<Bits> openColumns = openLines(m_columnRoom);
        Lanes<Bits> rowFree[L::slots];
        Lanes<Bits> columnFree[L::slots];
        Lanes<bool> rowFits[L::slots];
        Lanes<bool> columnFits[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            Lanes<Bits> inRow = Bits(0);
            Lanes<Bits> inColumn = Bits(0);
            NMS_UNROLL_LINES
            for (int k = 0; k < M; ++k) {
                inRow = inRow | select(m_tile.row(q, k) >= level, Lanes<Bits>(Bits(1) << k), Bits(0));
                inColumn = inColumn | select(m_tile.column(q, k) >= level, Lanes<Bits>(Bits(1) << k), Bits(0));
            }
            rowFree[q] = select(m_rowRoom[q] > 0, inRow & ~rowKept[q] & openColumns, Bits(0));
            columnFree[q] = select(m_columnRoom[q] > 0, inColumn & ~m_columnKept[q] & openRows, Bits(0));
            rowFits[q] = countOnes(rowFree[q]) <= m_rowRoom[q];
            columnFits[q] = countOnes(columnFree[q]) <= m_columnRoom[q];
        }
        const Lanes<Bits> fittingRows = m_frame.ballotLines(rowFits);
        const Lanes<Bits> fittingColumns = m_frame.ballotLines(columnFits);
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const Lanes<Bits> newInRow = select(rowFits[q], rowFree[q] & fittingColumns, Bits(0));
            const Lanes<Bits> newInColumn = select(columnFits[q], columnFree[q] & fittingRows, Bits(0));
            rowKept[q] = rowKept[q] | newInRow;
            m_columnKept[q] = m_columnKept[q] | newInColumn;
            m_rowRoom[q] = m_rowRoom[q] - countOnes(newInRow);
            m_columnRoom[q] = m_columnRoom[q] - countOnes(newInColumn);
        }
    }

    /// Entries by falling S, ties by row-major index, each taken while its row and column have room. An entry that comes
    /// first among the free ones of its row and of its column is next in any case, so each round takes all of those.
    NMS_FN void greedy()
    {
        for (bool more = true; more;) {
            const Lanes<Bits> openRows = openLines(m_rowRoom);
            const Lanes<Bits> openColumns = openLines(m_columnRoom);
            Lanes<int> rowChoice[L::slots]; // −1: none
            Lanes<int> columnChoice[L::slots];
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                const Lanes<Bits> rowFree = select(m_rowRoom[q] > 0, ~rowKept[q] & openColumns, Bits(0));
                const Lanes<Bits> columnFree = select(m_columnRoom[q] > 0, ~m_columnKept[q] & openRows, Bits(0));
                Lanes<float> rowBest = -1.0F;
                Lanes<float> columnBest = -1.0F;
                rowChoice[q] = -1;
                columnChoice[q] = -1;
                NMS_UNROLL_LINES
                for (int k = 0; k < M; ++k) {
                    consider(rowFree, k, m_tile.row(q, k), rowBest, rowChoice[q]);
                    consider(columnFree, k, m_tile.column(q, k), columnBest, columnChoice[q]);
                }
            }
            Lanes<bool> taken = false;
            Lanes<bool> rowTakes[L::slots];
            Lanes<bool> columnTakes[L::slots];
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) { // both sides look before either changes
                const Lanes<int> theirColumn = m_frame.ofLine(columnChoice, larger(rowChoice[q], 0));
                const Lanes<int> theirRow = m_frame.ofLine(rowChoice, larger(columnChoice[q], 0));
                rowTakes[q] = (rowChoice[q] >= 0) & (theirColumn == m_frame.line[q]);
                columnTakes[q] = (columnChoice[q] >= 0) & (theirRow == m_frame.line[q]);
            }
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                keep(rowTakes[q], rowKept[q], m_rowRoom[q], rowChoice[q]);
                keep(columnTakes[q], m_columnKept[q], m_columnRoom[q], columnChoice[q]);
                taken = taken | rowTakes[q];
            }
            more = any(taken);
        }
    }

    /// While a row i and a column j have room: the swap (i', j') of the greatest A[i,j'] + A[i',j] − A[i',j'] over kept
    /// (i', j') with (i, j') and (i', j) free; ties by row-major index. The greedy leaves no free pair whose row and column
    /// both have room, and a swap makes none (i' and j' are full); then such a swap always exists, and each fills one place.
    NMS_FN void swaps()
    {
        for (int pass = 0; pass < m_frame.n * m_frame.m; ++pass) {
            const Lanes<Bits> openRows = openLines(m_rowRoom);
            const Lanes<bool> needed = openRows != Bits(0);
            if (!any(needed))
                return;
            const Lanes<int> i = lowestOne(openRows);
            const Lanes<int> j = lowestOne(openLines(m_columnRoom));
            const Lanes<Bits> keptByI = m_frame.ofLine(rowKept, i);

            Lanes<float> best = -largestFloat;
            Lanes<int> where = M * M;
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                const Lanes<bool> usable = needed & !hasBit(rowKept[q], j) & m_frame.lineUsed[q];
                const Lanes<Bits> candidates = select(usable, rowKept[q] & ~keptByI, Bits(0));
                const Lanes<float> gained = scoreAt(m_frame.line[q], j);
                for (int column = 0; column < m_frame.m; ++column) {
                    const Lanes<float> gain = scoreAt(i, column) + gained - scoreAt(m_frame.line[q], column);
                    const Lanes<bool> better = hasBit(candidates, column) & (gain > best);
                    best = select(better, gain, best);
                    where = select(better, m_frame.line[q] * M + column, where);
                }
            }
            NMS_UNROLL
            for (int step = L::lanes / 2; step > 0; step /= 2) {
                const Lanes<float> otherBest = shuffleXor(best, step);
                const Lanes<int> otherWhere = shuffleXor(where, step);
                const Lanes<bool> better = (otherBest > best) | ((otherBest == best) & (otherWhere < where));
                best = select(better, otherBest, best);
                where = select(better, otherWhere, where);
            }
            const Lanes<bool> swap = needed & (where < M * M);
            const Lanes<int> swapRow = where / M;
            const Lanes<int> swapColumn = where % M;
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                const Lanes<int> &line = m_frame.line[q];
                keep(swap & (line == i), rowKept[q], m_rowRoom[q], swapColumn);
                keep(swap & (line == j), m_columnKept[q], m_columnRoom[q], swapRow);
                exchange(swap & (line == swapRow), rowKept[q], swapColumn, j);
                exchange(swap & (line == swapColumn), m_columnKept[q], swapRow, i);
            }
        }
    }

    /// An all-zero tile gets a fixed mask: row i keeps columns i … i + n − 1, modulo m.
    NMS_FN void fixBlankTiles()
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            Lanes<Bits> band = Bits(0);
            for (int k = 0; k < m_frame.n; ++k)
                band = band | bit<Bits>((m_frame.line[q] + k) % m_frame.m);
            rowKept[q] = select(m_tile.blank & m_frame.lineUsed[q], band, rowKept[q]);
        }
    }

    NMS_FN Lanes<float> scoreAt(const Lanes<int> &row, const Lanes<int> &column) const
    {
        return m_tile.score.load(m_frame.word(row, column));
    }
    NMS_FN Lanes<Bits> openLines(const Lanes<int> (&room)[L::slots]) const
    {
        Lanes<bool> open[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            open[q] = room[q] > 0;
        return m_frame.ballotLines(open);
    }
    NMS_FN static void consider(const Lanes<Bits> &free, int k, const Lanes<float> &s, Lanes<float> &best,
                                Lanes<int> &choice)
    {
        const Lanes<bool> better = ((free & (Bits(1) << k)) != Bits(0)) & (s > best);
        best = select(better, s, best);
        choice = select(better, Lanes<int>(k), choice);
    }
    NMS_FN static void keep(const Lanes<bool> &which, Lanes<Bits> &kept, Lanes<int> &room, const Lanes<int> &index)
    {
        kept = kept | select(which, bit<Bits>(larger(index, 0)), Bits(0));
        room = room - to<int>(which);
    }
    NMS_FN static void exchange(const Lanes<bool> &which, Lanes<Bits> &kept, const Lanes<int> &out, const Lanes<int> &in)
    {
        kept = select(which, (kept & ~bit<Bits>(out)) | bit<Bits>(in), kept);
    }

    const Tile &m_tile;
    const Frame &m_frame;
    Lanes<Bits> m_columnKept[L::slots];
    Lanes<int> m_rowRoom[L::slots];
    Lanes<int> m_columnRoom[L::slots];
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
