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
};

/// Pause when a scalar crosses a limit, or at an iteration.
struct Breakpoint {
    std::optional<int> iteration;
    std::optional<double> residualBelow; // max(row, column residual)
    std::optional<double> gapBelow; // |bound − objective| / bound of the sums
};

struct HistoryInfo {
    int firstIteration = 0;
    int lastIteration = 0; // every iteration between the two can be asked for
    std::int64_t keyFrames = 0;
    std::int64_t bytes = 0;
    std::int64_t byteLimit = 0;
};

struct SessionOptions {
    std::int64_t historyBytes = std::int64_t(512) << 20;
    std::chrono::milliseconds frame{16}; // aim of one advance(): bounds the latency of pause and cancel
};

/// Owns one worker thread and a command queue that is read between iterations. Every member function may be called from
/// any thread and returns at once (locks cover pointer swaps only), but for the destructor, which cancels and joins.
class SolverSession
{
public:
    explicit SolverSession(SessionOptions options = {});
    ~SolverSession();
    SolverSession(const SolverSession &) = delete;
    SolverSession &operator=(const SolverSession &) = delete;

    /// Called on the worker thread whenever status, latest() or fromHistory() has changed; must return at once.
    /// Set it before start().
    void setListener(std::function<void()> listener);

    // Commands, in the order given.
    void start(std::shared_ptr<SolverBackend> backend, std::shared_ptr<const Matrix<float>> score,
               const SolveOptions &options, bool paused);
    void restart(bool paused); // the same run from iteration 0
    void run(); // to the end (or the next breakpoint)
    void pause();
    void step(int iterations = 1); // counted permits: two steps queued are two iterations done, then paused
    void runTo(int iteration); // then paused; an iteration already done: nothing
    void cancel();
    void rewind(int iteration); // the solver itself goes back (paused there); later history is dropped
    void setBreakpoint(std::optional<Breakpoint> breakpoint);
    void watch(TileRegion region); // what latest() captures from now on

    // State
    SessionStatus status() const;
    std::optional<Error> error() const;
    std::shared_ptr<const Snapshot> latest() const; // null before the first
    std::shared_ptr<const Solution> result() const; // null until Finished
    std::vector<IterationStats> statsSince(int iteration) const; // all recorded with a larger number
    HistoryInfo history() const;

    /// Scrubbing: asks for the state at an iteration already done, without commanding the solver. A newer request replaces
    /// an older one that has not begun; the answer appears in fromHistory() and the listener is called. Bit-identical to
    /// what latest() showed then.
    void requestHistory(int iteration, TileRegion region);
    std::shared_ptr<const Snapshot> fromHistory() const;

    /// Blocks until the queue is empty and the session is not Running or Rounding. For tests and the command line.
    bool waitUntilSettled(std::chrono::milliseconds timeout) const;

private:
    class Worker;
    std::unique_ptr<Worker> m_worker;
};

} // namespace nms
