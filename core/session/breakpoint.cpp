// SPDX-License-Identifier: Apache-2.0
#include "core/session/breakpoint.h"

#include <cmath>

namespace nms {

BreakpointFigures figuresOf(const IterationStats &stats)
{
    BreakpointFigures figures{stats.iteration, stats.residual(), stats.planGap()};
    for (const double value : {stats.rowResidual, stats.columnResidual, stats.capacityResidual, stats.meanResidual,
                               stats.objective, stats.upperBound, stats.entropy})
        figures.isFinite = figures.isFinite && std::isfinite(value);
    return figures;
}

std::optional<BreakpointHit> hitOf(const Breakpoint &breakpoint, const BreakpointFigures &now,
                                   const BreakpointFigures *before)
{
    using Reason = BreakpointHit::Reason;
    if (breakpoint.notFinite && !now.isFinite && (!before || before->isFinite))
        return BreakpointHit{Reason::NotFinite, now.iteration};
    if (breakpoint.iteration == now.iteration)
        return BreakpointHit{Reason::Iteration, now.iteration};
    const auto fallsBelow = [&](const std::optional<double> &limit, std::optional<double> BreakpointFigures::*figure) {
        const std::optional<double> &value = now.*figure;
        return limit && value && *value < *limit && !(before && before->*figure && *(before->*figure) < *limit);
    };
    if (fallsBelow(breakpoint.residualBelow, &BreakpointFigures::residual))
        return BreakpointHit{Reason::Residual, now.iteration, *now.residual, *breakpoint.residualBelow, breakpoint.tile};
    if (fallsBelow(breakpoint.planGapBelow, &BreakpointFigures::planGap))
        return BreakpointHit{Reason::PlanGap, now.iteration, *now.planGap, *breakpoint.planGapBelow, breakpoint.tile};
    if (fallsBelow(breakpoint.maskGapBelow, &BreakpointFigures::maskGap))
        return BreakpointHit{Reason::MaskGap, now.iteration, *now.maskGap, *breakpoint.maskGapBelow, breakpoint.tile};
    return std::nullopt;
}

} // namespace nms
