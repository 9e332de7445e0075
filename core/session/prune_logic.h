// SPDX-License-Identifier: Apache-2.0
// A layer's pruning without thread or queue: it takes commands, does steps and publishes views. Private to core/session.
#pragma once

#include "core/session/layer_history.h"
#include "core/session/prune_types.h"

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>

namespace nms {

struct PruneCommand {
    enum class Kind { Run, Pause, Step, RunTo, Cancel, Rewind, Show, Pace };
    Kind kind;
    int number = 0;
    double pace = 0;
};

/// One thread at a time. The owner's loop: call handle() for every queued command; with no command, work() while active().
class PruneLogic
{
public:
    using Clock = std::chrono::steady_clock;

    PruneLogic(PruneProblem problem, const PruneSessionOptions &options, bool paused,
               std::function<void(const PruneView &)> publish);

    void handle(const PruneCommand &command);
    bool active() const { return isStarting() || isReplaying() || m_target; }
    bool isReplaying() const
    {
        return m_isGoingBack || m_requestedStep;
    } // the next work repeats steps, to reach an earlier one
    Clock::time_point due() const; // when the next work may begin
    /// Does one piece of work: the start, one step, or the way to an earlier step to be shown. Ends early when `stop` is
    /// requested.
    void work(const std::stop_token &stop);
    void fail(const Error &error);

private:
    bool isStarting() const { return m_view.status.starting.has_value(); }
    int head() const { return m_view.status.iteration; } // number of steps done by the run, whatever step is shown
    bool isOver() const;
    void start();
    void advance(const std::stop_token &stop);
    void show(const std::stop_token &stop);
    void rewind(int step);
    void goBack(const std::stop_token &stop);
    void settle();
    Result<bool> goTo(int step, const std::stop_token &stop);
    Result<std::shared_ptr<const PruneSnapshot>> takeSnapshot();
    void note(PruneFigures figures);
    void publish();

    const PruneProblem m_problem;
    const PruneSessionOptions m_options;
    const std::function<void(const PruneView &)> m_publish;
    std::unique_ptr<LayerRun> m_run;
    std::optional<ErrorMapper> m_errors;
    double m_magnitude = 0; // Σ|W|
    LayerHistory m_history;
    std::shared_ptr<const LayerKeyFrame> m_headFrame; // key frame of step head(), while m_run is at another step
    bool m_isInterrupted = false; // m_run was interrupted between two steps
    bool m_headFinished = false; // the run is finished at head()
    std::optional<int> m_target; // runs up to this step; none: paused
    bool m_stepping = false; // m_target was set by step(): further step() calls add to it
    std::optional<int> m_requestedStep; // step that is to be shown
    bool m_isGoingBack = false; // after a rewind, m_run is on its way to head()
    double m_pace = 0; // steps a second; 0: no limit
    Clock::time_point m_due; // when the next step may begin at that pace
    double m_stepSeconds = 0, m_lookSeconds = 0; // spent so far
    double m_lastLook = 0; // seconds
    std::vector<PruneFigures> m_figures;
    PruneView m_view;
};

} // namespace nms
