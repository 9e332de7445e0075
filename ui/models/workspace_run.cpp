// SPDX-License-Identifier: Apache-2.0
// Workspace: choosing a method, and the commands of a run.
#include "ui/models/workspace.h"
#include "ui/models/workspace_private.h"

#include <algorithm>

namespace nms {

const std::vector<BackendChoice> &Workspace::backends() const
{
    return d->backends;
}

QString Workspace::backendId() const
{
    return d->backends[d->backend].id;
}

const BackendChoice &WorkspacePrivate::cpu() const
{
    const auto found = std::find_if(backends.begin(), backends.end(), [](const BackendChoice &b) { return b.id == "cpu"; });
    return found == backends.end() ? backends.back() : *found;
}

/// The chosen backend, or the CPU if that cannot solve with these options.
static const BackendChoice &backendFor(const SolveOptions &options, const BackendChoice &chosen, const BackendChoice &cpu)
{
    return chosen.backend->canSolve(options) ? chosen : cpu;
}

const BackendChoice &Workspace::solvingBackend() const
{
    return backendFor(d->options, d->backends[d->backend], d->cpu());
}

bool Workspace::canWatch() const
{
    return solvingBackend().backend->canWatch(d->options);
}

const SolveOptions *WorkspacePrivate::optionsOnScreen() const
{
    return kept ? &kept->setup.settings.options : runOptions ? &*runOptions : nullptr;
}

SolveOptions Workspace::shownOptions() const
{
    const SolveOptions *shown = d->showsPruning ? nullptr : d->optionsOnScreen();
    return shown ? *shown : d->options;
}

const BackendChoice &Workspace::shownBackend() const
{
    if (const SolveOptions *shown = d->optionsOnScreen())
        return backendFor(*shown, d->backends[d->backendOnScreen()], d->cpu());
    return solvingBackend();
}

bool Workspace::isLive() const
{
    const SolveOptions *shown = d->optionsOnScreen();
    return shown ? shownBackend().backend->canWatch(*shown) : canWatch();
}

bool Workspace::settingsDiffer() const
{
    const SolveOptions *shown = d->optionsOnScreen();
    return shown && (*shown != d->options || d->backendOnScreen() != d->backend);
}

void Workspace::resetSettingsToRun()
{
    const SolveOptions *shown = d->optionsOnScreen();
    if (shown)
        setSettings({*shown, d->score, d->backends[d->backendOnScreen()].id});
}

SolveOptions Workspace::options() const
{
    return d->options;
}

SessionStatus Workspace::sessionStatus() const
{
    if (!d->kept)
        return d->run.status();
    return {SessionState::Finished, d->kept->iteration, d->kept->plannedIterations, d->run.status().generation};
}

HistoryInfo Workspace::history() const
{
    return d->kept ? HistoryInfo() : d->run.history();
}

const std::vector<IterationStats> &Workspace::iterationStats() const
{
    return d->kept ? *d->kept->statistics : d->run.stats();
}

std::shared_ptr<const Snapshot> Workspace::shownSnapshot() const
{
    if (d->kept || scrubError())
        return nullptr;
    // Until the first answer from history is there, the live state stays on screen.
    return d->scrubbedTo && d->run.past() ? d->run.past() : d->run.live();
}

bool Workspace::isScrubbing() const
{
    return d->scrubbedTo.has_value();
}

std::optional<int> Workspace::scrubbedTo() const
{
    return d->scrubbedTo;
}

std::optional<double> Workspace::refining() const
{
    const bool isThere = !d->scrubbedTo || scrubError() || (d->run.past() && d->run.past()->iteration == d->scrubbedTo);
    return isThere ? std::nullopt : std::optional(d->run.pastRefining().value_or(0));
}

double Workspace::pace() const
{
    return d->pace;
}

void Workspace::setPace(double iterationsPerSecond)
{
    d->pace = iterationsPerSecond;
    if (d->run.session())
        d->run.session()->setPace(iterationsPerSecond);
    emit sessionChanged();
}

std::optional<Error> Workspace::scrubError() const
{
    const std::optional<HistoryError> &error = d->run.pastError();
    if (!d->scrubbedTo || !error || error->iteration != *d->scrubbedTo)
        return std::nullopt;
    return *error;
}

std::shared_ptr<const Solution> Workspace::solution() const
{
    return d->kept ? d->kept->solution : d->run.solution();
}

std::shared_ptr<const Solution> Workspace::shownSolution() const
{
    return isScrubbing() ? nullptr : solution();
}

std::optional<Breakpoint> Workspace::breakpoint() const
{
    return d->breakpoint;
}

void Workspace::setOptions(const SolveOptions &options)
{
    if (const Status status = options.validate(); !status) {
        emit optionsChanged(); // controls return to the valid settings
        d->report(status.error());
        return;
    }
    if (std::exchange(d->options, options) != options)
        d->pruning.drop();
    d->followGrid();
    emit optionsChanged();
}

void Workspace::setBackend(const QString &id)
{
    for (std::size_t i = 0; i < d->backends.size(); ++i) {
        if (d->backends[i].id != id || i == d->backend)
            continue;
        d->backend = i;
        d->pruning.drop();
        emit optionsChanged();
    }
}

bool WorkspacePrivate::needsTensor()
{
    if (!tensor)
        report(MessageLevel::Warning, Workspace::tr("Open a weights file and choose a tensor first"));
    else if (tensor->notFinite)
        report(*tensor->notFinite);
    return tensor && !tensor->notFinite;
}

bool WorkspacePrivate::isPatternTooLarge()
{
    const NmPattern pattern = options.pattern;
    if (pattern.m <= tensor->info.rows() && pattern.m <= tensor->info.cols())
        return false;
    report({ErrorKind::Input, tensor->info.path,
            "has " + std::to_string(tensor->info.rows()) + " × " + std::to_string(tensor->info.cols()) +
                " entries, too few for tiles of " + std::to_string(pattern.m) + " × " + std::to_string(pattern.m),
            "choose a smaller M"});
    return true;
}

void WorkspacePrivate::followGrid()
{
    const int m = q->shownOptions().pattern.m;
    if (std::exchange(gridM, m) == m)
        return;
    resetWatchedRegion();
    forgetTile();
    emit q->selectedTileChanged();
}

/// Tiles have other numbers, or other contents, from now on.
void WorkspacePrivate::forgetTile()
{
    selectedTile.reset();
    if (breakpoint && breakpoint->tile)
        q->setBreakpoint(std::nullopt);
}

void WorkspacePrivate::resetWatchedRegion()
{
    // The whole of a small matrix; nothing of a large one until the viewport reports its visible region.
    constexpr std::int64_t maxCells = std::int64_t(1) << 22;
    const TileGrid grid = q->grid();
    watched = grid.rows * grid.cols <= maxCells ? TileRegion::all(grid) : TileRegion{};
}

bool WorkspacePrivate::startRun(bool paused)
{
    leaveScrubbing();
    q->setShowsPruning(false);
    if (!needsTensor() || isPatternTooLarge())
        return false;
    const BackendChoice &choice = q->solvingBackend();
    const std::optional<std::int64_t> historyBytes = roomForHistory(*choice.backend);
    if (!historyBytes)
        return false;
    if (!choice.backend->canSolve(options)) {
        report({ErrorKind::Unsupported, choice.label.toStdString(),
                "cannot solve by \"" + std::string(nameOf(options.method)) + "\"", "choose another method"});
        return false;
    }
    dropRun(); // its results must not be mistaken for the next run's
    runOptions = options;
    runBackend = backend;
    runScore = score;
    wantedRun.reset();
    followGrid();
    tileScores.prepare(tensor->score, q->grid()); // what the mask loses is told when the run ends
    if (choice.backend->canWatch(options))
        run.startLive(choice.backend, tensor->score, options, paused, watched, viewer, breakpoint, pace, *historyBytes);
    else
        run.startBatch(choice.backend, tensor->score, options);
    emit q->optionsChanged();
    return run.session() != nullptr;
}

/// Bytes available for the key frames of a run; empty, with a message, if the run does not fit at all.
std::optional<std::int64_t> WorkspacePrivate::roomForHistory(const SolverBackend &solver)
{
    constexpr std::int64_t watchedCells = std::int64_t(1) << 22; // most cells that the viewport watches
    const TileGrid grid = q->grid(options.pattern.m);
    const std::int64_t left = memoryLimit - memoryInUse().total();
    const std::int64_t history = historyThatFits(solver, grid, options, watchedCells, left, SessionOptions().historyBytes);
    const RunMemory wanted = memoryOfRun(solver, grid, options, watchedCells, {.historyBytes = history});
    const bool isWatched = solver.canWatch(options);
    const QString what = (isWatched ? Workspace::tr("watching %1 at %2") : Workspace::tr("solving by %1 at %2"))
                             .arg(QString::fromStdString(std::string(nameOf(options.method))),
                                  QString::fromStdString(options.pattern.text()));
    const bool othersFit = isWatched && resultBytes(grid, options) <= left;
    const QString remedy = othersFit
        ? Workspace::tr("choose a larger M, or a method that is not watched, as greedy+swap, or use `nmscope solve`")
        : Workspace::tr("use `nmscope solve`, which streams it");
    if (isTooLarge(what, wanted, remedy))
        return std::nullopt;
    runMemory = wanted;
    return history;
}

void WorkspacePrivate::dropRun()
{
    leaveScrubbing();
    if (isInProgress())
        q->keepRun();
    const bool had = optionsOnScreen() != nullptr;
    kept.reset();
    runId.reset();
    runOptions.reset();
    run.drop();
    followGrid();
    if (had)
        emit q->optionsChanged();
}

bool WorkspacePrivate::isStarted() const
{
    const SessionState state = run.status().state;
    return !kept && run.session() && !q->settingsDiffer() &&
        (state == SessionState::Running || state == SessionState::Paused);
}

void WorkspacePrivate::leaveScrubbing()
{
    if (!scrubbedTo)
        return;
    scrubbedTo.reset();
    emit q->snapshotChanged();
}

/// While scores are computed there is nothing to solve yet; a run of the scores before would be dropped when they arrive.
bool WorkspacePrivate::waitsForScores(std::function<void()> command)
{
    if (!scoring.isRunning())
        return false;
    afterScoring = std::move(command);
    return true;
}

void Workspace::run()
{
    emit aboutToReadSettings();
    if (d->waitsForScores([this] { run(); }))
        return;
    d->leaveScrubbing();
    setShowsPruning(false);
    const SessionState state = sessionStatus().state;
    if (d->isStarted())
        d->run.session()->run();
    else if (settingsDiffer() || (state != SessionState::Running && state != SessionState::Rounding))
        d->startRun(false);
}

void Workspace::pause()
{
    if (!d->kept && d->run.session())
        d->run.session()->pause();
}

void Workspace::togglePause()
{
    if (d->run.session() && sessionStatus().state == SessionState::Running)
        pause();
    else
        run();
}

void Workspace::step(int iterations)
{
    emit aboutToReadSettings();
    if (!canWatch()) {
        d->report(MessageLevel::Info, tr("This method has no iterations to step through: Run solves all tiles at once"));
        return;
    }
    if (d->waitsForScores([this, iterations] { step(iterations); }))
        return;
    d->leaveScrubbing();
    setShowsPruning(false);
    if (d->isStarted() || d->startRun(true))
        d->run.session()->step(iterations);
}

void Workspace::runTo(int iteration)
{
    emit aboutToReadSettings();
    if (d->waitsForScores([this, iteration] { runTo(iteration); }))
        return;
    d->leaveScrubbing();
    setShowsPruning(false);
    if (d->isStarted() || d->startRun(true))
        d->run.session()->runTo(iteration);
}

void Workspace::cancel()
{
    d->afterScoring = {};
    if (!d->kept)
        d->run.cancel();
}

void Workspace::restart()
{
    emit aboutToReadSettings();
    if (d->waitsForScores([this] { restart(); }))
        return;
    d->startRun(false);
}

void Workspace::rewindHere()
{
    if (!d->scrubbedTo || !d->run.session())
        return;
    d->run.session()->rewind(*d->scrubbedTo);
    d->leaveScrubbing();
}

void Workspace::scrubTo(int iteration)
{
    if (d->kept)
        d->report(MessageLevel::Warning,
                  tr("The iterations of a kept run are not in memory: Restart (Ctrl+R) solves it again"));
    if (d->kept || !d->run.session())
        return;
    const HistoryInfo history = d->run.history();
    iteration = std::max(iteration, history.firstIteration);
    if (iteration >= d->run.status().iteration) {
        d->leaveScrubbing();
        return;
    }
    if (d->scrubbedTo == iteration)
        return;
    d->scrubbedTo = iteration;
    d->run.session()->requestHistory(iteration, d->watched);
    emit snapshotChanged();
}

void Workspace::followLive()
{
    d->leaveScrubbing();
}

void Workspace::setBreakpoint(std::optional<Breakpoint> breakpoint)
{
    d->breakpoint = breakpoint;
    if (d->run.session())
        d->run.session()->setBreakpoint(breakpoint);
    emit sessionChanged();
}

void Workspace::setViewerDevice(const std::optional<DeviceId> &device)
{
    if (device == d->viewer)
        return;
    d->viewer = device;
    if (d->run.session())
        d->run.session()->setViewer(device);
}

void Workspace::watchRegion(TileRegion region)
{
    region = region.clippedTo(grid());
    if (region == d->watched)
        return;
    d->watched = region;
    if (!d->run.session())
        return;
    d->run.session()->watch(region);
    if (d->scrubbedTo)
        d->run.session()->requestHistory(*d->scrubbedTo, region);
}

} // namespace nms
