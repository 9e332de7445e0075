// SPDX-License-Identifier: Apache-2.0
#include "ui/models/prune_verdict.h"

#include "ui/models/format.h"

#include <QObject>
#include <QStringList>

#include <cmath>

namespace nms {

namespace {

QString figuresText(const PruneFigures &figures)
{
    QStringList parts;
    if (!std::isnan(figures.error))
        parts << QObject::tr("error %1").arg(format::share(figures.error, 3));
    if (!std::isnan(figures.keptMagnitude))
        parts << QObject::tr("keeps %1 of |W|").arg(format::share(figures.keptMagnitude, 3));
    return parts.join(QStringLiteral(", "));
}

} // namespace

Verdict pruneVerdict(const PruneRun &run)
{
    const SessionStatus &status = run.view().status;
    if (const auto error = run.scrubError())
        return {VerdictLevel::Bad, QObject::tr("step %1 cannot be shown").arg(*run.scrubbedTo()),
                QString::fromStdString(error->line())};
    if (status.state == SessionState::Idle)
        return {VerdictLevel::Neutral, QObject::tr("ready"), {}};
    if (status.starting)
        return {VerdictLevel::Neutral,
                *status.starting > 0 && *status.starting < 1
                    ? QObject::tr("reading activations, %1 %").arg(std::lround(*status.starting * 100))
                    : QObject::tr("preparing the layer"),
                {}};
    if (status.state == SessionState::Failed)
        return {VerdictLevel::Bad, QObject::tr("failed"),
                run.view().error ? QString::fromStdString(run.view().error->line()) : QString()};
    const auto shown = run.shown();
    if (!shown)
        return {VerdictLevel::Neutral, QObject::tr("cancelled"), {}};
    const bool isEnd = status.state == SessionState::Finished && shown->step() == status.iteration;
    if (status.state == SessionState::Cancelled && !run.scrubbedTo())
        return {VerdictLevel::Warning, QObject::tr("cancelled: %1").arg(figuresText(shown->figures)), {}};
    return {isEnd ? VerdictLevel::Good : VerdictLevel::Neutral, figuresText(shown->figures), {}};
}

Verdict inputsVerdict(const PruneRun &run)
{
    if (run.calibration().isEmpty())
        return {VerdictLevel::Neutral, QObject::tr("none: magnitude alone can prune, and no error is known"), {}};
    if (const auto &error = run.inputsError())
        return {VerdictLevel::Bad, QString::fromStdString(error->line()), {}};
    const auto &inputs = run.inputs();
    if (!inputs)
        return {VerdictLevel::Neutral, QObject::tr("looking …"), {}};
    if (inputs->isGram)
        return {VerdictLevel::Good, QObject::tr("XᵀX of %1 inputs").arg(format::count(inputs->inputs)), {}};
    const QString text =
        QObject::tr("%1 samples × %2 inputs").arg(format::count(inputs->samples), format::count(inputs->inputs));
    if (inputs->samples < inputs->inputs)
        return {VerdictLevel::Warning, QObject::tr("%1: fewer samples than inputs").arg(text), {}};
    return {VerdictLevel::Good, text, {}};
}

} // namespace nms
