// SPDX-License-Identifier: Apache-2.0
// Tiles of at most 4 × 4, one tile in each lane.
#pragma once

#include "gpu/cuda/warp/weights.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

class LaneTiles
{
public:
    NMS_FN LaneTiles(const Problem &problem, const TileSet &tiles, std::int64_t group)
        : m_problem(problem), m_first(group * 32 + tiles.first)
    {
        // One 64-bit division for the whole warp; lanes divide only if a row of tiles ends within it.
        const std::int64_t row = m_first / tiles.width;
        const WarpLanes<int> lane = laneIndex();
        const WarpLanes<std::int64_t> along = to<std::int64_t>(lane) + (m_first - row * tiles.width);
        tileRow = tiles.row0 + row;
        tileCol = along;
        if (any(along >= tiles.width)) {
            const WarpLanes<std::int64_t> further = along / tiles.width;
            tileRow = tileRow + further;
            tileCol = along - further * tiles.width;
        }
        tileCol = tileCol + tiles.col0;
        used = to<std::int64_t>(lane) + group * 32 < tiles.count;
        m_wordsAreWhole = problem.m == 4 && (tiles.width | tiles.first | tiles.col0 | tiles.count) % 16 == 0;
        read();
    }

    /// Scores as integers below 2^24, with the tile's greatest as 2^24 − 1: the same operations as in every backend, in
    /// double.
    NMS_FN void quantise(WarpLanes<int> (&out)[4][4]) const
    {
        const WarpLanes<double> scale =
            WarpLanes<double>(16777215.0) / to<double>(select(blank, WarpLanes<float>(1.0F), m_greatest));
        NMS_UNROLL
        for (int i = 0; i < 4; ++i)
            NMS_UNROLL
        for (int j = 0; j < 4; ++j)
            out[i][j] = map([](float a, double s) { return nearestOfProduct(double(a), s); }, score[i][j], scale);
    }

    /// Σ of the kept scores; bits 4i to 4i + 3 of `kept` are row i. The order of summation is that of the CPU's table.
    NMS_FN WarpLanes<double> sumOf(const WarpLanes<std::uint32_t> &kept) const
    {
        WarpLanes<double> columns[4];
        NMS_UNROLL
        for (int j = 0; j < 4; ++j) {
            columns[j] = 0.0;
            NMS_UNROLL
            for (int i = 0; i < 4; ++i) {
                const WarpLanes<bool> has = (kept & (1U << (4 * i + j))) != 0U;
                columns[j] = columns[j] + to<double>(select(has, score[i][j], 0.0F));
            }
        }
        return (columns[0] + columns[2]) + (columns[1] + columns[3]);
    }

    NMS_FN void storeMask(const WarpLanes<std::uint32_t> &kept, const MaskLaunch &launch) const
    {
        const WarpLanes<std::int64_t> col0 = tileCol * m_problem.m;
        WarpLanes<std::uint32_t> real = 0U; // the columns inside the matrix
        NMS_UNROLL
        for (int j = 0; j < 4; ++j)
            real =
                real | select(used & (col0 + j < m_problem.cols) & (j < m_problem.m), WarpLanes<std::uint32_t>(1U << j), 0U);
        WarpLanes<std::uint32_t> rows[4];
        NMS_UNROLL
        for (int i = 0; i < 4; ++i)
            rows[i] = map([i](std::uint32_t k) { return k >> (4 * i); }, kept) & real;
        if (m_wordsAreWhole)
            storeWords(rows, launch);
        else
            storeBits(rows, launch);
    }

    NMS_FN void storeFigures(const WarpLanes<double> &objective, const MaskLaunch &launch) const
    {
        const std::int64_t across =
            m_problem.m == 4 ? (m_problem.cols + 3) / 4 : (m_problem.cols + m_problem.m - 1) / m_problem.m;
        scatter(launch.figures, tileRow * across + tileCol,
                map(
                    [](double o, float residual) {
                        return TileFigures{o, o, residual, 0};
                    },
                    objective, select(valid, WarpLanes<float>(0.0F), invalidScore)),
                used);
    }

