// SPDX-License-Identifier: Apache-2.0
// All masks of a small tile, computed at compile time; for the CPU and for a CUDA warp (gpu/cuda/warp/mask_table.h). In the
// anonymous namespace for the reason given in lane_line.h.
#pragma once

#include <cstdint>

namespace nms {

namespace {

/// All choices for `Rows` rows of a mask, N of M kept in each. Ordered by their bits read row by row, choices that keep
/// earlier entries first. For no rows there is one (empty) choice.
template <int N, int M, int First, int Rows> struct PartialMasks {
    static constexpr int maxCount = 36;

    int count = 0;
    std::uint32_t rows[maxCount] = {}; // byte i: row i of the mask, bit j: column j is kept
    std::uint32_t columns[maxCount] = {}; // byte j: how many of these rows keep column j

    constexpr PartialMasks() { extend(0, 0, 0); }

private:
    constexpr void extend(int row, std::uint32_t kept, std::uint32_t inColumns)
    {
        if (row == Rows) {
            rows[count] = kept;
            columns[count++] = inColumns;
            return;
        }
        for (int bits = (1 << M) - 1; bits >= 0; --bits) { // here the first column is the highest bit
            int keeps = 0;
            std::uint32_t reversed = 0, spread = 0;
            for (int j = 0; j < M; ++j)
                if (bits >> (M - 1 - j) & 1) {
                    ++keeps;
                    reversed |= std::uint32_t(1) << j;
                    spread |= std::uint32_t(1) << (8 * j);
                }
            if (keeps == N)
                extend(row + 1, kept | reversed << (8 * (First + row)), inColumns + spread);
        }
    }
};

/// The M × M masks, M ≤ 4, with N in every row and column: each top half combined with each bottom half that keeps the
/// remaining number of entries in every column. Bottom halves with the same number in every column are interchangeable:
/// they form a class.
template <int N, int M> struct FeasibleMasks {
    static constexpr int topRows = (M + 1) / 2;
    static constexpr PartialMasks<N, M, 0, topRows> tops = {};
    static constexpr PartialMasks<N, M, topRows, M - topRows> bottoms = {};

    int classes = 0;
    int classOfBottom[bottoms.maxCount] = {};
    bool firstOfClass[bottoms.maxCount] = {};
    int classOfTop[tops.maxCount] = {}; // −1: no bottom fits

    constexpr FeasibleMasks()
    {
        for (int b = 0; b < bottoms.count; ++b) {
            classOfBottom[b] = -1;
            for (int other = 0; other < b; ++other)
                if (bottoms.columns[other] == bottoms.columns[b])
                    classOfBottom[b] = classOfBottom[other];
            firstOfClass[b] = classOfBottom[b] < 0;
            if (firstOfClass[b])
                classOfBottom[b] = classes++;
        }
        std::uint32_t all = 0;
        for (int j = 0; j < M; ++j)
            all |= std::uint32_t(N) << (8 * j);
        for (int t = 0; t < tops.count; ++t) {
            classOfTop[t] = -1;
            for (int b = 0; b < bottoms.count; ++b)
                if (tops.columns[t] + bottoms.columns[b] == all)
                    classOfTop[t] = classOfBottom[b];
        }
    }
};

/// TileMask::band() for M ≤ 8; byte i is row i.
template <int N, int M> constexpr std::uint64_t bandOf()
{
    std::uint64_t rows = 0;
    for (int i = 0; i < M; ++i)
        for (int k = 0; k < N; ++k)
            rows |= std::uint64_t(1) << (8 * i + (i + k) % M);
    return rows;
}

} // namespace

} // namespace nms
