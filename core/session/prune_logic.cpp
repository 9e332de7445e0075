// SPDX-License-Identifier: Apache-2.0
#include "core/session/prune_logic.h"

#include "core/prune/prune_layer.h"
#include "core/sparsity/transposed.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace nms {

namespace {

constexpr int theEnd = std::numeric_limits<int>::max();

double since(PruneLogic::Clock::time_point start)
{
    return std::chrono::duration<double>(PruneLogic::Clock::now() - start).count();
}

double keptMagnitudeOf(Span2d<const float> weights, const Mask *mask)
{
    double sum = 0;
    for (std::int64_t row = 0; row < weights.rows; ++row)
        for (std::int64_t col = 0; col < weights.cols; ++col)
            if (mask == nullptr || mask->at(row, col))
                sum += double(std::fabs(weights(row, col)));
    return sum;
}

} // namespace

PruneLogic::PruneLogic(PruneProblem problem, const PruneSessionOptions &options, bool paused,
                       std::function<void(const PruneView &)> publish)
    : m_problem(std::move(problem)), m_options(options), m_publish(std::move(publish)), m_history(options.historyBytes)
{
    m_view.status.state = paused ? SessionState::Paused : SessionState::Running;
    m_view.status.generation = 1;
    m_view.status.starting = 0;
    if (!paused)
        m_target = theEnd;
}

bool PruneLogic::isOver() const
{
    const SessionState state = m_view.status.state;
    return state == SessionState::Finished || state == SessionState::Cancelled || state == SessionState::Failed;
}

void PruneLogic::handle(const PruneCommand &command)
{
    using Wish = PruneCommand::Kind;
    switch (command.kind) {
    case Wish::Run:
    case Wish::Step:
    case Wish::RunTo: {
        if (isOver())
            return;
        const int from = m_stepping && m_target ? *m_target : head();
        const int target = command.kind == Wish::Run ? theEnd
            : command.kind == Wish::RunTo            ? command.number
                                                     : from + std::max(0, command.number);
        m_stepping = command.kind == Wish::Step;
        if (target > head())
            m_target = target;
        break;
    }
    case Wish::Pause:
        m_target.reset();
        break;
    case Wish::Cancel:
        m_requestedStep.reset();
        if (isOver())
            return;
        m_target.reset();
        m_view.status.starting.reset();
        m_view.status.state = SessionState::Cancelled;
        break;
    case Wish::Rewind:
        rewind(command.number);
        break;
    case Wish::Show:
        if (m_run && !isStarting())
            m_requestedStep = std::clamp(command.number, 0, head());
        return;
    case Wish::Pace:
        m_pace = std::max(0.0, command.pace);
        m_due = {};
        return;
    }
    settle();
    publish();
}

/// Sets Running or Paused, unless the run is over.
void PruneLogic::settle()
{
    if (!isOver())
        m_view.status.state = m_target ? SessionState::Running : SessionState::Paused;
}

PruneLogic::Clock::time_point PruneLogic::due() const
{
    return isReplaying() || isStarting() ? Clock::time_point() : m_due;
}

void PruneLogic::work(const std::stop_token &stop)
{
    if (isStarting())
        start();
    else if (m_isGoingBack)
        goBack(stop);
    else if (m_requestedStep)
        show(stop);
    else if (m_target)
        advance(stop);
    publish();
}

void PruneLogic::start()
{
    const auto begun = Clock::now();
    const Span2d<const float> weights = m_problem.weights->span();
    auto run = startLayer({weights, m_problem.gram.get()}, m_problem.options, {*m_problem.backend, *m_problem.algebra});
    if (!run)
        return fail(run.error());
    m_stepSeconds = since(begun);
    m_run = std::move(*run);
    if (m_problem.gram) {
        auto errors = ErrorMapper::make(weights, *m_problem.gram, *m_problem.algebra, m_problem.options.tiles.threads);
        if (!errors)
            return fail(errors.error());
        m_errors = std::move(*errors);
    }
    m_magnitude = keptMagnitudeOf(weights, nullptr);
    m_history.add(std::make_shared<const LayerKeyFrame>(m_run->save()));
    m_figures.assign(1, {});
    auto snapshot = takeSnapshot();
    if (!snapshot)
        return fail(snapshot.error());
    m_view.live = std::move(*snapshot);
    note(m_view.live->figures);
    m_view.status.starting.reset();
    m_view.status.plannedIterations = m_run->plannedIterations();
    settle();
}

/// Does the step after head().
void PruneLogic::advance(const std::stop_token &stop)
{
    const Result<bool> there = goTo(head(), stop);
    if (!there)
        return fail(there.error());
    if (!*there)
        return;
    const auto begun = Clock::now();
    m_due = m_pace > 0 ? begun + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / m_pace))
                       : Clock::time_point();
    std::vector<PruneStep> done;
    const Status advanced = m_run->advance(1, stop, done);
    m_stepSeconds += since(begun);
    m_isInterrupted = done.empty();
    if (!advanced)
        return fail(advanced.error());
    if (m_isInterrupted)
        return;
    m_headFrame.reset();
    m_view.status.iteration = m_run->iteration();
    m_headFinished = m_run->finished();
    m_figures.push_back({.step = done.back()});
    if (m_history.wants(head()))
        m_history.add(std::make_shared<const LayerKeyFrame>(m_run->save()));
    if (m_headFinished || head() >= *m_target)
        m_target.reset();
    const bool isCheap = m_lastLook < m_options.cheapLook.count() || m_lookSeconds <= m_options.lookingShare * m_stepSeconds;
    if (!m_target || m_pace > 0 || isCheap) {
        auto snapshot = takeSnapshot();
        if (!snapshot)
            return fail(snapshot.error());
        m_view.live = std::move(*snapshot);
        note(m_view.live->figures);
    }
    m_view.fraction = m_run->fraction();
    m_view.status.plannedIterations = m_run->plannedIterations();
    if (m_headFinished)
        m_view.status.state = SessionState::Finished;
    settle();
}

