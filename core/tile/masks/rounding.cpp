// SPDX-License-Identifier: Apache-2.0
#include "core/tile/masks/rounding.h"

#include <algorithm>
#include <bit>
#include <cmath>

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

namespace {

/// The power of two that scales the tile's maximum to 2^(bits − 1) … 2^bits.
double scaleTo(int bits, const TileScores &scores)
{
    return scores.maximum() > 0 ? std::ldexp(1.0, bits - 1 - std::ilogb(scores.maximum())) : 1;
}

} // namespace

void MaskStart::load(const TileMask &mask)
{
    std::copy_n(mask.rows.data(), m_work.m, m_work.rows);
}

void MaskStart::store(TileMask &mask) const
{
    std::copy_n(m_work.rows, m_work.m, mask.rows.data());
}

void MaskStart::complete(const TileScores &scores, TileMask &mask, Rounding::Choice choice)
{
    const auto isFull = [this](std::uint64_t row) {
        return std::popcount(row) == m_work.n;
    };
    if (std::all_of(mask.rows.data(), mask.rows.data() + m_work.m, isFull))
        return;
    load(mask);
    maskKernels(m_level, scores.stride()).greedyFrom(m_work, scores.row(0));
    store(mask);
    Rounding::swapUntilFull(scores, m_work.n, mask, choice, m_level);
}

int MaskStart::exchange(const TileScores &scores, TileMask &mask)
{
    load(mask);
    const int done = maskKernels(m_level, scores.stride())
                         .exchangeEntries(m_work, scores.row(0), scaleTo(29, scores), 4 * m_work.n * m_work.m);
    store(mask);
    return done;
}

void MaskStart::thresholds(const TileScores &scores, const TileMask &mask, double *alpha, double *beta)
{
    constexpr int sweeps = 4;
    if (m_work.n == m_work.m) { // everything is kept
        std::fill_n(alpha, m_work.m, 0.0);
        std::fill_n(beta, m_work.m, 0.0);
        return;
    }
    alignas(64) TileLine<std::int32_t> ofRows, ofColumns;
    const double scale = scaleTo(24, scores);
    load(mask);
    maskKernels(m_level, scores.stride())
        .separatingThresholds(m_work, scores.row(0), scale, sweeps, ofRows.data(), ofColumns.data());
    for (std::size_t k = 0; k < std::size_t(m_work.m); ++k) {
        alpha[k] = ofRows[k] / scale;
        beta[k] = ofColumns[k] / scale;
    }
}

} // namespace nms
