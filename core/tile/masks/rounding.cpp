// SPDX-License-Identifier: Apache-2.0
#include "core/tile/masks/rounding.h"

#include <algorithm>

namespace nms {

static_assert(SelectionWork::maxM == NmPattern::maxM);

TileMask Rounding::greedy(const double *key, int stride, NmPattern pattern)
{
    m_work.n = pattern.n;
    m_work.m = pattern.m;
    maskKernels(m_level, stride).greedyByPlan(m_work, key);
    return kept(pattern);
}

TileMask Rounding::greedy(const float *key, int stride, NmPattern pattern)
{
    m_work.n = pattern.n;
    m_work.m = pattern.m;
    maskKernels(m_level, stride).greedyByScore(m_work, key);
    return kept(pattern);
}

TileMask Rounding::greedy(const TileScores &scores, int n)
{
    return greedy(scores.row(0), scores.stride(), {n, scores.m()});
}

TileMask Rounding::kept(NmPattern pattern) const
{
    TileMask mask;
    std::copy_n(m_work.rows, pattern.m, mask.rows.data());
    return mask;
}

void Rounding::swapUntilFull(const TileScores &scores, int n, TileMask &mask, Choice choice, SimdLevel level)
{
    maskKernels(level, scores.stride())
        .swapUntilFull(mask.rows.data(), scores.row(0), n, scores.m(), choice == Choice::Best);
}

void Rounding::swapWhileGaining(const TileScores &scores, int n, TileMask &mask, int most, SimdLevel level)
{
    maskKernels(level, scores.stride()).swapWhileGaining(mask.rows.data(), scores.row(0), n, scores.m(), most);
}

} // namespace nms
