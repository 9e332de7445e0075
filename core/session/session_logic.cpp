// SPDX-License-Identifier: Apache-2.0
#include "core/session/session_logic.h"

#include "core/solver/hand_over.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace nms {

namespace {

constexpr int toTheEnd = std::numeric_limits<int>::max();
constexpr int maxChunk = 1 << 20;

int saturatingSum(int a, int b)
{
    return a > toTheEnd - b ? toTheEnd : a + b;
}

double secondsSince(SessionLogic::Clock::time_point begin)
{
    return std::chrono::duration<double>(SessionLogic::Clock::now() - begin).count();
}

SessionLogic::Clock::duration fromSeconds(double seconds)
{
    return std::chrono::duration_cast<SessionLogic::Clock::duration>(std::chrono::duration<double>(seconds));
}

} // namespace

SessionLogic::SessionLogic(SessionOptions options, SessionBoard &board) : m_options(options), m_board(board) { }

void SessionLogic::handle(const SessionCommand &command)
{
    std::visit([this](const auto &which) { apply(which); }, command);
}

void SessionLogic::apply(const StartCommand &command)
{
    begin(std::make_shared<SessionRun>(command.backend, command.score, command.options, m_options), command.paused);
}

void SessionLogic::apply(const RestartCommand &command)
{
    if (m_run)
        begin(std::make_shared<SessionRun>(m_run->backend, m_run->score, m_run->options, m_options), command.paused);
}

void SessionLogic::apply(const RunCommand &)
{
    goTo(toTheEnd);
}

void SessionLogic::apply(const PauseCommand &)
{
    if (canGoOn())
        pauseNow();
}

void SessionLogic::apply(const StepCommand &command)
{
    if (!canGoOn() || command.iterations < 1)
        return;
    const int from = m_stepping ? *m_target : position();
    goTo(saturatingSum(from, command.iterations));
    m_stepping = true;
}

void SessionLogic::apply(const RunToCommand &command)
{
    if (canGoOn() && command.iteration > position())
        goTo(command.iteration);
}

void SessionLogic::apply(const CancelCommand &)
{
    if (canGoOn() || isRounding())
        end(SessionState::Cancelled);
}

void SessionLogic::apply(const RewindCommand &command)
{
    if (!m_view.run)
        return;
    dropCapture();
    RunHistory &history = m_run->history;
    const int iteration = std::clamp(command.iteration, 0, history.info().lastIteration);
    if (const Status restored = m_live->restore(*history.keyFrameAtOrBefore(iteration)); !restored)
        return fail(restored.error());
    history.dropAfter(iteration);
    m_view.error.reset();
    m_view.result.reset();
    m_goingBackTo = iteration;
    m_latestIsStale = true;
    pauseNow();
}

void SessionLogic::apply(const BreakpointCommand &command)
{
    m_breakpoint = command.breakpoint;
    m_breakpointFigures.reset();
}

void SessionLogic::apply(const WatchCommand &command)
{
    if (command.region == m_region)
        return;
    m_region = command.region;
    m_latestIsStale = true;
    m_wantsView = true;
    (active() ? m_publishSoon : m_publishNow) = true;
}

void SessionLogic::apply(const ViewerCommand &command)
{
    m_viewer = command.device;
    if (m_live)
        m_live->setViewer(m_viewer);
}

void SessionLogic::apply(const PaceCommand &command)
{
    m_pace = std::isfinite(command.iterationsPerSecond) ? std::max(0.0, command.iterationsPerSecond) : 0;
    m_due = Clock::now();
    m_publishSoon = m_publishSoon || m_capturing; // at a slow pace the next work may be far off
}

void SessionLogic::begin(std::shared_ptr<SessionRun> run, bool paused)
{
    dropCapture();
    m_live.reset(); // frees its memory before the next solve allocates
    m_run = std::move(run);
    m_pool = {};
    m_target.reset();
    m_stepping = false;
    m_goingBackTo.reset();
    m_chunk = 1;
    m_iterationSeconds = 0;
    m_breakpointFigures.reset();
    m_due = Clock::now();
    const std::uint64_t generation = m_view.status.generation + 1;
    m_view = {};
    m_view.status.generation = generation;
    m_view.status.state = paused ? SessionState::Paused : SessionState::Running;
    m_view.status.starting = 0;
    m_starting = true;
    if (!paused)
        m_target = toTheEnd;
    m_board.publish(m_view); // the start may take a while; the previous run must not stay on display
}

