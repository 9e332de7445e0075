// SPDX-License-Identifier: Apache-2.0
// A certified bound, by threshold sweeps in integers and one evaluation without rounding.
//
// The sweeps may round: any α and β bound the optimum. The evaluation must not. Scores are scaled by a power of two to less
// than 2³⁶ and rounded up to integers (a score of at least 2⁻¹² of the largest is one already); α and β are integers too.
// Then every sum in the bound is an integer below 2⁵³, which double represents exactly: the order of summation does not
// matter, and the bound is never below the optimum.
#pragma once

#include "core/simd/transpose.h"
#include "core/tile/exact/sweep_steps.h"
#include "core/tile/masks/mask_kernels.h"
#include "core/tile/masks/real_line.h"

namespace nms {

namespace {

/// N·Σα + N·Σβ + Σ max(0, A − α − β), times the scale, at the α and β of `lines`.
template <int P> double boundAt(const BoundLines &lines, const float *scores, double scale)
{
    using Real = RealLine<P>;
    using Vector = typename Real::Vector;
    alignas(64) double ofLanes[P]; // from m on so large that those lanes contribute 0
    for (int k = 0; k < P; ++k)
        ofLanes[k] = k < lines.m ? lines.beta[k] : 0x1p45;
    Vector beta[Real::vectors], entries[Real::vectors];
    unroll<Real::vectors>([&](auto v) __attribute__((always_inline)) {
        beta[v] = Real::load(ofLanes, v);
        entries[v] = Vector{};
    });
    double sum = 0;
    const Vector factor = Real::all(scale);
    for (int i = 0; i < lines.m; ++i) {
        sum += lines.alpha[i] + lines.beta[i];
        const Vector alpha = Real::all(lines.alpha[i]);
        unroll<Real::vectors>([&](auto v) __attribute__((always_inline)) {
            const Vector above = Real::roundedUp(Real::load(scores + i * P, v) * factor) - alpha - beta[v];
            entries[v] += greater(above, Vector{});
        });
    }
    unroll<Real::vectors - 1>([&](auto v) __attribute__((always_inline)) { entries[0] += entries[v + 1]; });
    return lines.n * sum + Real::sum(entries[0]);
}

/// Scores scaled to integers below 2²⁴, and their transpose. Rounding here affects only the thresholds at which the bound
/// is evaluated.
template <int P> [[gnu::always_inline]] inline void fillTables(BoundWork &work, int m, const float *scores, double scale)
{
    scaleToIntegers<P>(scores, m, scale, work.scores);
    for (int k = m * P; k < P * P; ++k)
        work.scores[k] = 0;
    transpose<P>(work.scores, work.transposed);
    for (int k = m * P; k < P * P; ++k)
        work.scores[k] = work.transposed[k] = BoundWork::padding;
}

template <int P> void sweepLines(BoundWork &work, BoundLines &lines, const float *scores, double scale, int sweeps)
{
    const int m = lines.m;
    fillTables<P>(work, m, scores, scale / BoundLines::finer);
    for (int k = 0; k < P; ++k)
        work.beta[k] = k < m ? std::int32_t(lines.beta[k] * (1 / BoundLines::finer)) : 0;
    for (int sweep = 0; sweep < sweeps; ++sweep) {
        sweepSide<P>(work.transposed, work.beta, lines.n, m, work.alpha);
        sweepSide<P>(work.scores, work.alpha, lines.n, m, work.beta);
    }
    for (int k = 0; k < m; ++k) {
        lines.alpha[k] = double(work.alpha[k]) * BoundLines::finer;
        lines.beta[k] = double(work.beta[k]) * BoundLines::finer;
    }
}

} // namespace

} // namespace nms
