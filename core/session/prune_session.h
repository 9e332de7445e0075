// SPDX-License-Identifier: Apache-2.0
// Pruning a layer so that it can be watched, paused, stepped and rewound: like SolverSession, but for a LayerRun.
#pragma once

#include "core/session/prune_types.h"

#include <chrono>
#include <functional>
#include <memory>

namespace nms {

/// One run, on a thread of its own that reads commands between two steps. Every member function may be called from any
/// thread and returns at once, except waitUntilSettled() and the destructor, which cancels and joins. Only cancel() and the
/// destructor interrupt a step under way; nothing interrupts the preparation of H. Commands that make no sense in the
/// current state are ignored.
class PruneSession
{
public:
    /// `listener` is called on the session's thread whenever view() has changed. It must return at once, may call any
    /// member, and is not called after the destructor has returned.
    PruneSession(PruneProblem problem, const PruneSessionOptions &options, bool paused, std::function<void()> listener);
    ~PruneSession();
    PruneSession(const PruneSession &) = delete;
    PruneSession &operator=(const PruneSession &) = delete;

    void run(); // to the end
    void pause(); // after the step under way
    void step(int steps = 1); // calls add up: two queued calls do two steps; then paused
    void runTo(int step); // then paused; does nothing if the step is already done
    void cancel();
    /// The run itself goes back (paused there, also from Finished, Cancelled or Failed); later steps are dropped.
    void rewind(int step);
    /// Shows an earlier step in PruneView::past without affecting the run; a number outside the steps done means the
    /// nearest one. A newer request replaces an older one.
    void show(int step);
    /// Upper limit, so that the run can be followed by eye; 0 (the initial value): no limit.
    void setPace(double stepsPerSecond);

    PruneView view() const;

    /// Blocks until nothing is left to do; false if that takes longer than `timeout`. For tests and the command line.
    bool waitUntilSettled(std::chrono::milliseconds timeout) const;

private:
    class Worker;
    std::unique_ptr<Worker> m_worker;
};

} // namespace nms
