// SPDX-License-Identifier: Apache-2.0
// How the tiles of one warp are distributed over its lanes and its shared memory.
#pragma once

#include "gpu/cuda/launches.h"
#include "gpu/cuda/warp/lanes.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// A lane represents one line (a row and a column) of one tile; at M = 64 two lines, 32 apart. With M < 32 the warp holds
/// 32/M tiles. Lines from m to M are padding and are ignored.
template <int M> struct Layout {
    static constexpr int lanes = M < 32 ? M : 32; // per tile
    static constexpr int slots = M / lanes; // lines per lane
    static constexpr int tiles = 32 / lanes;
    static constexpr int pitch = M + 1; // row stride in shared memory: rows and columns have no bank conflicts
    static constexpr int tileWords = tiles * M * pitch;
    static constexpr int vectorWords = 32 * slots;
    static constexpr int unroll = M <= 32 ? M : 4; // unrolling of loops over lines
};

/// Words of shared memory that a warp needs for a launch.
template <int M, class Launch> inline constexpr int wordsOf = 2 * Layout<M>::tileWords + 3 * Layout<M>::vectorWords;

/// Tiles that one warp processes side by side in a launch.
template <int M, class Launch> inline constexpr int tilesOfWarp = Layout<M>::tiles;

template <int M, class Launch> constexpr std::int64_t groupsOf(const Launch &launch)
{
    return (launch.tiles.count + tilesOfWarp<M, Launch> - 1) / tilesOfWarp<M, Launch>;
}

template <int M> class TileFrame
{
public:
    using L = Layout<M>;
    using Bits = std::conditional_t<(M > 32), std::uint64_t, std::uint32_t>; // a bit for each line of a tile

    NMS_FN TileFrame(const Problem &problem, const TileSet &tiles, std::int64_t group) : n(problem.n), m(problem.m)
    {
        const WarpLanes<int> lane = laneIndex();
        const WarpLanes<int> slot = lane / L::lanes;
        NMS_UNROLL
        for (int q = 0; q < L::slots; ++q) {
            line[q] = lane % L::lanes + 32 * q;
            lineUsed[q] = line[q] < m;
        }
        vectorBase = slot * M;
        wordBase = slot * (M * L::pitch);
        const WarpLanes<std::int64_t> wanted = to<std::int64_t>(slot) + group * L::tiles;
        tileUsed = wanted < tiles.count;
        index = smaller(wanted, tiles.count - 1) + tiles.first; // idle lanes repeat the last tile
        tileRow = index / tiles.width;
        tileCol = index - tileRow * tiles.width;
        tileRow = tileRow + tiles.row0;
        tileCol = tileCol + tiles.col0;
    }

    /// Rows and columns of the lane's tile that hold cells of the matrix; the others are padding.
    NMS_FN WarpLanes<std::int64_t> realRows(const Problem &problem) const
    {
        return smaller(WarpLanes<std::int64_t>(problem.rows) - tileRow * m, std::int64_t(m));
    }
    NMS_FN WarpLanes<std::int64_t> realCols(const Problem &problem) const
    {
        return smaller(WarpLanes<std::int64_t>(problem.cols) - tileCol * m, std::int64_t(m));
    }

    /// Index of (row, column) of the lane's tile in a tile buffer.
    NMS_FN WarpLanes<int> word(const WarpLanes<int> &row, const WarpLanes<int> &column) const
    {
        return wordBase + row * L::pitch + column;
    }

    /// Bit k of the result: `which` at line k of the lane's tile.
    NMS_FN WarpLanes<Bits> ballotLines(const WarpLanes<bool> (&which)[L::slots]) const
    {
        if constexpr (L::slots == 1) {
            const std::uint32_t all = ballot(which[0]);
            return map([all](int base) { return (all >> base) & (0xffffffffU >> (32 - L::lanes)); }, vectorBase);
        } else {
            return WarpLanes<Bits>(ballot(which[0]) | Bits(ballot(which[1])) << 32);
        }
    }

    /// The value of line `wanted` of the lane's tile.
    template <class T> NMS_FN WarpLanes<T> ofLine(const WarpLanes<T> (&values)[L::slots], const WarpLanes<int> &wanted) const
    {
        if constexpr (L::slots == 1)
            return shuffle(values[0], vectorBase + wanted);
        else
            return select(wanted < 32, shuffle(values[0], wanted % 32), shuffle(values[1], wanted % 32));
    }

    /// Sum over all lines of the lane's tile; every lane of the tile gets it.
    template <class T> NMS_FN WarpLanes<T> sumOverLines(WarpLanes<T> value) const
    {
        NMS_UNROLL
        for (int step = L::lanes / 2; step > 0; step /= 2)
            value = value + shuffleXor(value, step);
        return value;
    }
    template <class T> NMS_FN WarpLanes<T> leastOverLines(WarpLanes<T> value) const
    {
        NMS_UNROLL
        for (int step = L::lanes / 2; step > 0; step /= 2)
            value = smaller(value, shuffleXor(value, step));
        return value;
    }
    template <class T> NMS_FN WarpLanes<T> greatestOverLines(WarpLanes<T> value) const
    {
        NMS_UNROLL
        for (int step = L::lanes / 2; step > 0; step /= 2)
            value = larger(value, shuffleXor(value, step));
        return value;
    }

    int n;
    int m;
    WarpLanes<int> line[L::slots];
    WarpLanes<bool> lineUsed[L::slots];
    WarpLanes<int> vectorBase;
    WarpLanes<int> wordBase;
    WarpLanes<bool> tileUsed; // false in lanes after the last tile
    WarpLanes<std::int64_t> index; // within the rectangle
    WarpLanes<std::int64_t> tileRow; // within the problem
    WarpLanes<std::int64_t> tileCol;
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
