// SPDX-License-Identifier: Apache-2.0
// Pruning a layer so that it can be watched, paused, stepped and rewound: SolverSession's sibling over a LayerRun.
#pragma once

#include "core/session/prune_types.h"

#include <chrono>
#include <functional>
#include <memory>

namespace nms {

/// One run, on a thread of its own that reads commands between two steps. Every member function may be called from any
/// thread and returns at once, but for waitUntilSettled() and the destructor, which cancels and joins. A step under way is
/// broken off by cancel() and the destructor alone; preparing H is broken off by nothing. What a state has no use for is
/// ignored.
class PruneSession
{
public:
    /// `listener` is called on the session's thread whenever view() has changed; must return at once, may call any member,
    /// and is not called any more once the destructor has returned.
    PruneSession(PruneProblem problem, const PruneSessionOptions &options, bool paused, std::function<void()> listener);
    ~PruneSession();
    PruneSession(const PruneSession &) = delete;
    PruneSession &operator=(const PruneSession &) = delete;

    void run(); // to the end
    void pause(); // after the step under way
    void step(int steps = 1); // counted permits: two queued are two steps done, then paused
    void runTo(int step); // then paused; a step already done: nothing
    void cancel();
    /// The run itself goes back (paused there, also from Finished, Cancelled or Failed); later steps are dropped.
    void rewind(int step);
    /// Shows an earlier step (another number: the nearest done) in PruneView::past, without commanding the run. A newer
    /// request replaces an older one.
    void show(int step);
    void setPace(double stepsPerSecond); // at most, for an eye to follow; 0, as at first: as fast as it goes

    PruneView view() const;

    /// Blocks until nothing is left to do; false when that takes longer. For tests and the command line.
    bool waitUntilSettled(std::chrono::milliseconds timeout) const;

private:
    class Worker;
    std::unique_ptr<Worker> m_worker;
};

} // namespace nms
