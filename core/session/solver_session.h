// SPDX-License-Identifier: Apache-2.0
// A solver run that can be watched, paused, stepped and rewound.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/solver/snapshot.h"
#include "core/solver/solution.h"
#include "core/solver/solver_backend.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

enum class SessionState {
    Idle, // nothing started
    Running,
    Paused,
    Rounding, // the plan is final, the mask is being made
    Finished, // result() is there
    Cancelled,
    Failed, // error() says why
};

struct SessionStatus {
    SessionState state = SessionState::Idle;
    int iteration = 0; // done
    int plannedIterations = -1; // −1: unknown
    std::uint64_t generation = 0; // one more with every start() and restart()
    /// While iteration 0 is being made: how far it is, in [0, 1]. With a warm start that takes as long as the method that it
    /// starts from. The state is Running or Paused, which says what comes after.
    std::optional<double> starting = std::nullopt;
};

/// Pause at an iteration, or where a scalar falls below a limit that it kept at the iteration before (so that a run can go
/// on from there).
struct Breakpoint {
    std::optional<int> iteration = std::nullopt;
    std::optional<double> residualBelow = std::nullopt; // max(row, column residual)
    std::optional<double> gapBelow = std::nullopt; // |bound − objective| / bound of the sums
};

struct HistoryInfo {
    int firstIteration = 0;
    int lastIteration = 0; // every iteration between the two can be asked for
    std::int64_t keyFrames = 0;
    std::int64_t bytes = 0; // of the key frames
    std::int64_t byteLimit = 0; // likewise
    std::int64_t statisticsBytes = 0; // of the iterations' scalars
};

/// Why the last request for a past iteration could not be answered.
struct HistoryError : Error {
    int iteration = 0; // asked for
};

struct SessionOptions {
    /// Over this, key frames are thinned out; the one of iteration 0 always stays.
    std::int64_t historyBytes = std::int64_t(512) << 20;
    /// Over so many iterations their scalars are thinned out, too: 6 MB.
    std::size_t statistics = std::size_t(1) << 16;
    std::chrono::milliseconds frame{16}; // aim of one advance(): bounds the latency of pause and cancel
    std::chrono::milliseconds repeat{100}; // aim of recomputing an iteration from the key frame before it
};

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
    /// At most so many iterations per second, for an eye to follow; 0, as at first: as fast as it goes.
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
    /// solver. A newer request replaces an older one that has not begun; the answer appears in fromHistory() and the
    /// listener is called. Bit-identical to what latest() showed then.
    void requestHistory(int iteration, TileRegion region);
    std::shared_ptr<const Snapshot> fromHistory() const; // null before the first of this run
    std::optional<HistoryError> historyError() const; // nothing where the last request was answered

    /// Blocks until the queue is empty, the session is not Running or Rounding, requests for history are answered and the
    /// listener has been told of it all; false when that takes longer. For tests and the command line: not for a listener.
    bool waitUntilSettled(std::chrono::milliseconds timeout) const;

private:
    class Threads;
    std::unique_ptr<Threads> m_threads;
};

} // namespace nms
