// SPDX-License-Identifier: Apache-2.0
#include "ui/models/shown_verdict.h"

#include "ui/models/training_view.h"
#include "ui/models/workspace.h"

#include <QCoreApplication>

namespace nms {

static QString tr(const char *text)
{
    return QCoreApplication::translate("nms::Verdict", text);
}

Verdict shownVerdict(const Workspace &workspace)
{
    if (const TrainingView *training = TrainingView::shownIn(workspace))
        return training->verdict();
    if (const auto error = workspace.scrubError())
        return {VerdictLevel::Bad, tr("iteration %1 cannot be shown").arg(*workspace.scrubbedTo()),
                QString::fromStdString(error->line())};
    SessionStatus status = workspace.sessionStatus();
    const SolveOptions options = workspace.shownOptions();
    const ScoreSum score = status.state == SessionState::Idle || !workspace.tensor()
        ? ScoreSum()
        : ScoreSum{workspace.scoreTotal(), workspace.tensor()->scoreTitle};
    const auto snapshot = workspace.shownSnapshot();
    if (workspace.isScrubbing() && snapshot) {
        status.state = SessionState::Paused;
        return verdictOf(options, status, &snapshot->stats, nullptr, score);
    }
    const auto &stats = workspace.iterationStats();
    return verdictOf(options, status, stats.empty() ? nullptr : &stats.back(), workspace.solution().get(), score);
}

} // namespace nms
