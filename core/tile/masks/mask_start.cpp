// SPDX-License-Identifier: Apache-2.0
#include "core/tile/masks/mask_start.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace nms {

namespace {

/// The power of two that takes the tile's maximum to 2^(bits − 1) … 2^bits.
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
    if (m_work.n == m_work.m) { // nothing to part
        std::fill_n(alpha, m_work.m, 0.0);
        std::fill_n(beta, m_work.m, 0.0);
        return;
    }
    alignas(64) TileLine<std::int32_t> ofRows, ofColumns;
    const double scale = scaleTo(24, scores);
    load(mask);
    maskKernels(m_level, scores.stride()).partLines(m_work, scores.row(0), scale, sweeps, ofRows.data(), ofColumns.data());
    for (std::size_t k = 0; k < std::size_t(m_work.m); ++k) {
        alpha[k] = ofRows[k] / scale;
        beta[k] = ofColumns[k] / scale;
    }
}

} // namespace nms
