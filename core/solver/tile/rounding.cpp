// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/rounding.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace nms {

TileMask Rounding::greedy(const double *key, int stride, NmPattern pattern)
{
    const auto [n, m] = pattern;
    m_order.resize(std::size_t(m * m));
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j)
            m_order[std::size_t(i * m + j)] = {key[i * stride + j], i * m + j};
    std::sort(m_order.begin(), m_order.end(),
              [](const Entry &a, const Entry &b) { return a.key != b.key ? a.key > b.key : a.index < b.index; });

    TileMask mask;
    TileLine<int> rowKept = {}, columnKept = {};
    int room = n * m;
    for (const Entry &entry : m_order) {
        const int i = entry.index / m, j = entry.index % m;
        if (rowKept[std::size_t(i)] == n || columnKept[std::size_t(j)] == n)
            continue;
        mask.add(i, j);
        ++rowKept[std::size_t(i)];
        ++columnKept[std::size_t(j)];
        if (--room == 0)
            break;
    }
    return mask;
}

TileMask Rounding::greedy(const TileScores &scores, int n)
{
    TileArray<double> key;
    for (int i = 0; i < scores.m(); ++i)
        std::copy_n(scores.row(i), scores.m(), key.row(i, scores.stride()));
    return greedy(key.values.data(), scores.stride(), {n, scores.m()});
}

void Rounding::swapUntilFull(const TileScores &scores, int n, TileMask &mask, Choice choice)
{
    const int m = scores.m();
    TileLine<int> rowKept = {}, columnKept = {};
    for (int i = 0; i < m; ++i)
        for (std::uint64_t bits = mask.rows[std::size_t(i)]; bits; bits &= bits - 1) {
            ++rowKept[std::size_t(i)];
            ++columnKept[std::size_t(std::countr_zero(bits))];
        }
    const auto lacking = [&](const TileLine<int> &kept) {
        return int(std::find_if(kept.begin(), kept.begin() + m, [&](int k) { return k < n; }) - kept.begin());
    };

    for (int i = lacking(rowKept); i < m; i = lacking(rowKept)) {
        const int j = lacking(columnKept);
        double best = -std::numeric_limits<double>::infinity();
        int bestRow = -1, bestColumn = -1;
        for (int row = 0; row < m && (choice == Choice::Best || bestRow < 0); ++row) {
            if (mask.at(row, j))
                continue;
            const double gained = scores.row(row)[j];
            for (std::uint64_t bits = mask.rows[std::size_t(row)] & ~mask.rows[std::size_t(i)]; bits; bits &= bits - 1) {
                const int column = std::countr_zero(bits);
                const double gain = double(scores.row(i)[column]) + gained - double(scores.row(row)[column]);
                if (gain > best && (choice == Choice::Best || bestRow < 0)) {
                    best = gain;
                    bestRow = row;
                    bestColumn = column;
                }
            }
        }
        mask.add(i, bestColumn);
        mask.add(bestRow, j);
        mask.remove(bestRow, bestColumn);
        ++rowKept[std::size_t(i)];
        ++columnKept[std::size_t(j)];
    }
}

} // namespace nms
