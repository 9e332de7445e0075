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
/// past iterations. Every member function may be called from any thread and returns at once, but for waitUntilSettled() and
/// for the destructor, which cancels and joins. Commands interrupt the iterations under way, so none waits longer than one
/// iteration takes. A start under way, and the rounding, are ended by cancel(), start(), restart() and the destructor; other
/// commands wait for a start to be there. What a state has no use for is ignored (pause() when Finished).
///
/// A method that its backend cannot watch (greedy, row-nm, …) runs all the same: it goes straight to Rounding, and latest()
/// stays null.
class SolverSession
{
public:
    explicit SolverSession(SessionOptions options = {});
    ~SolverSession();
    SolverSession(const SolverSession &) = delete;
    SolverSession &operator=(const SolverSession &) = delete;

    /// Called on one of the session's threads or of its backend's, never on two at once, whenever status(), latest(),
    /// result() or fromHistory() has changed; must return at once, may call any member but this one, and is not called any
    /// more once the destructor has begun. While running: at most once per frame. Set it before start().
    void setListener(std::function<void()> listener);

    // Commands, in the order given. start() replaces what runs.
    void start(std::shared_ptr<SolverBackend> backend, std::shared_ptr<const Matrix<float>> score,
               const SolveOptions &options, bool paused);
    void restart(bool paused); // the same run from iteration 0
    void run(); // to the end (or the next breakpoint)
    void pause();
    void step(int iterations = 1); // counted permits: two steps queued are two iterations done, then paused
    void runTo(int iteration); // then paused; an iteration already done: nothing
    void cancel();
    /// The solver itself goes back (paused there, also from Finished, Cancelled or Failed); later history is dropped.
    void rewind(int iteration);
    void setBreakpoint(std::optional<Breakpoint> breakpoint);
    void watch(TileRegion region); // what latest() captures from now on; empty: the tiles' figures alone
    /// The device that draws what latest() shows, if it can open memory of others there (see Snapshot::plan).
    void setViewer(std::optional<DeviceId> device);
    /// At most so many iterations per second, for an eye to follow; 0, as at first: as fast as it goes. Steps do not wait.
    void setPace(double iterationsPerSecond);

    // State
    SessionStatus status() const;
    std::optional<Error> error() const;
    std::shared_ptr<const Snapshot> latest() const; // null before the first of this run
    std::shared_ptr<const Solution> result() const; // null until Finished
    /// All recorded with a larger number, in order; of a long run some in between are left out (SessionOptions::statistics).
    /// After a rewind, iterations done again have the same figures (but for `seconds`).
    std::vector<IterationStats> statsSince(int iteration) const;
    HistoryInfo history() const;

    /// Scrubbing: asks for the state at an iteration already done (another number: the nearest one), without commanding the
    /// solver. The newest request counts; the answer appears in fromHistory() and the listener is called, bit-identical to
    /// what latest() showed then. Where it takes long the nearest key frame appears before it (historyRefining()).
    void requestHistory(int iteration, TileRegion region);
    std::shared_ptr<const Snapshot> fromHistory() const; // null before the first of this run
    /// While fromHistory() is the nearest key frame in place of what was asked for: how far that is, in [0, 1].
    std::optional<double> historyRefining() const;
    std::optional<HistoryError> historyError() const; // nothing where the last request was answered

    /// Blocks until the queue is empty, the session is not Running or Rounding, requests for history are answered and the
    /// listener has been told of it all; false when that takes longer. For tests and the command line: not for a listener.
    bool waitUntilSettled(std::chrono::milliseconds timeout) const;

private:
    class Threads;
    std::unique_ptr<Threads> m_threads;
};

} // namespace nms
