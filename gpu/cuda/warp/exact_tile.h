// SPDX-License-Identifier: Apache-2.0
// Finds the optimum of the tiles of one warp with a proof, in integers (core/tile/README.md describes the method and what is
// proven): threshold sweeps, most of them coarse (coarse_sweeps.h), then successive shortest paths, one augmentation of
// every unfinished tile at a time.
//
// 32 bits suffice: core/tile/exact/exact_kernels.h derives |A − α − β| ≤ (M + 5)·2^24 < 2^31.
#pragma once

#include "gpu/cuda/warp/coarse_sweeps.h"
#include "gpu/cuda/warp/score_tile.h"
#include "gpu/cuda/warp/selection.h"
#include "gpu/cuda/warp/tie_break.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

template <int M> class ExactWarpTile
{
public:
    using Frame = TileFrame<M>;
    using L = Layout<M>;
    using Bits = typename Frame::Bits;

    static constexpr int unit = (1 << 24) - 1; // quantised value of the tile's maximum
    static constexpr int padding = CoarseSweeps<16>::padding; // below every value in a sweep
    static constexpr int infinite = 2147483647;
    static constexpr int sweeps = exactSweeps;

    NMS_FN ExactWarpTile(WarpMemory &memory, const ScoreTile<M> &scores, MaskTile<M> &mask_)
        : mask(mask_), m_memory(memory), m_frame(scores.frame), m_integers(memory.take(L::tileWords)),
          m_rowVector(memory.take(L::vectorWords)), m_columnVector(memory.take(L::vectorWords)), m_blank(scores.blank)
    {
        quantise(scores);
        memory.sync();
    }

    NMS_FN void solve()
    {
        earlySweeps(0, sweeps - 1);
        sweep();
        const bool balanced = keepAbove(true);
        steps = select(m_blank, WarpLanes<int>(1), sweeps);
        if (balanced)
            proven = true;
        else
            finish();
    }

    // The parts of solve(), for callers that stop in between: the state consists of α, β, the mask, its free capacity (room)
    // and the steps.

    /// `count` of the sweeps before the last one, of which `done` have been made; all but the first are over-relaxed.
    NMS_FN void earlySweeps(int done, int count)
    {
        if constexpr (hasCoarseSweeps) {
            if (2 * m_frame.n == M) {
                CoarseSweeps<M> coarse(m_memory, m_frame, m_integers, m_rowVector, alpha[0], beta[0]);
                NMS_NO_UNROLL
                for (int k = done; k < done + count; ++k)
                    coarse.sweep(k > 0);
                alpha[0] = map([](int x) { return x * (1 << CoarseSweeps<M>::shift); }, coarse.alpha);
                beta[0] = map([](int x) { return x * (1 << CoarseSweeps<M>::shift); }, coarse.beta);
                return;
            }
        }
        NMS_NO_UNROLL
        for (int half = 2 * done; half < 2 * (done + count); ++half)
            sweepSide(half % 2 == 0, half >= 2);
    }

    /// The last sweep.
    NMS_FN void sweep()
    {
        NMS_NO_UNROLL
        for (int half = 0; half < 2; ++half)
            sweepSide(half == 0, false);
    }

    /// Sets the mask from the thresholds; with `ties`, also keeps as many entries equal to the threshold as fit. From here
    /// on complementary slackness holds. True where no entry at a threshold is needed in any of the warp's tiles: all lines
    /// keep n, kept entries are above their thresholds, and so there is no other optimum, and the potentials prove it.
    NMS_FN bool keepAbove(bool ties)
    {
        const Position position = compare();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            mask.rowKept[q] = position.rowAbove[q];
            mask.columnKept[q] = position.columnAbove[q];
        }
        mask.countRoom();
        mask.keepBand(m_blank); // every mask is optimal, and thresholds of 0 prove it
        WarpLanes<bool> off = false;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            off = off | (mask.rowRoom[q] != 0) | (mask.columnRoom[q] != 0);
        if (!any(off))
            return true;
        if (ties)
            keepTies(position);
        return false;
    }

    /// Augments along one shortest path, from a source to a sink, in the residual graph of every tile that needs one. A
    /// pruned entry is an arc row → column of length α + β − A, a kept one an arc column → row of length A − α − β. Rows
    /// below n and columns above n are sources; the other unbalanced lines are sinks. False if no tile needs an
    /// augmentation.
    NMS_FN bool augment()
    {
        WarpLanes<int> rowDistance[L::slots];
        WarpLanes<int> columnDistance[L::slots];
        WarpLanes<int> rowParent[L::slots]; // a line of the other side; −1 for a source
        WarpLanes<int> columnParent[L::slots];
        WarpLanes<bool> rowOpen[L::slots]; // not settled yet
        WarpLanes<bool> columnOpen[L::slots];
        WarpLanes<bool> rowIs[L::slots];
        WarpLanes<bool> columnIs[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            rowDistance[q] = select(mask.rowRoom[q] > 0, WarpLanes<int>(0), infinite);
            columnDistance[q] = select(mask.columnRoom[q] < 0, WarpLanes<int>(0), infinite);
            rowParent[q] = columnParent[q] = -1;
            rowOpen[q] = columnOpen[q] = m_frame.lineUsed[q];
            rowIs[q] = mask.rowRoom[q] < 0;
            columnIs[q] = mask.columnRoom[q] > 0;
        }
        const WarpLanes<Bits> rowSinks = m_frame.ballotLines(rowIs);
        const WarpLanes<Bits> columnSinks = m_frame.ballotLines(columnIs);
        WarpLanes<bool> searching = (rowSinks | columnSinks) != Bits(0);
        if (!any(searching))
            return false;

        // The data of a tile that has reached its sink is not changed while other tiles continue.
        WarpLanes<int> reached;
        WarpLanes<Bits> sinkRowsHere;
        WarpLanes<Bits> sinksHere;
        for (;;) {
            WarpLanes<int> nearest = infinite;
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
            const WarpLanes<Bits> rowsHere = m_frame.ballotLines(rowIs);
            const WarpLanes<Bits> columnsHere = m_frame.ballotLines(columnIs);
            sinkRowsHere = rowsHere & rowSinks;
            sinksHere = sinkRowsHere | (columnsHere & columnSinks);
            searching = searching & (sinksHere == Bits(0)) & (reached < infinite);
            if (!any(searching))
                break;
            settle(searching, rowsHere, columnsHere, reached, rowDistance, columnDistance, rowParent, columnParent, rowOpen,
                   columnOpen);
        }

        const WarpLanes<bool> found = ((rowSinks | columnSinks) != Bits(0)) & (reached < infinite);
        const WarpLanes<bool> sinkIsRow = sinkRowsHere != Bits(0);
        WarpLanes<bool> isRow = sinkIsRow;
        WarpLanes<int> line = lowestOne(select(sinkIsRow, sinkRowsHere, sinksHere));
        for (WarpLanes<bool> walking = found;;) {
            WarpLanes<int> parent[L::slots];
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q)
                parent[q] = select(isRow, rowParent[q], columnParent[q]);
            const WarpLanes<int> from = m_frame.ofLine(parent, line);
            walking = walking & (from >= 0);
            if (!any(walking))
                break;
            mask.toggle(select(isRow, line, from), select(isRow, from, line), walking);
            assign(line, walking, from);
            isRow = isRow != walking;
        }
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) { // keeps complementary slackness
            const WarpLanes<bool> mine = found & m_frame.lineUsed[q];
            alpha[q] = alpha[q] - select(mine & !rowOpen[q], reached - rowDistance[q], 0);
            beta[q] = beta[q] + select(mine & !columnOpen[q], reached - columnDistance[q], 0);
        }
        mask.countRoom();
        steps = steps + to<int>(found);
        return any(found);
    }

    /// Does the remaining work after the sweeps.
    NMS_FN void finish()
    {
        while (augment()) { }
        conclude();
    }

    /// Checks whether the optimum is proven, and selects the first of equal optima.
    NMS_FN void conclude()
    {
        Position position = compare();
        WarpLanes<int> wrong = 0;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<Bits> below = used(q) & ~position.rowAbove[q] & ~position.rowTight[q];
            const WarpLanes<bool> slack =
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

    /// Scratch words, one per line, that are unused between the parts.
    NMS_FN const Shared &spareLines() const { return m_rowVector; }

    MaskTile<M> &mask;
    WarpLanes<int> alpha[L::slots]; // quantised; of the lane's line as a row
    WarpLanes<int> beta[L::slots]; // of the lane's line as a column
    WarpLanes<int> steps; // sweeps and augmentations done
    WarpLanes<bool> proven; // every line keeps n, and the potentials prove optimality

private:
    /// The entries of a line above and at the threshold α + β.
    struct Position {
        WarpLanes<Bits> rowAbove[L::slots];
        WarpLanes<Bits> rowTight[L::slots];
        WarpLanes<Bits> columnAbove[L::slots];
        WarpLanes<Bits> columnTight[L::slots];
    };

    /// score · unit/maximum, rounded to nearest: the same operations as in every backend, in double.
    NMS_FN void quantise(const ScoreTile<M> &scores)
    {
        const WarpLanes<double> scale =
            WarpLanes<double>(double(unit)) / to<double>(select(m_blank, WarpLanes<float>(1.0F), scores.greatest));
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            alpha[q] = beta[q] = 0;
            NMS_UNROLL_SOME
            for (int i = 0; i < M; ++i) {
                const WarpLanes<double> a = to<double>(scores.at(i, m_frame.line[q]));
                const WarpLanes<int> value = map([](double x, double s) { return nearestOfProduct(x, s); }, a, scale);
                storeInt(m_integers, m_frame.word(i, m_frame.line[q]),
                         select(m_frame.lineUsed[q] & (i < m_frame.m), value, padding));
            }
        }
    }

    NMS_FN WarpLanes<Bits> used(int q) const
    {
        return select(m_frame.lineUsed[q], WarpLanes<Bits>(~Bits(0) >> (8 * int(sizeof(Bits)) - m_frame.m)), Bits(0));
    }

    NMS_FN void share(Shared &vector, const WarpLanes<int> (&values)[L::slots])
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            storeInt(vector, m_frame.vectorBase + m_frame.line[q], values[q]);
    }

    static constexpr bool hasCoarseSweeps = L::slots == 1 && M >= 8;

    /// Sets α (or β) to the midpoint of the n-th and (n+1)-th greatest of A minus the other potential. For n = m there is no
    /// (n+1)-th: one unit below the least keeps all entries. `relaxed`: farther, as coarse sweeps go.
    NMS_FN void sweepSide(bool rows, bool relaxed)
    {
        WarpLanes<int> other[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            other[q] = rows ? beta[q] : alpha[q];
        m_memory.sync();
        share(m_rowVector, other);
        m_memory.sync();
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<int> first = rows ? m_frame.word(m_frame.line[q], 0) : m_frame.word(0, m_frame.line[q]);
            const int step = rows ? 1 : L::pitch;
            WarpLanes<int> values[M];
            NMS_UNROLL
            for (int k = 0; k < M; ++k)
                values[k] = loadInt(m_integers, first + k * step) - loadInt(m_rowVector, m_frame.vectorBase + k);
            WarpLanes<int> nth;
            WarpLanes<int> next;
            selectTwo(values, m_frame.n, nth, next);
            // Halved before adding: the sum of two paddings would overflow.
            const WarpLanes<int> middle = m_frame.n == m_frame.m
                ? nth - 1
                : map([](int a, int b) { return (a >> 1) + (b >> 1) + (a & b & 1); }, nth, next);
            const WarpLanes<int> old = rows ? alpha[q] : beta[q];
            const WarpLanes<int> moved =
                select(m_frame.lineUsed[q], relaxed ? relaxedThreshold(old, middle, unit) : middle, 0);
            if (rows)
                alpha[q] = moved;
            else
                beta[q] = moved;
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
            const WarpLanes<int> &line = m_frame.line[q];
            NMS_UNROLL_LINES
            for (int k = 0; k < M; ++k) {
                const WarpLanes<int> inRow =
                    loadInt(m_integers, m_frame.word(line, k)) - loadInt(m_columnVector, m_frame.vectorBase + k);
                const WarpLanes<int> inColumn =
                    loadInt(m_integers, m_frame.word(k, line)) - loadInt(m_rowVector, m_frame.vectorBase + k);
                const WarpLanes<Bits> place = Bits(1) << k;
                out.rowAbove[q] = out.rowAbove[q] | select(inRow > alpha[q], place, Bits(0));
                out.rowTight[q] = out.rowTight[q] | select(inRow == alpha[q], place, Bits(0));
                out.columnAbove[q] = out.columnAbove[q] | select(inColumn > beta[q], place, Bits(0));
                out.columnTight[q] = out.columnTight[q] | select(inColumn == beta[q], place, Bits(0));
            }
        }
        return out;
    }

    /// Keeps entries at the threshold if their row and column have free capacity: each saves an augmentation, and a tile of
    /// equal scores would otherwise need n·m of them.
    NMS_FN void keepTies(const Position &position)
    {
        for (bool more = true; more;) {
            const WarpLanes<Bits> openRows = mask.openRows();
            const WarpLanes<Bits> openColumns = mask.openColumns();
            WarpLanes<int> rowChoice[L::slots];
            WarpLanes<int> columnChoice[L::slots];
            WarpLanes<bool> some = false;
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q) {
                const WarpLanes<Bits> inRow = position.rowTight[q] & ~mask.rowKept[q] & openColumns;
                const WarpLanes<Bits> inColumn = position.columnTight[q] & ~mask.columnKept[q] & openRows;
                rowChoice[q] = select((mask.rowRoom[q] > 0) & (inRow != Bits(0)), lowestOne(inRow), -1);
                columnChoice[q] = select((mask.columnRoom[q] > 0) & (inColumn != Bits(0)), lowestOne(inColumn), -1);
                some = some | (rowChoice[q] >= 0);
            }
            more = any(some) && mask.keepMutualChoices(rowChoice, columnChoice);
        }
    }

    /// Settles the nearest open line (lowest row, else lowest column) and relaxes its arcs.
    NMS_FN void settle(const WarpLanes<bool> &searching, const WarpLanes<Bits> &rowsHere, const WarpLanes<Bits> &columnsHere,
                       const WarpLanes<int> &reached, WarpLanes<int> (&rowDistance)[L::slots],
                       WarpLanes<int> (&columnDistance)[L::slots], WarpLanes<int> (&rowParent)[L::slots],
                       WarpLanes<int> (&columnParent)[L::slots], WarpLanes<bool> (&rowOpen)[L::slots],
                       WarpLanes<bool> (&columnOpen)[L::slots])
    {
        const WarpLanes<bool> isRow = rowsHere != Bits(0);
        const WarpLanes<int> k = lowestOne(select(isRow, rowsHere, columnsHere));
        WarpLanes<int> own[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            own[q] = select(isRow, alpha[q], beta[q]);
        const WarpLanes<int> potential = m_frame.ofLine(own, k);
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            const WarpLanes<int> &line = m_frame.line[q];
            const WarpLanes<bool> settled = searching & (line == k);
            rowOpen[q] = rowOpen[q] & !(settled & isRow);
            columnOpen[q] = columnOpen[q] & !(settled & !isRow);

            const WarpLanes<int> a = loadInt(m_integers, m_frame.word(select(isRow, k, line), select(isRow, line, k)));
            const WarpLanes<int> excess = a - potential - select(isRow, beta[q], alpha[q]);
            const WarpLanes<int> length = select(isRow, -excess, excess);
            const WarpLanes<bool> kept = hasBit(select(isRow, mask.columnKept[q], mask.rowKept[q]), k);
            const WarpLanes<bool> arc = searching & (kept != isRow) & select(isRow, columnOpen[q], rowOpen[q]);
            // The sum could overflow; the difference to the present distance cannot.
            const WarpLanes<int> left = select(isRow, columnDistance[q], rowDistance[q]) - reached;
            const WarpLanes<bool> shorter = arc & (length < left);
            const WarpLanes<int> distance = reached + smaller(length, left);
            assign(columnDistance[q], shorter & isRow, distance);
            assign(columnParent[q], shorter & isRow, k);
            assign(rowDistance[q], shorter & !isRow, distance);
            assign(rowParent[q], shorter & !isRow, k);
        }
    }

    WarpMemory &m_memory;
    const Frame &m_frame;
    Shared m_integers; // quantised scores
    Shared m_rowVector; // α, readable by other lanes
    Shared m_columnVector; // β
    WarpLanes<bool> m_blank;
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
