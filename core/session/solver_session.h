// SPDX-License-Identifier: Apache-2.0
// A solver run that can be watched, paused, stepped and rewound.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/session/session_types.h"
#include "core/solver/snapshot.h"
#include "core/solver/solution.h"
#include "core/solver/solver_backend.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

/// Owns a worker thread with a command queue that is read between iterations, and a second thread that answers requests for
/// past iterations. Every member function may be called from any thread and returns at once, except waitUntilSettled() and
/// the destructor, which cancels and joins. Commands interrupt the iterations under way, so none waits longer than one
/// iteration takes. A start under way, and the rounding, are interrupted by cancel(), start(), restart() and the destructor;
/// other commands wait until the start is done. Commands that make no sense in the current state (pause() when Finished) are
/// ignored.
///
/// A method that its backend cannot watch (greedy, row-nm, …) can be run as well: it goes straight to Rounding, and latest()
/// stays null.
class SolverSession
{
public:
    explicit SolverSession(SessionOptions options = {});
    ~SolverSession();
    SolverSession(const SolverSession &) = delete;
    SolverSession &operator=(const SolverSession &) = delete;

    /// `listener` is called whenever status(), latest(), result() or fromHistory() has changed, on a thread of the session
    /// or of its backend, never on two at once. It must return at once, may call any member except this one, and is not
    /// called after the destructor has begun. While running: at most once per frame. Set it before start().
    void setListener(std::function<void()> listener);

    // Commands, carried out in the order given. start() replaces the current run.
    void start(std::shared_ptr<SolverBackend> backend, std::shared_ptr<const Matrix<float>> score,
               const SolveOptions &options, bool paused);
    void restart(bool paused); // the same run from iteration 0
    void run(); // to the end (or the next breakpoint)
    void pause();
    void step(int iterations = 1); // calls add up: two queued calls do two iterations; then paused
    void runTo(int iteration); // then paused; does nothing if the iteration is already done
    void cancel();
    /// The solver itself goes back (paused there, also from Finished, Cancelled or Failed); later history is dropped.
    void rewind(int iteration);
    void setBreakpoint(std::optional<Breakpoint> breakpoint);
    void watch(TileRegion region); // what latest() captures from now on; empty: per-tile figures only
    /// The device that draws latest(), if it can open memory exported by another API on that device (see Snapshot::plan).
    void setViewer(std::optional<DeviceId> device);
    /// Upper limit, so that the run can be followed by eye; 0 (the initial value): no limit. step() is not delayed.
    void setPace(double iterationsPerSecond);

    // State
    SessionStatus status() const;
    std::optional<Error> error() const;
    std::shared_ptr<const Snapshot> latest() const; // null before the first snapshot of this run
    std::shared_ptr<const Solution> result() const; // null until Finished
    /// All recorded iterations with a number larger than `iteration`, in order; a long run's are thinned out
    /// (SessionOptions::statistics). After a rewind, repeated iterations have the same scalars, except `seconds`.
    std::vector<IterationStats> statsSince(int iteration) const;
    HistoryInfo history() const;

    /// Scrubbing: requests the state at an iteration already done (for another number: at the nearest one), without
    /// affecting the solver. A newer request replaces an older one. The answer appears in fromHistory(), bit-identical to
    /// what latest() showed at that iteration, and the listener is called. If it takes long, the nearest key frame is shown
    /// in the meantime (historyRefining()).
    void requestHistory(int iteration, TileRegion region);
    std::shared_ptr<const Snapshot> fromHistory() const; // null before the first answer of this run
    /// Set while fromHistory() is the nearest key frame instead of the requested iteration: progress of the latter, in [0,
    /// 1].
    std::optional<double> historyRefining() const;
    std::optional<HistoryError> historyError() const; // empty if the last request was answered

    /// Blocks until the queue is empty, the session is not Running or Rounding, requests for history are answered and the
    /// listener has been called for all of this; false if that takes longer than `timeout`. For tests and the command line;
    /// a listener must not call it.
    bool waitUntilSettled(std::chrono::milliseconds timeout) const;

private:
    class Threads;
    std::unique_ptr<Threads> m_threads;
};

} // namespace nms