    WarpLanes<float> score[4][4]; // zero outside of the tile and the matrix; −0 becomes 0
    WarpLanes<bool> valid; // all scores were finite and ≥ 0; others count as 0
    WarpLanes<bool> blank; // all scores are zero
    WarpLanes<std::int64_t> tileRow; // within the problem; lanes after the last tile continue the numbering
    WarpLanes<std::int64_t> tileCol;
    WarpLanes<bool> used; // false in lanes after the last tile

private:
    NMS_FN void read()
    {
        const WarpLanes<std::int64_t> row0 = tileRow * m_problem.m;
        const WarpLanes<std::int64_t> col0 = tileCol * m_problem.m;
        const WarpLanes<bool> cut = used & ((row0 + 4 > m_problem.rows) | (col0 + 4 > m_problem.cols));
        withStorage(m_problem.type, [&](auto stored) {
            using Stored = decltype(stored);
            using Element = typename Stored::Element;
            const auto *weights = static_cast<const Element *>(m_problem.weights);
            const bool aligned =
                reinterpret_cast<std::uintptr_t>(weights) % (4 * sizeof(Element)) == 0 && m_problem.stride % 4 == 0;
            const bool fours = m_problem.m == 4 && aligned && !any(cut);
            const WarpLanes<std::int64_t> first = row0 * m_problem.stride + col0;
            const auto convert = [this](const WarpLanes<Element>(&rows)[4][4]) {
                NMS_UNROLL
                for (int i = 0; i < 4; ++i)
                    NMS_UNROLL
                for (int j = 0; j < 4; ++j)
                    score[i][j] = map([](Element w) { return Stored::value(w); }, rows[i][j]);
            };
            WarpLanes<Element> rows[4][4]; // converted once all are loaded: else each row would wait for the one before
            if (fours) { // adjacent lanes read adjacent tiles
                NMS_UNROLL
                for (int i = 0; i < 4; ++i)
                    gather4(weights, first + i * m_problem.stride, rows[i], used);
                convert(rows);
            } else {
                NMS_UNROLL
                for (int i = 0; i < 4; ++i) {
                    const WarpLanes<bool> inside = used & (row0 + i < m_problem.rows) & (i < m_problem.m);
                    NMS_UNROLL
                    for (int j = 0; j < 4; ++j)
                        rows[i][j] = gather(weights, first + i * m_problem.stride + j,
                                            inside & (col0 + j < m_problem.cols) & (j < m_problem.m));
                }
                convert(rows);
            }
        });
        if (m_problem.magnitudes)
            eachScore([](float a) { return floatOfBits(bitsOfFloat(a) & 0x7fffffffU); });
        WarpLanes<std::uint32_t> together = 0U;
        WarpLanes<int> most = 0; // bit patterns of nonnegative floats are ordered like their values
        NMS_UNROLL
        for (int i = 0; i < 4; ++i) {
            NMS_UNROLL
            for (int j = 0; j < 4; ++j) {
                const WarpLanes<std::uint32_t> bits = map([](float a) { return bitsOfFloat(a); }, score[i][j]);
                together = together | bits;
                most = larger(most, to<int>(bits));
            }
        }
        m_greatest = map([](int bits) { return floatOfBits(std::uint32_t(bits)); }, most);
        valid = m_greatest <= largestFloat; // false for NaN
        const WarpLanes<bool> signs = (together & 0x80000000U) != 0U;
        if (any(signs | !valid))
            repair();
        blank = m_greatest == 0.0F;
    }

    /// Slow path: negative, −0 or non-finite scores.
    NMS_FN void repair()
    {
        valid = true;
        m_greatest = 0.0F;
        NMS_UNROLL
        for (int i = 0; i < 4; ++i)
            NMS_UNROLL
        for (int j = 0; j < 4; ++j) {
            WarpLanes<float> &a = score[i][j];
            const WarpLanes<bool> fine = (a >= 0.0F) & (a <= largestFloat); // false for NaN
            valid = valid & fine;
            a = select(fine & (a > 0.0F), a, 0.0F);
            m_greatest = larger(m_greatest, a);
        }
    }

