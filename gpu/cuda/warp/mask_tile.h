// SPDX-License-Identifier: Apache-2.0
// The masks of the tiles of one warp: the output of every method.
#pragma once

#include "gpu/cuda/warp/tile_frame.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Bit k of a line's word: its entry in line k of the other side is kept. Row words and column words hold the same mask.
template <int M> class MaskTile
{
public:
    using Frame = TileFrame<M>;
    using L = Layout<M>;
    using Bits = typename Frame::Bits;

    NMS_FN explicit MaskTile(const Frame &frame_) : frame(frame_)
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            rowKept[q] = columnKept[q] = Bits(0);
        countRoom();
    }

    NMS_FN void countRoom()
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            rowRoom[q] = select(frame.lineUsed[q], -countOnes(rowKept[q]) + frame.n, 0);
            columnRoom[q] = select(frame.lineUsed[q], -countOnes(columnKept[q]) + frame.n, 0);
        }
    }

    NMS_FN WarpLanes<Bits> openRows() const { return linesWithRoom(rowRoom); }
    NMS_FN WarpLanes<Bits> openColumns() const { return linesWithRoom(columnRoom); }

    /// Each line has chosen an entry that it would keep (−1: none). Keeps the entries chosen by both their row and their
    /// column; false if there are none in the whole warp.
    NMS_FN bool keepMutualChoices(const WarpLanes<int> (&rowChoice)[L::slots],
                                  const WarpLanes<int> (&columnChoice)[L::slots])
    {
        WarpLanes<bool> taken = false;
        WarpLanes<bool> rowTakes[L::slots];
        WarpLanes<bool> columnTakes[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) { // both sides read before either changes
            const WarpLanes<int> theirColumn = frame.ofLine(columnChoice, larger(rowChoice[q], 0));
            const WarpLanes<int> theirRow = frame.ofLine(rowChoice, larger(columnChoice[q], 0));
            rowTakes[q] = (rowChoice[q] >= 0) & (theirColumn == frame.line[q]);
            columnTakes[q] = (columnChoice[q] >= 0) & (theirRow == frame.line[q]);
        }
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            keep(rowTakes[q], rowKept[q], rowRoom[q], rowChoice[q]);
            keep(columnTakes[q], columnKept[q], columnRoom[q], columnChoice[q]);
            taken = taken | rowTakes[q];
        }
        return any(taken);
    }

    /// Keeps (row, column) if it was pruned, prunes it if it was kept. Does not update the room.
    NMS_FN void toggle(const WarpLanes<int> &row, const WarpLanes<int> &column, const WarpLanes<bool> &where)
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            rowKept[q] = rowKept[q] ^ select(where & (frame.line[q] == row), bit<Bits>(column), Bits(0));
            columnKept[q] = columnKept[q] ^ select(where & (frame.line[q] == column), bit<Bits>(row), Bits(0));
        }
    }

    /// Transposes rowKept: it holds the mask by columns before, by rows after.
    NMS_FN void transposeRows()
    {
        WarpLanes<Bits> turned[L::slots];
        transpose(rowKept, turned);
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            rowKept[q] = turned[q];
    }

    /// Recomputes the columns and the room after rowKept was set.
    NMS_FN void updateFromRows()
    {
        transpose(rowKept, columnKept);
        countRoom();
    }

    /// Mask of an all-zero tile: row i keeps columns i … i + n − 1, modulo m.
    NMS_FN void keepBand(const WarpLanes<bool> &where)
    {
        if (!any(where)) // rare, and a remainder takes many instructions
            return;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            WarpLanes<Bits> inRow = Bits(0);
            WarpLanes<Bits> inColumn = Bits(0);
            for (int k = 0; k < frame.n; ++k) {
                inRow = inRow | bit<Bits>((frame.line[q] + k) % frame.m);
                inColumn = inColumn | bit<Bits>((frame.line[q] + (frame.m - k)) % frame.m);
            }
            assign(rowKept[q], where & frame.lineUsed[q], inRow);
            assign(columnKept[q], where & frame.lineUsed[q], inColumn);
            assign(rowRoom[q], where, 0);
            assign(columnRoom[q], where, 0);
        }
    }

    const Frame &frame;
    WarpLanes<Bits> rowKept[L::slots];
    WarpLanes<Bits> columnKept[L::slots];
    WarpLanes<int> rowRoom[L::slots]; // n − entries kept
    WarpLanes<int> columnRoom[L::slots];

private:
    NMS_FN void transpose(const WarpLanes<Bits> (&kept)[L::slots], WarpLanes<Bits> (&turned)[L::slots]) const
    {
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            turned[q] = Bits(0);
        for (int k = 0; k < frame.m; ++k) {
            WarpLanes<bool> has[L::slots];
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q)
                has[q] = hasBit(kept[q], WarpLanes<int>(k)) & frame.lineUsed[q];
            const WarpLanes<Bits> line = frame.ballotLines(has);
            NMS_UNROLL
            for (int q = 0; q < L::slots; ++q)
                assign(turned[q], frame.line[q] == k, line);
        }
    }
    NMS_FN WarpLanes<Bits> linesWithRoom(const WarpLanes<int> (&room)[L::slots]) const
    {
        WarpLanes<bool> open[L::slots];
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q)
            open[q] = room[q] > 0;
        return frame.ballotLines(open);
    }
    NMS_FN static void keep(const WarpLanes<bool> &which, WarpLanes<Bits> &kept, WarpLanes<int> &room,
                            const WarpLanes<int> &index)
    {
        kept = kept | select(which, bit<Bits>(larger(index, 0)), Bits(0));
        room = room - to<int>(which);
    }
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
