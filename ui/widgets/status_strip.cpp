// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/status_strip.h"

#include "ui/models/format.h"
#include "ui/models/prune_run.h"
#include "ui/models/training_view.h"
#include "ui/models/verdict.h"
#include "ui/models/workspace.h"
#include "ui/widgets/theme.h"

#include <QLabel>

namespace nms {

StatusStrip::StatusStrip(Workspace &workspace, QWidget *parent) : QStatusBar(parent), m_workspace(workspace)
{
    setSizeGripEnabled(false);
    const auto add = [this](bool isRight) {
        auto *label = new QLabel(this);
        label->setObjectName(QStringLiteral("muted"));
        label->setFont(monoFont(11));
        label->setContentsMargins(8, 4, 8, 4);
        label->setMinimumWidth(1); // a long text must not widen the window
        isRight ? addPermanentWidget(label) : addWidget(label);
        return label;
    };
    m_tiles = add(false);
    m_state = add(false);
    m_rate = add(false);
    m_history = add(true);
    m_rate->setToolTip(tr("solving alone: iterations of all tiles in a second; of a finished run, tiles in a millisecond"));
    m_history->setToolTip(tr("memory of the run's key frames, from which every iteration can be shown again"));
    m_timer.setSingleShot(true);
    m_timer.setInterval(60);
    connect(&m_timer, &QTimer::timeout, this, &StatusStrip::refresh);
    for (const auto signal :
         {&Workspace::sessionChanged, &Workspace::snapshotChanged, &Workspace::tensorChanged, &Workspace::pruningChanged,
          &Workspace::optionsChanged, &Workspace::loadingChanged, &Workspace::previewChanged})
        connect(&workspace, signal, this, &StatusStrip::refreshSoon);
    connect(&TrainingView::of(workspace), &TrainingView::changed, this, &StatusStrip::refreshSoon);
    refresh();
}

void StatusStrip::refreshSoon()
{
    if (!m_timer.isActive())
        m_timer.start();
}

static QString pruningText(const PruneRun &run)
{
    const SessionStatus &status = run.view().status;
    if (status.starting)
        return StatusStrip::tr("pruning: preparing the layer");
    if (const auto shown = run.shown(); shown && run.scrubbedTo())
        return StatusStrip::tr("pruning: looking at step %1 of %2").arg(shown->step()).arg(status.iteration);
    switch (status.state) {
    case SessionState::Running:
        return StatusStrip::tr("pruning: step %1").arg(status.iteration);
    case SessionState::Paused:
        return StatusStrip::tr("pruning: paused at step %1").arg(status.iteration);
    case SessionState::Finished:
        return status.iteration == 1 ? StatusStrip::tr("pruned in 1 step")
                                     : StatusStrip::tr("pruned in %1 steps").arg(status.iteration);
    case SessionState::Cancelled:
        return StatusStrip::tr("pruning: cancelled at step %1").arg(status.iteration);
    case SessionState::Failed:
        return StatusStrip::tr("pruning: failed");
    case SessionState::Idle:
    case SessionState::Rounding:
        break;
    }
    return StatusStrip::tr("ready to prune");
}

static QString stateText(const Workspace &workspace)
{
    const SessionStatus status = workspace.sessionStatus();
    const auto snapshot = workspace.shownSnapshot();
    if (const auto preview = workspace.preview())
        return StatusStrip::tr("reading, preview from %1 of %2 rows")
            .arg(preview->sample.rowsPerTexel)
            .arg(preview->sample.cellsPerTexel);
    if (workspace.isLoading())
        return StatusStrip::tr("reading");
    if (workspace.showsPruning())
        return pruningText(workspace.pruning());
    if (const TrainingView *training = TrainingView::shownIn(workspace))
        return training->verdict().text;
    if (workspace.scrubError())
        return StatusStrip::tr("iteration %1 cannot be shown").arg(*workspace.scrubbedTo());
    if (status.starting)
        return startText(workspace.shownOptions(), status);
    if (workspace.isScrubbing() && snapshot)
        return StatusStrip::tr("looking at %1 of %2").arg(snapshot->iteration).arg(status.iteration);
    switch (status.state) {
    case SessionState::Idle:
        if (workspace.isScoring())
            return StatusStrip::tr("computing scores");
        return workspace.tensor() ? StatusStrip::tr("ready") : QString();
    case SessionState::Running:
        return workspace.isLive() ? StatusStrip::tr("running at %1").arg(status.iteration) : StatusStrip::tr("solving");
    case SessionState::Paused:
        return StatusStrip::tr("paused at %1").arg(status.iteration);
    case SessionState::Rounding:
        return StatusStrip::tr("rounding");
    case SessionState::Finished:
        return workspace.isLive() ? StatusStrip::tr("finished after %1").arg(status.iteration) : StatusStrip::tr("finished");
    case SessionState::Cancelled:
        return StatusStrip::tr("cancelled at %1").arg(status.iteration);
    case SessionState::Failed:
        return StatusStrip::tr("failed");
    }
    return {};
}

static QString rateText(const Workspace &workspace, std::int64_t tiles)
{
    const auto text = [](double rate) {
        return rate < 10 ? QString::number(rate, 'f', 1) : format::count(std::int64_t(rate));
    };
    const auto solution = workspace.solution();
    if (solution && solution->seconds > 0)
        return StatusStrip::tr("%1 tiles/ms").arg(text(double(tiles) / solution->seconds / 1000));
    const auto &stats = workspace.iterationStats();
    if (stats.empty() || stats.back().seconds <= 0)
        return {};
    return StatusStrip::tr("%1 iterations/s").arg(text(stats.back().iteration / stats.back().seconds));
}

void StatusStrip::refresh()
{
    const std::int64_t tiles = m_workspace.tensor() ? m_workspace.grid().count() : 0;
    m_tiles->setText(tiles == 0 ? QString() : tr("%1 tiles").arg(format::count(tiles)));
    m_state->setText(stateText(m_workspace));

    m_rate->setText(rateText(m_workspace, tiles));

    const bool prunes = m_workspace.showsPruning();
    const HistoryInfo history = prunes ? m_workspace.pruning().view().history : m_workspace.history();
    m_rate->setVisible(!prunes);
    m_history->setText(
        history.byteLimit == 0
            ? QString()
            : tr("snapshot history %1 of %2").arg(format::bytes(history.bytes), format::bytes(history.byteLimit)));
}

} // namespace nms
