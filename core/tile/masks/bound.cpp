// SPDX-License-Identifier: Apache-2.0
#include "core/tile/masks/bound.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace nms {

namespace {

/// The power of two that scales the tile's maximum to 2³⁵ … 2³⁶.
double scaleOf(const TileScores &scores)
{
    if (scores.maximum() == 0)
        return 1;
    const std::uint64_t exponent = std::bit_cast<std::uint64_t>(double(scores.maximum())) >> 52; // normal in double
    return std::bit_cast<double>((2 * 1023 + 35 - exponent) << 52);
}

/// Converts potentials to scaled integers. Adding to all α what is subtracted from all β leaves the bound unchanged; it
/// keeps both in range.
void take(const double *alpha, const double *beta, double scale, BoundLines &lines)
{
    const double shift = beta[0];
    const auto whole = [&](double value) {
        return double(std::int64_t(std::clamp(value * scale, -BoundLines::limit, BoundLines::limit)));
    };
    for (int k = 0; k < lines.m; ++k) {
        lines.alpha[k] = whole(alpha[k] + shift);
        lines.beta[k] = whole(beta[k] - shift);
    }
}

} // namespace

double dualBound(const TileScores &scores, int n, const double *alpha, const double *beta, SimdLevel level)
{
    const double scale = scaleOf(scores);
    BoundLines lines;
    lines.n = n;
    lines.m = scores.m();
    take(alpha, beta, scale, lines);
    return maskKernels(level, scores.stride()).boundAt(lines, scores.row(0), scale) / scale;
}

double ThresholdSweeps::bound(const TileScores &scores, int n, double *alpha, double *beta, int sweeps)
{
    const MaskKernels &kernels = maskKernels(m_level, scores.stride());
    const double scale = scaleOf(scores);
    BoundLines lines;
    lines.n = n;
    lines.m = scores.m();
    take(alpha, beta, scale, lines);
    double best = kernels.boundAt(lines, scores.row(0), scale);
    if (sweeps > 0) {
        kernels.sweepLines(m_work, lines, scores.row(0), scale, sweeps);
        best = std::min(best, kernels.boundAt(lines, scores.row(0), scale));
        for (int k = 0; k < lines.m; ++k) {
            alpha[k] = lines.alpha[k] / scale;
            beta[k] = lines.beta[k] / scale;
        }
    }
    return best / scale;
}

void ThresholdSweeps::sweep(const TileScores &scores, int n, double *alpha, double *beta, int sweeps)
{
    BoundLines lines;
    lines.n = n;
    lines.m = scores.m();
    const double scale = scaleOf(scores);
    std::fill_n(lines.beta, lines.m, 0.0);
    maskKernels(m_level, scores.stride()).sweepLines(m_work, lines, scores.row(0), scale, sweeps);
    for (int k = 0; k < lines.m; ++k) {
        alpha[k] = lines.alpha[k] / scale;
        beta[k] = lines.beta[k] / scale;
    }
}

TileResult ThresholdSweeps::judge(const TileScores &scores, int n, const TileMask &mask, const double *alpha,
                                  const double *beta, int sweeps)
{
    BoundLines lines;
    lines.n = n;
    lines.m = scores.m();
    const double scale = scaleOf(scores);
    take(alpha, beta, scale, lines);
    return judge(scores, mask, lines, scale, sweeps);
}

TileResult ThresholdSweeps::judge(const TileScores &scores, int n, const TileMask &mask)
{
    BoundLines lines;
    lines.n = n;
    lines.m = scores.m();
    std::fill_n(lines.beta, lines.m, 0.0);
    return judge(scores, mask, lines, scaleOf(scores), usualSweeps);
}

TileResult ThresholdSweeps::judge(const TileScores &scores, const TileMask &mask, BoundLines &lines, double scale,
                                  int sweeps)
{
    const MaskKernels &kernels = maskKernels(m_level, scores.stride());
    kernels.sweepLines(m_work, lines, scores.row(0), scale, sweeps);
    TileResult result;
    result.objective = keptScore(scores, mask, m_level);
    result.upperBound = std::max(result.objective, kernels.boundAt(lines, scores.row(0), scale) / scale);
    return result;
}

} // namespace nms
