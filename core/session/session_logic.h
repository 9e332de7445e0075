// SPDX-License-Identifier: Apache-2.0
// The run itself, without a thread or a queue: commands in, the live solve advanced, what is to be seen out.
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

/// One thread at a time. The owner's loop: handle() what is in the queue, or else turn() while active(); then flush().
/// An exception of a backend comes out of any of the three: hand it to fail().
class SessionLogic
{
public:
    using Clock = std::chrono::steady_clock;

    SessionLogic(SessionOptions options, SessionBoard &board);

    void handle(const SessionCommand &command);

    /// True while there is something to do without a further command.
    bool active() const;
    bool isRounding() const { return m_view.status.state == SessionState::Rounding; }
    Turn kindOfTurn() const;
    /// When the next turn() may begin: in the past, but where setPace() slows the run down.
    Clock::time_point due() const;
    /// The start, one chunk of iterations, about a frame long, or the rounding. Returns early when `stop` is requested; the
    /// state stays valid.
    void turn(const std::stop_token &stop);

    void fail(Error error);

    /// Publishes what has changed: at once where a viewer must know (paused, finished, …), else once per frame.
    void flush();

private:
    void obey(const StartCommand &command);
    void obey(const RestartCommand &command);
    void obey(const RunCommand &command);
    void obey(const PauseCommand &command);
    void obey(const StepCommand &command);
    void obey(const RunToCommand &command);
    void obey(const CancelCommand &command);
    void obey(const RewindCommand &command);
    void obey(const BreakpointCommand &command);
    void obey(const WatchCommand &command);
    void obey(const ViewerCommand &command);
    void obey(const PaceCommand &command);

    void begin(std::shared_ptr<SessionRun> run, bool paused);
    void start(const std::stop_token &stop);
    void advance(const std::stop_token &stop);
    void round(const std::stop_token &stop);
    void end(SessionState state, std::optional<Error> error = std::nullopt);

    bool canGoOn() const; // Running or Paused
    void goTo(int target);
    void halt();
    void setState(SessionState state);
    int position() const; // where the solve is, or will be once it has gone back or done what is under way
    bool isTorn() const; // between two iterations in some of its tiles
    bool mustBeWhole() const; // it is, and somebody wants to see it
    int chunk() const;
    bool atBreakpoint() const;
    Status saveKeyFrame(const std::stop_token &stop);
    Status captureLatest();
    Status showCaptured();
    void dropCapture();

    const SessionOptions m_options;
    SessionBoard &m_board;

    std::shared_ptr<SessionRun> m_run;
    std::unique_ptr<LiveSolve> m_live; // null before the run's iteration 0 is there
    bool m_starting = false; // it is to be made
    std::optional<int> m_target; // goes on to this iteration; none: paused
    bool m_stepping = false; // m_target comes from permits: further ones add to it
    std::optional<int> m_goingBackTo; // repeats iterations from a key frame on, shows nothing until there
    std::optional<Breakpoint> m_breakpoint;
    TileRegion m_region;
    std::optional<DeviceId> m_viewer;
    double m_pace = 0; // iterations per second; 0: no limit
    Clock::time_point m_due; // of the next iteration at that pace

    int m_chunk = 1; // iterations that take about a frame
    double m_iterationSeconds = 0; // running mean
    std::vector<IterationStats> m_stats; // of one chunk

    SessionView m_view;
    SnapshotPool m_pool;
    std::shared_ptr<Snapshot> m_capturing; // under way while the solve goes on
    bool m_tellNow = false;
    bool m_tellSoon = false;
    bool m_latestIsStale = false;
    bool m_wantsView = false; // of what a cancelled run has come to
    Clock::time_point m_nextFrame;
};

} // namespace nms
