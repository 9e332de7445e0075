// SPDX-License-Identifier: Apache-2.0
// The best of all masks of a tile of at most 4 × 4, one tile in each lane.
#pragma once

#include "gpu/cuda/warp/lanes.h"
#include "gpu/cuda/warp/mask_table.h"

#include <utility>

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// An integer constant as a type.
template <int K> struct Index {
    static constexpr int value = K;
};
template <class Body, int... K> NMS_FN void eachOf(std::integer_sequence<int, K...>, Body body)
{
    (body(Index<K>()), ...);
}
template <int Count, class Body> NMS_FN void eachIndex(Body body)
{
    eachOf(std::make_integer_sequence<int, Count>(), body);
}

/// `scores[row][column]` are below 2^24. Keys stay below 2^31: N·M ≤ 8 with at most 16 masks per first row, or 12 with 8.
template <int N, int M> class TableSearch
{
public:
    /// Mask of an all-zero tile.
    static constexpr std::uint32_t band = maskTable<N, M>.band;

    /// Bits 4i to 4i + 3: the kept entries of row i; of equal masks the first in row-major order.
    static NMS_FN WarpLanes<std::uint32_t> best(const WarpLanes<int> (&scores)[4][4])
    {
        WarpLanes<int> keys[M][lines];
        eachIndex<M>([&](auto i) { sumLine<decltype(i)::value>(scores, keys[decltype(i)::value]); });

        constexpr int classes = maskTable<N, M>.classes;
        WarpLanes<int> bottom[classes];
        eachIndex<Table::bottoms>([&](auto k) {
            constexpr int b = decltype(k)::value;
            constexpr int which = maskTable<N, M>.classOfBottom[b];
            constexpr int rank = maskTable<N, M>.rankOfBottom[b];
            const WarpLanes<int> key = half<Table::topRows, Table::bottomRows, b>(keys) + rank;
            if constexpr (maskTable<N, M>.firstOfClass[b])
                bottom[which] = key;
            else
                bottom[which] = larger(bottom[which], key);
        });

        WarpLanes<int> ofRow[lines]; // best key by first row
        eachIndex<Table::tops>([&](auto k) {
            constexpr int t = decltype(k)::value;
            constexpr int row = t / (Table::tops / lines);
            constexpr int which = maskTable<N, M>.classOfTop[t];
            constexpr int rank = maskTable<N, M>.rankOfTop[t];
            if constexpr (which >= 0) {
                const WarpLanes<int> key = half<0, Table::topRows, t>(keys) + rank + bottom[which];
                if constexpr (maskTable<N, M>.firstOfRow[t])
                    ofRow[row] = key;
                else
                    ofRow[row] = larger(ofRow[row], key);
            }
        });

        constexpr int ranks = (1 << maskTable<N, M>.keyBits) - 1;
        WarpLanes<int> best = ofRow[0];
        WarpLanes<int> row = 0;
        eachIndex<lines - 1>([&](auto k) {
            constexpr int a = decltype(k)::value + 1;
            const WarpLanes<bool> better =
                ofRow[a] > (best | ranks); // by more than the ranks: among equal sums the first row decides
            best = select(better, ofRow[a], best);
            row = select(better, WarpLanes<int>(16 * a), row);
        });
        return map([](int k) { return maskAt(k); }, row + (best & ranks));
    }

private:
    using Table = MaskTable<N, M>;
    static constexpr int lines = Table::lines.count;

    /// In memory, as each lane looks up a different one.
    static NMS_FN std::uint32_t maskAt(int k)
    {
        static constexpr Table table = {};
        return table.masks[k];
    }

    template <int Row> static NMS_FN void sumLine(const WarpLanes<int> (&scores)[4][4], WarpLanes<int> (&sums)[lines])
    {
        constexpr int unit = 1 << maskTable<N, M>.keyBits;
        eachIndex<lines>([&](auto k) {
            constexpr std::uint32_t columns = Table::lines.rows[decltype(k)::value];
            WarpLanes<int> sum = 0;
            eachIndex<M>([&](auto j) {
                if constexpr ((columns >> decltype(j)::value & 1U) != 0)
                    sum = sum + scores[Row][decltype(j)::value] * unit;
            });
            sums[decltype(k)::value] = sum;
        });
    }

    /// Sum of the keys of the rows that begin with First.
    template <int First, int Rows, int K> static NMS_FN WarpLanes<int> half(const WarpLanes<int> (&keys)[M][lines])
    {
        if constexpr (Rows == 1)
            return keys[First][K];
        else
            return keys[First][K / lines] + keys[First + 1][K % lines];
    }
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
