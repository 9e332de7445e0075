// SPDX-License-Identifier: Apache-2.0
// The run itself, without thread or queue: it takes commands, advances the live solve and publishes views.
#pragma once

#include "core/session/session_board.h"
#include "core/session/session_command.h"
#include "core/session/session_run.h"
#include "core/session/snapshot_pool.h"

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace nms {

/// One thread at a time. The owner's loop: call handle() for every queued command; with no command, work() while active();
/// then flush(). All three let a backend's exceptions through: pass those to fail().
class SessionLogic
{
public:
    using Clock = std::chrono::steady_clock;

    SessionLogic(SessionOptions options, SessionBoard &board);

    void handle(const SessionCommand &command);

    /// True while there is work to do without a further command.
    bool active() const;
    bool isRounding() const { return m_view.status.state == SessionState::Rounding; }
    WorkKind kindOfWork() const;
    /// When the next work() may begin; in the past unless setPace() slows the run down.
    Clock::time_point due() const;
    /// Does one piece of work: the start, one chunk of iterations (about one frame long), or the rounding. Returns early
    /// when `stop` is requested; the state stays valid.
    void work(const std::stop_token &stop);

    void fail(Error error);

    /// Publishes what has changed: important changes (paused, finished, …) at once, others once per frame.
    void flush();

private:
    void apply(const StartCommand &command);
    void apply(const RestartCommand &command);
    void apply(const RunCommand &command);
    void apply(const PauseCommand &command);
    void apply(const StepCommand &command);
    void apply(const RunToCommand &command);
    void apply(const CancelCommand &command);
    void apply(const RewindCommand &command);
    void apply(const BreakpointCommand &command);
    void apply(const WatchCommand &command);
    void apply(const ViewerCommand &command);
    void apply(const PaceCommand &command);

    void begin(std::shared_ptr<SessionRun> run, bool paused);
    void start(const std::stop_token &stop);
    void advance(const std::stop_token &stop);
    void round(const std::stop_token &stop);
    void end(SessionState state, std::optional<Error> error = std::nullopt);

    bool canGoOn() const; // Running or Paused
    void goTo(int target);
    void pauseNow();
    void setState(SessionState state);
    int position() const; // where the solve will be after going back and finishing iterations under way
    bool isIterationIncomplete() const; // an iteration was interrupted: it is done in some tiles only
    bool mustCompleteIteration() const; // isIterationIncomplete(), and a viewer wants a complete state
    int chunk() const;
    std::optional<BreakpointHit> atBreakpoint(const std::stop_token &stop);
    BreakpointFigures matrixFigures(const IterationStats &stats) const;
    BreakpointFigures breakpointFigures(const IterationStats &stats, const std::stop_token &stop);
    Status saveKeyFrame(const std::stop_token &stop);
    Status captureLatest();
    Status showCaptured();
    void dropCapture();

    const SessionOptions m_options;
    SessionBoard &m_board;

    std::shared_ptr<SessionRun> m_run;
    std::unique_ptr<LiveSolve> m_live; // null until the run's iteration 0 has been made
    bool m_starting = false; // m_live is still to be made
    std::optional<int> m_target; // runs up to this iteration; none: paused
    bool m_stepping = false; // m_target was set by step commands: further ones add to it
    std::optional<int> m_goingBackTo; // repeats iterations from a key frame up to this one; nothing is shown before that
    std::optional<Breakpoint> m_breakpoint;
    std::optional<BreakpointFigures> m_breakpointFigures; // of the latest iteration that was examined
    TileRegion m_region;
    std::optional<DeviceId> m_viewer;
    double m_pace = 0; // iterations per second; 0: no limit
    Clock::time_point m_due; // when the next iteration may begin at that pace

    int m_chunk = 1; // iterations that take about a frame
    double m_iterationSeconds = 0; // running mean of the time of one iteration
    std::vector<IterationStats> m_stats; // of the current chunk

    SessionView m_view;
    SnapshotPool m_pool;
    std::shared_ptr<Snapshot> m_capturing; // capture under way while the solve continues
    bool m_publishNow = false;
    bool m_publishSoon = false;
    bool m_latestIsStale = false;
    bool m_wantsView = false; // a viewer wants to see the state that a cancelled run has reached
    Clock::time_point m_nextFrame;
};

} // namespace nms
