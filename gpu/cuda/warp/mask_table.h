// SPDX-License-Identifier: Apache-2.0
// All masks of a small tile, made when the program is compiled.
#pragma once

#include <cstdint>

namespace nms::warp {

/// The columns that a row may keep, bit j for column j; those that keep more to the front first.
template <int N, int M> struct LineChoices {
    int count = 0;
    std::uint32_t columns[6] = {};

    constexpr LineChoices()
    {
        for (int digits = (1 << M) - 1; digits >= 0; --digits) { // the first column is the highest digit
            int keeps = 0;
            std::uint32_t turned = 0;
            for (int j = 0; j < M; ++j)
                if (digits >> (M - 1 - j) & 1) {
                    ++keeps;
                    turned |= 1U << j;
                }
            if (keeps == N)
                columns[count++] = turned;
        }
    }
};

/// The M × M masks, 2 ≤ M ≤ 4, with 1 ≤ N < M in every row and column: a top half joined with a bottom half that keeps what
/// the top leaves of every column. Bottoms that keep the same number of every column can stand for each other: they are a
/// class. Choices for one or two rows are counted as digits are, in the order of LineChoices.
///
/// A key is 2^keyBits · Σ of the scores kept + a rank that is larger for what comes first: the greatest key belongs to the
/// best mask and, of equal ones with the same first row, to the first, row by row.
template <int N, int M> struct MaskTable {
    static constexpr LineChoices<N, M> lines = {};
    static constexpr int topRows = (M + 1) / 2;
    static constexpr int bottomRows = M - topRows;
    static constexpr int tops = topRows == 2 ? lines.count * lines.count : lines.count;
    static constexpr int bottoms = bottomRows == 2 ? lines.count * lines.count : lines.count;

    int classes = 0;
    int classOfBottom[bottoms] = {};
    bool firstOfClass[bottoms] = {};
    int rankOfBottom[bottoms] = {}; // to be added to its key
    int classOfTop[tops] = {}; // −1: no bottom fits
    int rankOfTop[tops] = {};
    bool firstOfRow[tops] = {}; // the first one that fits of those with the same first row
    int keyBits = 0;
    std::uint16_t masks[lines.count * 16] = {}; // by first row and rank; bits 4i to 4i + 3 are row i
    std::uint16_t band = 0; // row i keeps columns i … i + N − 1, modulo M

    constexpr MaskTable()
    {
        for (int i = 0; i < M; ++i)
            for (int k = 0; k < N; ++k)
                band = std::uint16_t(band | 1 << (4 * i + (i + k) % M));
        int sizes[bottoms] = {};
        for (int b = 0; b < bottoms; ++b) {
            classOfBottom[b] = -1;
            for (int other = 0; other < b; ++other)
                if (counts(b, bottomRows) == counts(other, bottomRows))
                    classOfBottom[b] = classOfBottom[other];
            firstOfClass[b] = classOfBottom[b] < 0;
            if (firstOfClass[b])
                classOfBottom[b] = classes++;
            rankOfBottom[b] = -sizes[classOfBottom[b]]++;
        }
        std::uint32_t all = 0;
        for (int j = 0; j < M; ++j)
            all |= std::uint32_t(N) << (8 * j);
        const int sameRow = tops / lines.count; // tops with the same first row
        int perRow = 0;
        for (int t = 0; t < tops; ++t) {
            perRow = t % sameRow == 0 ? 0 : perRow;
            firstOfRow[t] = false;
            classOfTop[t] = -1;
            for (int b = 0; b < bottoms; ++b)
                if (counts(t, topRows) + counts(b, bottomRows) == all)
                    classOfTop[t] = classOfBottom[b];
            if (classOfTop[t] < 0)
                continue;
            firstOfRow[t] = perRow == 0;
            rankOfTop[t] = -perRow;
            perRow += sizes[classOfTop[t]];
        }
        while (1 << keyBits < perRow) // the same for every first row: permuting columns takes one to another
            ++keyBits;
        for (int t = 0; t < tops; ++t) {
            rankOfTop[t] += perRow - 1;
            for (int b = 0; b < bottoms; ++b)
                if (classOfBottom[b] == classOfTop[t])
                    masks[t / sameRow << 4 | (rankOfTop[t] + rankOfBottom[b])] =
                        std::uint16_t(bits(t, topRows) | bits(b, bottomRows) << (4 * topRows));
        }
    }

private:
    /// Byte j: how many of the rows of choice k keep column j.
    static constexpr std::uint32_t counts(int k, int rows)
    {
        std::uint32_t sum = 0;
        for (int row = 0; row < rows; ++row, k /= lines.count)
            for (int j = 0; j < M; ++j)
                sum += (lines.columns[k % lines.count] >> j & 1U) << (8 * j);
        return sum;
    }
    static constexpr std::uint32_t bits(int k, int rows)
    {
        return rows == 2 ? lines.columns[k / lines.count] | lines.columns[k % lines.count] << 4 : lines.columns[k];
    }
};

template <int N, int M> inline constexpr MaskTable<N, M> maskTable = {};

} // namespace nms::warp