void SessionLogic::start(const std::stop_token &stop)
{
    const auto report = [this](std::int64_t done, std::int64_t total) {
        m_board.publishStarting(total > 0 ? double(done) / double(total) : 1);
    };
    Result<std::unique_ptr<LiveSolve>> live = m_run->startLive({stop, report});
    Status started = live ? Status() : nms::fail(live.error());
    if (started) {
        m_live = std::move(*live);
        m_live->setViewer(m_viewer);
        m_run->reader = m_live->keyFrameReader();
        started = saveKeyFrame(stop);
    }
    if (!started) {
        m_live.reset();
        if (!stop.stop_requested()) // if stopped, the command that caused it decides what happens next
            fail(started.error());
        return;
    }
    m_starting = false;
    m_view.status.starting.reset();
    m_view.run = m_run;
    m_latestIsStale = true;
    m_publishNow = true;
}

bool SessionLogic::active() const
{
    return m_starting || m_target || m_goingBackTo || isRounding() || mustCompleteIteration();
}

bool SessionLogic::isIterationIncomplete() const
{
    return m_live && m_live->underWay() > 0;
}

bool SessionLogic::mustCompleteIteration() const
{
    const SessionState state = m_view.status.state;
    return isIterationIncomplete() && (state == SessionState::Running || (state == SessionState::Cancelled && m_wantsView));
}

WorkKind SessionLogic::kindOfWork() const
{
    return m_starting ? WorkKind::Start : isRounding() ? WorkKind::Rounding : WorkKind::Iterations;
}

SessionLogic::Clock::time_point SessionLogic::due() const
{
    const bool paced = m_pace > 0 && m_target && !m_stepping && !m_goingBackTo && !m_starting && !isRounding();
    return paced ? m_due : Clock::time_point::min();
}

void SessionLogic::work(const std::stop_token &stop)
{
    if (m_starting)
        start(stop);
    else if (isRounding())
        round(stop);
    else if (m_target && !m_goingBackTo && m_live->finished())
        setState(SessionState::Rounding);
    else if (active())
        advance(stop);
}

void SessionLogic::advance(const std::stop_token &stop)
{
    const int before = m_live->iteration();
    const bool goesOn = m_target || m_goingBackTo; // else only the interrupted iteration is completed
    const int count =
        goesOn && !isIterationIncomplete() ? chunk() : 0; // an interrupted iteration is completed and checked first
    const bool hasWork = count > 0 || isIterationIncomplete();
    m_stats.clear();
    if (count > 0 && before > 0 && m_target && m_breakpoint && m_breakpoint->examinesState() &&
        !(m_breakpointFigures && m_breakpointFigures->iteration == before))
        if (const auto stats = m_run->history.statsAt(before))
            m_breakpointFigures = breakpointFigures(*stats, stop); // with which the next iteration's are compared
    const Clock::time_point begun = Clock::now();
    const Status advanced = hasWork ? m_live->advance(count, stop, m_stats) : Status();
    const double seconds = secondsSince(begun);
    const int now = m_live->iteration();
    const int done = now - before;

    m_run->history.append(m_stats);
    m_latestIsStale = m_latestIsStale || done > 0;
    m_publishSoon = true;
    if (!advanced)
        return fail(advanced.error());
    if (done == 0 && hasWork && !stop.stop_requested() && !m_live->finished())
        return fail(
            {ErrorKind::Internal, m_run->backend->id(),
             "iteration " + std::to_string(now + 1) + " of " + std::string(nameOf(m_run->options.method)) + " was not done",
             "please report this as a bug"});
    if (done > 0) {
        const double each = std::max(seconds / done, 1e-9);
        m_iterationSeconds = m_iterationSeconds > 0 ? 0.5 * (m_iterationSeconds + each) : each;
        // Each call has a cost of its own, as tiles have to be resumed: where fewer iterations than these fit a frame, but
        // at least one does, up to three frames are allowed.
        constexpr double worthwhile = 8;
        const double frame = std::chrono::duration<double>(m_options.frame).count() / m_iterationSeconds; // iterations
        const double fitting = frame < 1 ? frame : std::max(frame, std::min(worthwhile, 3 * frame));
        // At most doubled each time: a single quick iteration says little.
        m_chunk = int(std::clamp(fitting, 1.0, std::min(2.0 * m_chunk, double(maxChunk))));
    }
    if (isIterationIncomplete())
        return;
    m_publishNow = m_publishNow || !goesOn;
    if (!goesOn && m_view.status.state == SessionState::Running)
        setState(SessionState::Paused);
    if (m_run->history.wantsKeyFrame(now, m_iterationSeconds)) {
        if (const Status saved = saveKeyFrame(stop); !saved && !stop.stop_requested()) // if stopped, it is not needed
            return fail(saved.error());
    }

    if (m_goingBackTo) {
        if (now >= *m_goingBackTo) {
            m_goingBackTo.reset();
            setState(m_target ? SessionState::Running : SessionState::Paused);
        }
        return;
    }
    if (!goesOn)
        return;
    if (m_pace > 0)
        m_due = std::max(m_due, Clock::now() - m_options.frame) + fromSeconds(done / m_pace);
    if (m_live->finished())
        setState(SessionState::Rounding);
    else if (const auto hit = done > 0 ? atBreakpoint(stop) : std::nullopt; hit || now >= *m_target) {
        pauseNow();
        m_view.status.pausedBy = hit;
    }
}

