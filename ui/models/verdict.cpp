// SPDX-License-Identifier: Apache-2.0
#include "ui/models/verdict.h"

#include "ui/models/format.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace nms {

static QString tr(const char *text)
{
    return QCoreApplication::translate("nms::Verdict", text);
}

static Verdict verdictOfMask(const SolveOptions &options, const Solution &solution)
{
    const SolutionTotals totals = solution.totals();
    if (traitsOf(options.method).provesOptimum && totals.notConverged == 0)
        return {VerdictLevel::Good, tr("proven optimal"), tr("every tile's bound equals its objective")};
    if (!isTransposable(options.method))
        return {VerdictLevel::Neutral, tr("not transposable"), tr("a baseline: rows and columns are not both N of M")};
    const QString gap = tr("at most %1 below the optimum").arg(format::percent(totals.relativeGap));
    if (totals.notConverged == 0)
        return {VerdictLevel::Good, gap, tr("certified by the dual bound")};
    return {VerdictLevel::Warning, tr("not converged: residual %1").arg(format::percent(totals.worstResidual)),
            tr("%1 of %2 tiles; raise T or lower τ. The mask is %3")
                .arg(format::count(totals.notConverged), format::count(totals.tiles), gap)};
}

QString startText(const SolveOptions &options, const SessionStatus &status)
{
    if (!status.starting)
        return {};
    const QString share = format::percent(std::floor(*status.starting * 100) / 100);
    if (!options.warmStart)
        return tr("starting: %1").arg(share);
    return tr("starting from %1: %2").arg(QString::fromStdString(std::string(nameOf(*options.warmStart))), share);
}

Verdict verdictOf(const SolveOptions &options, const SessionStatus &status, const IterationStats *last,
                  const Solution *solution)
{
    if (status.starting)
        return {VerdictLevel::Neutral, startText(options, status), {}};
    switch (status.state) {
    case SessionState::Failed:
        return {VerdictLevel::Bad, tr("failed"), tr("the log says why")};
    case SessionState::Idle:
        return {VerdictLevel::Neutral, tr("not run yet"), tr("press Space to run, . to step")};
    case SessionState::Rounding:
        return {VerdictLevel::Neutral, tr("rounding the plan to a mask"), {}};
    case SessionState::Finished:
        if (solution)
            return verdictOfMask(options, *solution);
        break;
    case SessionState::Running:
    case SessionState::Paused:
    case SessionState::Cancelled:
        break;
    }
    if (!last)
        return {VerdictLevel::Neutral, status.state == SessionState::Cancelled ? tr("cancelled") : tr("solving"), {}};
    if (traitsOf(options.method).provesOptimum)
        return last->openTiles == 0
            ? Verdict{VerdictLevel::Good, tr("proven optimal"), {}}
            : Verdict{VerdictLevel::Warning, tr("%1 tiles not proven yet").arg(format::count(last->openTiles)), {}};
    const double residual = std::max(last->rowResidual, last->columnResidual);
    if (residual > options.residualLimit())
        return {VerdictLevel::Warning, tr("not converged: residual %1").arg(format::percent(residual)),
                status.state == SessionState::Running ? QString() : tr("go on, raise T or lower τ")};
    return {VerdictLevel::Good, tr("converged: residual %1").arg(format::percent(residual)), {}};
}

} // namespace nms