void PruneLogic::show(const std::stop_token &stop)
{
    const int step = *m_requestedStep;
    const Result<bool> there = goTo(step, stop);
    if (there && !*there)
        return; // stopped: m_requestedStep has been replaced or cleared
    m_requestedStep.reset();
    m_view.past.reset();
    m_view.pastError.reset();
    auto snapshot = there ? takeSnapshot() : Result<std::shared_ptr<const PruneSnapshot>>(nms::fail(there.error()));
    if (!snapshot) {
        m_view.pastError = HistoryError{snapshot.error(), step};
        return;
    }
    m_view.past = std::move(*snapshot);
    note(m_view.past->figures);
}

void PruneLogic::rewind(int step)
{
    if (!m_run || isStarting())
        return;
    m_target.reset();
    m_stepping = false;
    m_headFrame.reset();
    m_headFinished = m_headFinished && step >= head();
    m_view.status.iteration = std::clamp(step, 0, head());
    m_view.status.state = m_headFinished ? SessionState::Finished : SessionState::Paused;
    m_view.error.reset();
    m_history.dropAfter(head());
    m_figures.resize(std::size_t(head()) + 1);
    m_requestedStep.reset();
    m_view.past.reset();
    m_view.pastError.reset();
    m_isGoingBack = true;
}

void PruneLogic::goBack(const std::stop_token &stop)
{
    const Result<bool> there = goTo(head(), stop);
    if (!there)
        return fail(there.error());
    if (!*there)
        return;
    m_isGoingBack = false;
    auto snapshot = takeSnapshot();
    if (!snapshot)
        return fail(snapshot.error());
    m_view.live = std::move(*snapshot);
    note(m_view.live->figures);
    m_view.fraction = m_run->fraction();
    m_view.status.plannedIterations = m_run->plannedIterations();
}

/// Brings m_run to a step done before; false if `stop` was requested first.
Result<bool> PruneLogic::goTo(int step, const std::stop_token &stop)
{
    if (!m_isInterrupted && m_run->iteration() == step)
        return true;
    if (!m_isInterrupted && m_run->iteration() == head() && !m_headFrame)
        m_headFrame = std::make_shared<const LayerKeyFrame>(m_run->save());
    const auto frame = step == head() && m_headFrame ? m_headFrame : m_history.atOrBefore(step);
    const int at = m_run->iteration();
    if (m_isInterrupted || at > step || at < frame->iteration) {
        m_isInterrupted = true;
        if (const Status restored = m_run->restore(*frame); !restored)
            return nms::fail(restored.error());
        m_isInterrupted = false;
    }
    std::vector<PruneStep> again;
    while (m_run->iteration() < step) {
        again.clear();
        const Status advanced = m_run->advance(1, stop, again);
        m_isInterrupted = again.empty();
        if (!advanced)
            return nms::fail(advanced.error());
        if (m_isInterrupted)
            return false;
    }
    return true;
}

/// A snapshot of the step that m_run is at.
Result<std::shared_ptr<const PruneSnapshot>> PruneLogic::takeSnapshot()
{
    const auto begun = Clock::now();
    auto snapshot = std::make_shared<PruneSnapshot>();
    snapshot->layer = m_run->layer();
    snapshot->figures = m_figures[std::size_t(m_run->iteration())];
    const double kept = keptMagnitudeOf(m_problem.weights->span(), &snapshot->layer.mask);
    snapshot->figures.keptMagnitude = m_magnitude > 0 ? kept / m_magnitude : 1;
    if (m_errors) {
        auto map = m_errors->of(snapshot->layer.weights.span());
        if (!map)
            return nms::fail(map.error());
        snapshot->figures.error = map->relative;
        if (m_problem.showsInByOut) {
            map->entries = transposedOf(map->entries);
            std::swap(map->rows, map->cols);
        }
        snapshot->error = std::make_shared<const ErrorMap>(std::move(*map));
    }
    if (m_problem.showsInByOut) {
        snapshot->layer.weights = transposedOf(snapshot->layer.weights);
        snapshot->layer.mask = transposedOf(snapshot->layer.mask);
    }
    m_lastLook = since(begun);
    m_lookSeconds += m_lastLook;
    return snapshot;
}

void PruneLogic::note(PruneFigures figures)
{
    m_figures[std::size_t(figures.step.iteration)] = figures;
}

void PruneLogic::fail(const Error &error)
{
    m_target.reset();
    m_requestedStep.reset();
    m_isGoingBack = false;
    m_view.status.starting.reset();
    m_view.status.state = SessionState::Failed;
    m_view.error = error;
    publish();
}

void PruneLogic::publish()
{
    m_view.seconds = m_stepSeconds;
    m_view.history = m_history.info(head());
    m_view.figures = std::make_shared<const std::vector<PruneFigures>>(m_figures);
    m_publish(m_view);
}

} // namespace nms