int SessionLogic::chunk() const
{
    const int now = m_live->iteration();
    const int count = std::min(m_chunk, m_run->history.nextKeyFramePlace(now, m_iterationSeconds) - now);
    if (m_goingBackTo)
        return std::min(count, *m_goingBackTo - now);
    const auto fitsPace = [this](int wanted) {
        const double perFrame = m_pace * std::chrono::duration<double>(m_options.frame).count();
        return m_pace > 0 ? int(std::clamp<double>(perFrame, 1, wanted)) : wanted;
    };
    int limit = std::min(fitsPace(count), *m_target - now);
    if (m_breakpoint && m_breakpoint->iteration && *m_breakpoint->iteration > now)
        limit = std::min(limit, *m_breakpoint->iteration - now);
    return m_breakpoint && m_breakpoint->watchesEveryIteration() ? std::min(limit, 1) : limit;
}

std::optional<BreakpointHit> SessionLogic::atBreakpoint(const std::stop_token &stop)
{
    if (!m_breakpoint || m_stats.empty())
        return std::nullopt;
    const IterationStats &stats = m_stats.back();
    const BreakpointFigures now = breakpointFigures(stats, stop);
    std::optional<BreakpointFigures> before;
    if (m_breakpointFigures && m_breakpointFigures->iteration == stats.iteration - 1)
        before = m_breakpointFigures;
    else if (const auto previous = m_run->history.statsAt(stats.iteration - 1))
        before = matrixFigures(*previous);
    m_breakpointFigures = now;
    return hitOf(*m_breakpoint, now, before ? &*before : nullptr);
}

/// The figures of the whole matrix that the breakpoint compares: none of residual and gap if it is about one tile.
BreakpointFigures SessionLogic::matrixFigures(const IterationStats &stats) const
{
    BreakpointFigures figures = figuresOf(stats);
    if (m_breakpoint && m_breakpoint->tile)
        figures.residual = figures.planGap = std::nullopt;
    return figures;
}

/// The figures of the current state; where `stop` ends their computation, or the tile is not in the grid, they are empty.
BreakpointFigures SessionLogic::breakpointFigures(const IterationStats &stats, const std::stop_token &stop)
{
    BreakpointFigures figures = matrixFigures(stats);
    const std::optional<std::int64_t> tile = m_breakpoint->tile;
    if (tile && (m_breakpoint->residualBelow || m_breakpoint->planGapBelow)) {
        const std::shared_ptr<Snapshot> snapshot = m_pool.take();
        if (m_live->capture({}, *snapshot) && std::size_t(*tile) < snapshot->tiles.size()) {
            const TileStats &figuresOfTile = snapshot->tiles[std::size_t(*tile)];
            figures.residual = figuresOfTile.residual;
            figures.planGap = figuresOfTile.gap;
        }
    }
    if (m_breakpoint->maskGapBelow) {
        const Result<Solution> solution = m_live->round({stop, {}});
        if (solution && !tile)
            figures.maskGap = solution->totals().relativeGap;
        else if (solution && std::size_t(*tile) < solution->tiles.size())
            figures.maskGap = solution->tiles[std::size_t(*tile)].gap();
    }
    return figures;
}

void SessionLogic::round(const std::stop_token &stop)
{
    Result<Solution> solution = m_live->round({stop, {}});
    if (solution)
        if (const Status checked = checkSolution(*solution, m_run->score->span(), m_run->options.threads); !checked)
            return fail(checked.error());
    if (solution) {
        m_view.result = std::make_shared<const Solution>(std::move(*solution));
        end(SessionState::Finished);
    } else if (!stop.stop_requested()) { // if stopped, the command that caused it decides what happens next
        fail(solution.error());
    }
}

