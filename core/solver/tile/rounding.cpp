// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/rounding.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace nms {

static_assert(RoundingWork::maxM == NmPattern::maxM);

TileMask Rounding::greedy(const double *key, int stride, NmPattern pattern)
{
    m_work.n = pattern.n;
    m_work.m = pattern.m;
    roundingKernels(m_level, stride).greedyByPlan(m_work, key);
    return kept(pattern);
}

TileMask Rounding::greedy(const TileScores &scores, int n)
{
    m_work.n = n;
    m_work.m = scores.m();
    roundingKernels(m_level, scores.stride()).greedyByScore(m_work, scores.row(0));
    return kept({n, scores.m()});
}

TileMask Rounding::kept(NmPattern pattern) const
{
    TileMask mask;
    std::copy_n(m_work.rows, pattern.m, mask.rows.data());
    return mask;
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
