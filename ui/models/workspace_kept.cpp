// SPDX-License-Identifier: Apache-2.0
// Workspace: the settings as a whole, the runs that are kept, and showing one of them again.
#include "ui/models/workspace.h"
#include "ui/models/workspace_private.h"


#include <QFileInfo>

#include <limits>

namespace nms {

RunSettings Workspace::settings() const
{
    return {d->options, d->score, backendId()};
}

QUndoStack &Workspace::undoStack() const
{
    return d->undo;
}

SettingsHistory &Workspace::settingsHistory() const
{
    return *d->settingsHistory;
}

RunList &Workspace::runs() const
{
    return d->runs;
}

bool Workspace::showsKeptRun() const
{
    return d->kept != nullptr;
}

std::optional<int> Workspace::shownRun() const
{
    return d->kept ? std::optional(d->kept->id) : d->runId;
}

bool WorkspacePrivate::isInProgress() const
{
    const SessionState state = run.status().state;
    return state == SessionState::Running || state == SessionState::Paused || state == SessionState::Rounding;
}

std::optional<int> Workspace::runInProgress() const
{
    return d->isInProgress() ? d->runId : std::nullopt;
}

std::size_t WorkspacePrivate::backendIndex(const QString &id) const
{
    const auto found = std::ranges::find(backends, id, &BackendChoice::id);
    return found == backends.end() ? backend : std::size_t(found - backends.begin());
}

std::size_t WorkspacePrivate::backendOnScreen() const
{
    return kept ? backendIndex(kept->setup.settings.backend) : runBackend;
}

bool WorkspacePrivate::setRunSettings(const RunSettings &settings)
{
    const RunSettings before = q->settings();
    options = settings.options;
    backend = backendIndex(settings.backend);
    score = settings.score;
    const RunSettings after = q->settings();
    if (after.options != before.options || after.backend != before.backend)
        pruning.drop();
    return after != before;
}

void Workspace::setSettings(const RunSettings &settings)
{
    if (const Status status = settings.options.validate(); !status) {
        emit optionsChanged(); // controls return to the valid settings
        d->report(status.error());
        return;
    }
    const bool isOtherScore = settings.score != d->score;
    d->settingsHistory->separate();
    if (!d->setRunSettings(settings))
        return;
    d->followGrid();
    if (isOtherScore)
        d->applyScore();
    emit optionsChanged();
}

// --- keeping --------------------------------------------------------------------------------------------------------

/// A run enters the list when it ends.
void WorkspacePrivate::noteRunState()
{
    const SessionState state = run.status().state;
    const bool isNew = std::exchange(notedState, state) != state;
    if (isNew && (state == SessionState::Finished || state == SessionState::Cancelled))
        q->keepRun();
    else if (isNew && runId)
        emit q->optionsChanged(); // whether it is in progress
}

static double gapOf(const SolveOptions &options, const Solution *solution, const IterationStats &last)
{
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    if (solution)
        return isTransposable(options.method) ? solution->totals().relativeGap : unknown;
    return last.upperBound > 0 ? last.planGap() : unknown;
}

/// Without an iteration there is nothing to keep. The plan of `exact` means nothing until it is proven.
void Workspace::keepRun()
{
    SessionStatus status = d->run.status();
    const auto solution = d->run.solution();
    const std::vector<IterationStats> &stats = d->run.stats();
    const bool isFinished = status.state == SessionState::Finished && solution;
    if (!d->runOptions || !d->tensor || status.state == SessionState::Failed || (!isFinished && stats.empty()))
        return;
    const SolveOptions &options = *d->runOptions;
    const IterationStats last = stats.empty() ? IterationStats() : stats.back();
    KeptRun run;
    run.setup = {d->tensor->file,
                 QString::fromStdString(d->tensor->info.path),
                 {options, d->runScore, d->backends[d->runBackend].id}};
    run.scoreTitle = d->tensor->scoreTitle;
    run.isFinished = isFinished;
    run.iteration = status.iteration;
    run.plannedIterations = status.plannedIterations;
    run.seconds = solution ? solution->seconds : last.seconds;
    run.ended = QDateTime::currentDateTime();
    run.scoreTotal = scoreTotal();
    const bool isMeaningful = isFinished || !traitsOf(options.method).provesOptimum || last.openTiles == 0;
    const double objective = isFinished ? solution->totals().objective : last.objective;
    run.keptShare =
        isMeaningful && run.scoreTotal > 0 ? objective / run.scoreTotal : std::numeric_limits<double>::quiet_NaN();
    run.gap = gapOf(options, isFinished ? solution.get() : nullptr, last);
    if (!isFinished)
        status.state = SessionState::Cancelled;
    status.starting.reset();
    run.verdict = verdictOf(options, status, stats.empty() ? nullptr : &last, solution.get(), {});
    run.statistics = std::make_shared<const std::vector<IterationStats>>(thinned(stats, mostKeptIterations));
    run.solution = isFinished ? solution : nullptr;
    const std::optional<int> before = std::exchange(d->runId, d->runs.keep(std::move(run)));
    if (before != d->runId)
        emit optionsChanged();
}

// --- showing again --------------------------------------------------------------------------------------------------

bool WorkspacePrivate::hasMaskOf(const KeptRun &which) const
{
    const TileGrid grid = q->grid(which.setup.settings.options.pattern.m);
    return which.solution && which.solution->grid == grid && q->scoreTotal() == which.scoreTotal;
}

void Workspace::showRun(int id)
{
    const RunList::Run wanted = d->runs.find(id);
    if (!wanted)
        return;
    const RunSetup &setup = wanted->setup;
    d->wantedRun = id;
    if (setup.settings.score != d->score) {
        d->score = setup.settings.score;
        emit optionsChanged();
        if (d->isOpen(setup.file, setup.tensor)) {
            d->applyScore();
            return;
        }
    }
    if (d->isOpen(setup.file, setup.tensor)) {
        if (!isScoring())
            d->showWantedRun();
        return;
    }
    const bool isFileOpen = std::ranges::any_of(d->files, [&](const OpenFile &file) { return file.fileName == setup.file; });
    if (isFileOpen)
        d->readTensor(setup.file, setup.tensor);
    else
        openFileAt(setup.file, setup.tensor);
}

void WorkspacePrivate::showWantedRun()
{
    const RunList::Run wanted = wantedRun ? runs.find(*wantedRun) : nullptr;
    if (!wanted || !isOpen(wanted->setup.file, wanted->setup.tensor) || wanted->setup.settings.score != score)
        return;
    wantedRun.reset();
    leaveScrubbing();
    q->setShowsPruning(false);
    settingsHistory->separate();
    setRunSettings(wanted->setup.settings);
    // A run that repeats one of the list shares its row: the finished mask is shown first, then the run itself.
    const bool isRepeated = wanted->isFinished && isInProgress() && !(kept && kept->id == wanted->id);
    const bool isRun = wanted->id == runId && hasRun() && !isRepeated;
    if (!isRun && !hasMaskOf(*wanted)) {
        if (wanted->solution)
            report(MessageLevel::Warning,
                   Workspace::tr("%1 has changed since this run: it is solved again")
                       .arg(QFileInfo(wanted->setup.file).fileName()));
        if (startRun(!wanted->isFinished) && !wanted->isFinished)
            run.session()->runTo(wanted->iteration);
        else
            emit q->optionsChanged();
        return;
    }
    if (!isRun && isInProgress())
        q->keepRun(); // it continues, and can be shown again
    kept = isRun ? nullptr : wanted;
    followGrid();
    emit q->optionsChanged();
    emit q->sessionChanged();
    emit q->snapshotChanged();
    emit q->solutionChanged();
}

} // namespace nms
