// SPDX-License-Identifier: Apache-2.0
#include "ui/models/verdict.h"

#include "ui/models/format.h"

#include <QCoreApplication>

#include <cmath>

namespace nms {

static QString tr(const char *text)
{
    return QCoreApplication::translate("nms::Verdict", text);
}

static QString keptText(const QString &what, double objective, const ScoreSum &score)
{
    return score.total > 0 ? what.arg(format::share(objective / score.total), score.title) : QString();
}

static Verdict verdictOfMask(const SolveOptions &options, const Solution &solution)
{
    const SolutionTotals totals = solution.totals();
    if (traitsOf(options.method).provesOptimum && totals.notConverged == 0)
        return {VerdictLevel::Good, tr("proven optimal"), tr("every tile's bound equals its objective")};
    if (!isTransposable(options.method))
        return {VerdictLevel::Neutral, tr("not transposable"), tr("a baseline: rows and columns are not both N of M")};
    const QString gap = tr("mask gap %1").arg(format::percent(totals.relativeGap));
    if (totals.notConverged == 0)
        return {VerdictLevel::Good, gap, tr("certified: the mask is at most so far below the optimum")};
    return {VerdictLevel::Warning, tr("not converged: residual %1").arg(format::percent(totals.worstResidual)),
            tr("%1 of %2 tiles; raise the iterations or lower τ. %3: at most so far below the optimum")
                .arg(format::count(totals.notConverged), format::count(totals.tiles), gap.left(1).toUpper() + gap.mid(1))};
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

static Verdict verdictOfRun(const SolveOptions &options, const SessionStatus &status, const IterationStats &last)
{
    if (traitsOf(options.method).provesOptimum)
        return last.openTiles == 0
            ? Verdict{VerdictLevel::Good, tr("proven optimal"), {}}
            : Verdict{VerdictLevel::Warning, tr("%1 tiles not proven yet").arg(format::count(last.openTiles)), {}};
    if (last.residual() > options.residualLimit())
        return {VerdictLevel::Warning, tr("not converged: residual %1").arg(format::percent(last.residual())),
                status.state == SessionState::Running ? QString() : tr("go on, raise the iterations or lower τ")};
    return {VerdictLevel::Good, tr("converged: residual %1").arg(format::percent(last.residual())), {}};
}

Verdict verdictOf(const SolveOptions &options, const SessionStatus &status, const IterationStats *last,
                  const Solution *solution, const ScoreSum &score)
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
        if (solution) {
            Verdict verdict = verdictOfMask(options, *solution);
            verdict.kept = keptText(tr("the mask keeps %1 of %2"), solution->totals().objective, score);
            return verdict;
        }
        break;
    case SessionState::Running:
    case SessionState::Paused:
    case SessionState::Cancelled:
        break;
    }
    if (!last)
        return {VerdictLevel::Neutral, status.state == SessionState::Cancelled ? tr("cancelled") : tr("solving"), {}};
    Verdict verdict = verdictOfRun(options, status, *last);
    // The entries of `exact` violate the constraints until its tiles are proven optimal, so what they keep is meaningless.
    if (!traitsOf(options.method).provesOptimum || last->openTiles == 0)
        verdict.kept = keptText(tr("the plan keeps %1 of %2"), last->objective, score);
    return verdict;
}

} // namespace nms
