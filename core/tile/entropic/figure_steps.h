// SPDX-License-Identifier: Apache-2.0
// Figures of a plan.
#pragma once

#include "core/tile/entropic/plan_steps.h"
#include "core/tile/figures.h"

namespace nms {

namespace {

/// All figures but `open` and `done`. ln S is τA + u + v wherever S < 1, and the bound's max(0, A − α − β) is the part
/// above the cap, so neither the entropy nor the bound needs the logarithm of an entry. For the capacity residual, an entry
/// just before capping is the capped plan times the change of the factors in the last iteration, or the uncapped plan Y
/// itself in the first iteration (`firstCap`), whose start is not capped.
template <int P> PlanFigures figures(EntropicWork &work, bool firstCap)
{
    using Line = typename Blocks<P>::Line;
    constexpr int W = Blocks<P>::lanes;
    alignas(64) double rowLogs[P], columnLogs[P], columnFactor[P];
    potentialsOf<P>(work, rowLogs, columnLogs);
    for (int k = 0; k < P; k += W)
        (Line::load(work.q + k) / Line::load(work.qBefore + k)).store(columnFactor + k);

    PlanFigures out;
    residuals<P>(work, out.rowResidual, out.columnResidual);
    const Line zero = Line::all(0), one = Line::all(1);
    Line objective = zero, entropy = zero, above = zero, fractional = zero, before = zero;
    for (int block = 0; block < Blocks<P>::count; ++block) {
        const Line w = Line::load(work.w + block * W), p = one / w;
        const Line r = firstCap ? Line::all(1e300) : Line::load(work.wBefore + block * W) * p;
        // Makes padding rows fall below every cap.
        const Line own = Line::load(rowLogs + block * W) - Line::load(work.rowRest + block * W) * Line::all(1e300);
        Line undecided = zero;
        for (int j = 0; j < work.m; ++j) {
            const int at = Blocks<P>::at(block, j);
            const Line y = Line::load(work.kernel + at) * Line::all(work.q[j]) * p, s = min(one, y);
            const Line exponent = Line::load(work.exponents + at), x = exponent + own + Line::all(columnLogs[j]);
            const Line below = min(x, zero);
            objective = objective + s * exponent;
            entropy = entropy - s * below;
            above = above + (x - below);
            if (j < work.realCols)
                undecided = undecided + whereLess(Line::all(0.01), s, whereLess(s, Line::all(0.99), one, zero), zero);
            before = max(before, min(y, r * Line::all(columnFactor[j])));
        }
        fractional = fractional + undecided * Line::load(work.realRow + block * W);
    }
    double lines = 0;
    for (int k = 0; k < work.m; ++k)
        lines -= rowLogs[k] + columnLogs[k];
    const double toScore = work.scoreToExponent > 0 ? 1 / work.scoreToExponent : 0;
    const double bound = work.n * lines + total(above);
    out.objective = total(objective) * toScore;
    out.upperBound = (bound > 0 ? bound : 0) * toScore;
    out.entropy = total(entropy);
    out.fractional = int(total(fractional));
    const double beyond = largest(before) - 1;
    out.capacityResidual = beyond > 0 ? beyond : 0;
    return out;
}

} // namespace

} // namespace nms