void SessionLogic::fail(Error error)
{
    end(SessionState::Failed, std::move(error));
}

void SessionLogic::end(SessionState state, std::optional<Error> error)
{
    if (m_goingBackTo && m_live)
        m_run->history.dropAfter(m_live->iteration()); // iterations after this one were not reached again
    m_goingBackTo.reset();
    m_target.reset();
    m_stepping = false;
    m_starting = false;
    m_wantsView = false;
    m_view.status.starting.reset();
    m_view.error = std::move(error);
    setState(state);
}

bool SessionLogic::canGoOn() const
{
    return m_view.status.state == SessionState::Running || m_view.status.state == SessionState::Paused;
}

void SessionLogic::goTo(int target)
{
    if (!canGoOn())
        return;
    m_target = target;
    m_stepping = false;
    setState(SessionState::Running);
}

void SessionLogic::pauseNow()
{
    m_target.reset();
    m_stepping = false;
    // Iterations under way are finished first: a paused run does not change.
    setState(m_goingBackTo || isIterationIncomplete() ? SessionState::Running : SessionState::Paused);
}

void SessionLogic::setState(SessionState state)
{
    m_publishNow = m_publishNow || m_view.status.state != state;
    m_view.status.state = state;
    m_view.status.pausedBy.reset();
}

int SessionLogic::position() const
{
    return m_goingBackTo.value_or(m_live ? m_live->iteration() + m_live->underWay() : 0);
}

Status SessionLogic::saveKeyFrame(const std::stop_token &stop)
{
    auto frame = std::make_shared<KeyFrame>();
    const Status saved = m_live->save(*frame, stop);
    if (saved) {
        frame->iteration = m_live->iteration();
        m_run->history.addKeyFrame(std::move(frame));
    }
    return saved;
}

/// At full speed a capture is shown one frame later, so that the solve need not wait for it. After a pause or step it is
/// completed at once, so that exactly that iteration is shown.
Status SessionLogic::captureLatest()
{
    m_capturing = m_pool.take();
    const Result<bool> complete = m_live->beginCapture(m_region, *m_capturing);
    if (!complete) {
        m_capturing.reset();
        return nms::fail(complete.error());
    }
    m_latestIsStale = false;
    const bool fullSpeed = m_view.status.state == SessionState::Running && m_pace == 0 && !m_publishNow;
    return *complete || !fullSpeed ? showCaptured() : Status();
}

Status SessionLogic::showCaptured()
{
    const std::shared_ptr<Snapshot> snapshot = std::exchange(m_capturing, nullptr);
    if (Status ended = m_live->endCapture(); !ended)
        return ended;
    // Use the recorded scalars, so that a snapshot recomputed later is identical, even in `seconds`.
    if (const auto stats = m_run->history.statsAt(snapshot->iteration))
        snapshot->stats = *stats;
    m_view.latest = snapshot;
    return {};
}

void SessionLogic::dropCapture()
{
    if (m_capturing)
        static_cast<void>(m_live->endCapture()); // an error will be reported by the next call as well
    m_capturing.reset();
}

void SessionLogic::flush()
{
    const Clock::time_point now = Clock::now();
    if (!m_publishNow && !(m_publishSoon && now >= m_nextFrame))
        return;
    const bool worthSeeing = m_live && m_run->hasIterations() && !m_goingBackTo && !isIterationIncomplete() &&
        m_view.status.state != SessionState::Failed;
    if (m_live) {
        m_view.status.iteration = m_live->iteration();
        m_view.status.plannedIterations = m_live->plannedIterations();
    }
    if (m_view.status.state == SessionState::Cancelled && m_latestIsStale && worthSeeing)
        m_board.publish(m_view); // at once; the snapshot of the state reached follows a little later
    Status captured;
    if (m_capturing && worthSeeing)
        captured = showCaptured();
    if (captured && m_latestIsStale && worthSeeing)
        captured = captureLatest();
    if (!captured)
        fail(captured.error());
    m_board.publish(m_view);
    m_publishNow = m_publishSoon = false;
    const double spent = secondsSince(now);
    const Clock::duration atLeast = fromSeconds(spent / std::max(m_options.captureShare, m_options.slowCaptureShare));
    const Clock::duration wanted =
        std::min(fromSeconds(spent / m_options.captureShare), std::max<Clock::duration>(atLeast, m_options.slowestCapture));
    m_nextFrame = now + std::max<Clock::duration>(m_options.frame, wanted);
}

} // namespace nms
