// SPDX-License-Identifier: Apache-2.0
// The optimum of the tiles of one warp with a proof, in integers (core/solver/README.md tells the method and what is
// proven): threshold sweeps, then successive shortest paths, one augmentation of every unfinished tile at a time.
//
// 32 bits hold everything: core/tile/exact/exact_kernels.h derives |A − α − β| ≤ (M + 5)·2^24 < 2^31.
#pragma once

#include "gpu/cuda/warp/score_tile.h"
#include "gpu/cuda/warp/selection.h"
#include "gpu/cuda/warp/tie_break.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

template <int M> class ExactTile
{
public:
    using Frame = TileFrame<M>;
    using L = Layout<M>;
    using Bits = typename Frame::Bits;

    static constexpr int unit = (1 << 24) - 1; // the tile's maximum, quantised
    static constexpr int padding = -(1 << 30); // below all that a sweep meets
    static constexpr int infinite = 2147483647;
    static constexpr int sweeps = exactSweeps;

    NMS_FN ExactTile(WarpMemory &memory, const ScoreTile<M> &scores, MaskTile<M> &mask_)
        : mask(mask_), m_memory(memory), m_frame(scores.frame), m_integers(memory.take(L::tileWords)),
          m_rowVector(memory.take(L::vectorWords)), m_columnVector(memory.take(L::vectorWords)), m_blank(scores.blank)
    {
        quantise(scores);
        memory.sync();
    }

    NMS_FN void solve()
    {
        NMS_NO_UNROLL
        for (int k = 0; k < sweeps; ++k)
            sweep();
        keepAbove(true);
        steps = select(m_blank, Lanes<int>(1), sweeps);
        finish();
    }

    // The parts of it, for those who stop in between: α, β, the mask, its room and the steps are all there is to go on from.

    NMS_FN void sweep()
    {
        NMS_NO_UNROLL
        for (int half = 0; half < 2; ++half)
            sweepSide(half == 0);
    }

    /// The mask at the thresholds; `ties`: and of the entries that equal theirs what fits. Slackness holds from here on.
    NMS_FN void keepAbove(bool ties)
    {
        const Position position = compare();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            mask.rowKept[q] = position.rowAbove[q];
            mask.columnKept[q] = position.columnAbove[q];
        }
        mask.countRoom();
        mask.keepBand(m_blank); // every mask is optimal, and thresholds of 0 prove it
        if (ties)
            keepTies(position);
    }

    /// One shortest path in the residual graph of every tile that needs one, from a line that is owed a unit to one that can
    /// take it. An entry not kept is an arc row → column of length α + β − A, a kept one an arc back of length A − α − β.
    /// Rows below n and columns above n are sources, the others out of balance are sinks. False when nothing is left to do.
    NMS_FN bool augment()
    {
        Lanes<int> rowDistance[L::slots];
        Lanes<int> columnDistance[L::slots];
        Lanes<int> rowParent[L::slots]; // a line of the other side; −1: a source
        Lanes<int> columnParent[L::slots];
        Lanes<bool> rowOpen[L::slots]; // not settled
        Lanes<bool> columnOpen[L::slots];
        Lanes<bool> rowIs[L::slots];
        Lanes<bool> columnIs[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            rowDistance[q] = select(mask.rowRoom[q] > 0, Lanes<int>(0), infinite);
            columnDistance[q] = select(mask.columnRoom[q] < 0, Lanes<int>(0), infinite);
            rowParent[q] = columnParent[q] = -1;
            rowOpen[q] = columnOpen[q] = m_frame.lineUsed[q];
            rowIs[q] = mask.rowRoom[q] < 0;
            columnIs[q] = mask.columnRoom[q] > 0;
        }
        const Lanes<Bits> rowSinks = m_frame.ballotLines(rowIs);
        const Lanes<Bits> columnSinks = m_frame.ballotLines(columnIs);
        Lanes<bool> searching = (rowSinks | columnSinks) != Bits(0);
        if (!any(searching))
            return false;

        // What belongs to a tile that has reached its sink stays as it is while others go on.
        Lanes<int> reached;
        Lanes<Bits> sinkRowsHere;
        Lanes<Bits> sinksHere;
        for (;;) {
            Lanes<int> nearest = infinite;
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                nearest = smaller(nearest, select(rowOpen[q], rowDistance[q], infinite));
                nearest = smaller(nearest, select(columnOpen[q], columnDistance[q], infinite));
            }
            reached = m_frame.leastOverLines(nearest);
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                rowIs[q] = rowOpen[q] & (rowDistance[q] == reached);
                columnIs[q] = columnOpen[q] & (columnDistance[q] == reached);
            }
            const Lanes<Bits> rowsHere = m_frame.ballotLines(rowIs);
            const Lanes<Bits> columnsHere = m_frame.ballotLines(columnIs);
            sinkRowsHere = rowsHere & rowSinks;
            sinksHere = sinkRowsHere | (columnsHere & columnSinks);
            searching = searching & (sinksHere == Bits(0)) & (reached < infinite);
            if (!any(searching))
                break;
            settle(searching, rowsHere, columnsHere, reached, rowDistance, columnDistance, rowParent, columnParent, rowOpen,
                   columnOpen);
        }

        const Lanes<bool> found = ((rowSinks | columnSinks) != Bits(0)) & (reached < infinite);
        const Lanes<bool> sinkIsRow = sinkRowsHere != Bits(0);
        Lanes<bool> isRow = sinkIsRow;
        Lanes<int> line = lowestOne(select(sinkIsRow, sinkRowsHere, sinksHere));
        for (Lanes<bool> walking = found;;) {
            Lanes<int> parent[L::slots];
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q)
                parent[q] = select(isRow, rowParent[q], columnParent[q]);
            const Lanes<int> from = m_frame.ofLine(parent, line);
            walking = walking & (from >= 0);
            if (!any(walking))
                break;
            mask.toggle(select(isRow, line, from), select(isRow, from, line), walking);
            assign(line, walking, from);
            isRow = isRow != walking;
        }
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) { // keeps slackness
            const Lanes<bool> mine = found & m_frame.lineUsed[q];
            alpha[q] = alpha[q] - select(mine & !rowOpen[q], reached - rowDistance[q], 0);
            beta[q] = beta[q] + select(mine & !columnOpen[q], reached - columnDistance[q], 0);
        }
        mask.countRoom();
        steps = steps + to<int>(found);
        return any(found);
    }

    /// What is left to do after the sweeps.
    NMS_FN void finish()
    {
        while (augment()) { }
        conclude();
    }

    /// Says whether the optimum is proven, and takes the first of equal ones.
    NMS_FN void conclude()
    {
        Position position = compare();
        Lanes<int> wrong = 0;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const Lanes<Bits> below = used(q) & ~position.rowAbove[q] & ~position.rowTight[q];
            const Lanes<bool> slack =
                ((position.rowAbove[q] & ~mask.rowKept[q]) != Bits(0)) | ((below & mask.rowKept[q]) != Bits(0));
            wrong = wrong + to<int>(slack | (mask.rowRoom[q] != 0) | (mask.columnRoom[q] != 0));
        }
        proven = (m_frame.sumOverLines(wrong) == 0) | m_blank;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            assign(position.rowTight[q], m_blank | !proven, Bits(0));
            assign(position.columnTight[q], m_blank | !proven, Bits(0));
        }
        TieBreak<M>(mask, position.rowTight, position.columnTight).apply();
    }

    /// Words for a value of each line that nothing uses between the parts.
    NMS_FN const Shared &spareLines() const { return m_rowVector; }

    MaskTile<M> &mask;
    Lanes<int> alpha[L::slots]; // quantised; of the lane's line as a row
    Lanes<int> beta[L::slots]; // as a column
    Lanes<int> steps; // sweeps and augmentations done
    Lanes<bool> proven; // n everywhere, and the potentials prove that nothing is better