    /// Sixteen adjacent tiles fill one word of each of their four rows: lanes exchange rows until each has one row of eight
    /// tiles, then of sixteen.
    NMS_FN void storeWords(const WarpLanes<std::uint32_t> (&rows)[4], const MaskLaunch &launch) const
    {
        const WarpLanes<int> lane = laneIndex();
        const WarpLanes<std::uint32_t> shift = to<std::uint32_t>(lane % 8 * 4);
        WarpLanes<std::uint32_t> placed[4];
        NMS_UNROLL
        for (int i = 0; i < 4; ++i)
            placed[i] = map([](std::uint32_t row, std::uint32_t s) { return row << s; }, rows[i], shift);
        const WarpLanes<bool> odd = lane % 2 != 0;
        const WarpLanes<std::uint32_t> upper = exchange(placed[0], placed[1], odd, 1); // row lane % 2
        const WarpLanes<std::uint32_t> lower = exchange(placed[2], placed[3], odd, 1); // row 2 + lane % 2
        WarpLanes<std::uint32_t> word = exchange(upper, lower, (lane & 2) != 0, 2); // row lane % 4
        word = word | shuffleXor(word, 4);
        const WarpLanes<std::uint64_t> whole =
            map([](std::uint32_t low, std::uint32_t high) { return low | std::uint64_t(high) << 32; }, word,
                shuffleXor(word, 8));
        const WarpLanes<std::int64_t> row = tileRow * 4 + to<std::int64_t>(lane % 4);
        scatter(launch.mask, row * launch.maskWordsPerRow + tileCol / 16, whole,
                used & ((lane & 12) == 0) & (row < m_problem.rows));
    }
    /// `second` if `which`, else `first`, combined with the value of the lane `step` away, which chooses the opposite.
    static NMS_FN WarpLanes<std::uint32_t> exchange(const WarpLanes<std::uint32_t> &first,
                                                    const WarpLanes<std::uint32_t> &second, const WarpLanes<bool> &which,
                                                    int step)
    {
        return select(which, second, first) | shuffleXor(select(which, first, second), step);
    }

    NMS_FN void storeBits(const WarpLanes<std::uint32_t> (&rows)[4], const MaskLaunch &launch) const
    {
        const WarpLanes<std::int64_t> col0 = tileCol * m_problem.m;
        const WarpLanes<int> shift = to<int>(col0 % 64);
        NMS_UNROLL
        for (int i = 0; i < 4; ++i) {
            const WarpLanes<std::int64_t> row = tileRow * m_problem.m + i;
            const WarpLanes<bool> mine = used & (row < m_problem.rows) & (i < m_problem.m);
            const WarpLanes<std::uint64_t> low =
                map([](std::uint32_t k, int s) { return std::uint64_t(k) << s; }, rows[i], shift);
            const WarpLanes<std::uint64_t> high =
                map([](std::uint32_t k, int s) { return s <= 60 ? 0 : std::uint64_t(k) >> (64 - s); }, rows[i], shift);
            const WarpLanes<std::int64_t> word = row * launch.maskWordsPerRow + col0 / 64;
            scatterOr(launch.mask, word, low, mine & (low != std::uint64_t(0)));
            scatterOr(launch.mask, word + 1, high, mine & (high != std::uint64_t(0)));
        }
    }

    template <class F> NMS_FN void eachScore(F change)
    {
        NMS_UNROLL
        for (int i = 0; i < 4; ++i)
            NMS_UNROLL
        for (int j = 0; j < 4; ++j)
            score[i][j] = map(change, score[i][j]);
    }

    const Problem &m_problem;
    std::int64_t m_first; // index in the rectangle
    bool m_wordsAreWhole; // sixteen adjacent lanes fill whole words of the mask, which no other warp writes
    WarpLanes<float> m_greatest;
};

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