private:
    /// Where the entries of a line lie against the threshold α + β.
    struct Position {
        Lanes<Bits> rowAbove[L::slots];
        Lanes<Bits> rowTight[L::slots];
        Lanes<Bits> columnAbove[L::slots];
        Lanes<Bits> columnTight[L::slots];
    };

    /// score · unit/maximum, rounded to nearest: the very operations of every backend, in double.
    NMS_FN void quantise(const ScoreTile<M> &scores)
    {
        const Lanes<double> scale =
            Lanes<double>(double(unit)) / to<double>(select(m_blank, Lanes<float>(1.0F), scores.greatest));
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            alpha[q] = beta[q] = 0;
            NMS_UNROLL_SOME
            for (int i = 0; i < M; ++i) {
                const Lanes<double> a = to<double>(scores.at(i, m_frame.line[q]));
                const Lanes<int> value = map([](double x, double s) { return nearestOfProduct(x, s); }, a, scale);
                storeInt(m_integers, m_frame.word(i, m_frame.line[q]),
                         select(m_frame.lineUsed[q] & (i < m_frame.m), value, padding));
            }
        }
    }

    NMS_FN Lanes<Bits> used(int q) const
    {
        return select(m_frame.lineUsed[q], Lanes<Bits>(~Bits(0) >> (8 * int(sizeof(Bits)) - m_frame.m)), Bits(0));
    }

    NMS_FN void share(Shared &vector, const Lanes<int> (&values)[L::slots])
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            storeInt(vector, m_frame.vectorBase + m_frame.line[q], values[q]);
    }

    /// α (or β) to the middle of the n-th and (n+1)-th greatest of A minus the other. For n = m nothing is below: one unit
    /// under the least keeps it all.
    NMS_FN void sweepSide(bool rows)
    {
        Lanes<int> other[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            other[q] = rows ? beta[q] : alpha[q];
        m_memory.sync();
        share(m_rowVector, other);
        m_memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const Lanes<int> first = rows ? m_frame.word(m_frame.line[q], 0) : m_frame.word(0, m_frame.line[q]);
            const int step = rows ? 1 : L::pitch;
            Lanes<int> values[M];
            NMS_UNROLL
            for (int k = 0; k < M; ++k)
                values[k] = loadInt(m_integers, first + k * step) - loadInt(m_rowVector, m_frame.vectorBase + k);
            Lanes<int> nth;
            Lanes<int> next;
            selectTwo(values, m_frame.n, nth, next);
            // Halves first: two paddings would overflow.
            const Lanes<int> middle = m_frame.n == m_frame.m
                ? nth - 1
                : map([](int a, int b) { return (a >> 1) + (b >> 1) + (a & b & 1); }, nth, next);
            if (rows)
                alpha[q] = select(m_frame.lineUsed[q], middle, 0);
            else
                beta[q] = select(m_frame.lineUsed[q], middle, 0);
        }
    }

    NMS_FN Position compare()
    {
        m_memory.sync();
        share(m_rowVector, alpha);
        share(m_columnVector, beta);
        m_memory.sync();
        Position out;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            out.rowAbove[q] = out.rowTight[q] = out.columnAbove[q] = out.columnTight[q] = Bits(0);
            const Lanes<int> &line = m_frame.line[q];
            NMS_UNROLL_LINES
            for (int k = 0; k < M; ++k) {
                const Lanes<int> inRow =
                    loadInt(m_integers, m_frame.word(line, k)) - loadInt(m_columnVector, m_frame.vectorBase + k);
                const Lanes<int> inColumn =
                    loadInt(m_integers, m_frame.word(k, line)) - loadInt(m_rowVector, m_frame.vectorBase + k);
                const Lanes<Bits> place = Bits(1) << k;
                out.rowAbove[q] = out.rowAbove[q] | select(inRow > alpha[q], place, Bits(0));
                out.rowTight[q] = out.rowTight[q] | select(inRow == alpha[q], place, Bits(0));
                out.columnAbove[q] = out.columnAbove[q] | select(inColumn > beta[q], place, Bits(0));
                out.columnTight[q] = out.columnTight[q] | select(inColumn == beta[q], place, Bits(0));
            }
        }
        return out;
    }

    /// Entries at the threshold wherever row and column have room: each spares an augmentation, and a tile of equal scores
    /// would need n·m of them.
    NMS_FN void keepTies(const Position &position)
    {
        for (bool more = true; more;) {
            const Lanes<Bits> openRows = mask.openRows();
            const Lanes<Bits> openColumns = mask.openColumns();
            Lanes<int> rowChoice[L::slots];
            Lanes<int> columnChoice[L::slots];
            Lanes<bool> some = false;
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                const Lanes<Bits> inRow = position.rowTight[q] & ~mask.rowKept[q] & openColumns;
                const Lanes<Bits> inColumn = position.columnTight[q] & ~mask.columnKept[q] & openRows;
                rowChoice[q] = select((mask.rowRoom[q] > 0) & (inRow != Bits(0)), lowestOne(inRow), -1);
                columnChoice[q] = select((mask.columnRoom[q] > 0) & (inColumn != Bits(0)), lowestOne(inColumn), -1);
                some = some | (rowChoice[q] >= 0);
            }
            more = any(some) && mask.keepMutualChoices(rowChoice, columnChoice);
        }
    }

    /// Goes from the nearest open line (lowest row, else lowest column) to those that it makes nearer.
    NMS_FN void settle(const Lanes<bool> &searching, const Lanes<Bits> &rowsHere, const Lanes<Bits> &columnsHere,
                       const Lanes<int> &reached, Lanes<int> (&rowDistance)[L::slots],
                       Lanes<int> (&columnDistance)[L::slots], Lanes<int> (&rowParent)[L::slots],
                       Lanes<int> (&columnParent)[L::slots], Lanes<bool> (&rowOpen)[L::slots],
                       Lanes<bool> (&columnOpen)[L::slots])
    {
        const Lanes<bool> isRow = rowsHere != Bits(0);
        const Lanes<int> k = lowestOne(select(isRow, rowsHere, columnsHere));
        Lanes<int> own[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            own[q] = select(isRow, alpha[q], beta[q]);
        const Lanes<int> potential = m_frame.ofLine(own, k);
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const Lanes<int> &line = m_frame.line[q];
            const Lanes<bool> settled = searching & (line == k);
            rowOpen[q] = rowOpen[q] & !(settled & isRow);
            columnOpen[q] = columnOpen[q] & !(settled & !isRow);

            const Lanes<int> a = loadInt(m_integers, m_frame.word(select(isRow, k, line), select(isRow, line, k)));
            const Lanes<int> excess = a - potential - select(isRow, beta[q], alpha[q]);
            const Lanes<int> length = select(isRow, -excess, excess);
            const Lanes<bool> kept = hasBit(select(isRow, mask.columnKept[q], mask.rowKept[q]), k);
            const Lanes<bool> arc = searching & (kept != isRow) & select(isRow, columnOpen[q], rowOpen[q]);
            // The sum could overflow; what is left until the present distance cannot.
            const Lanes<int> left = select(isRow, columnDistance[q], rowDistance[q]) - reached;
            const Lanes<bool> shorter = arc & (length < left);
            const Lanes<int> distance = reached + smaller(length, left);
            assign(columnDistance[q], shorter & isRow, distance);
            assign(columnParent[q], shorter & isRow, k);
            assign(rowDistance[q], shorter & !isRow, distance);
            assign(rowParent[q], shorter & !isRow, k);
        }
    }

    WarpMemory &m_memory;
    const Frame &m_frame;
    Shared m_integers; // quantised scores
    Shared m_rowVector; // α, for others to read
    Shared m_columnVector; // β
    Lanes<bool> m_blank;
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
