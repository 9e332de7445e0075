// SPDX-License-Identifier: Apache-2.0
// The timeline of a run: play, pause, step, scrub, speed, breakpoint, and the verdict in words.
#pragma once

#include "ui/overlay/panel.h"

#include <optional>
#include <string>

namespace nms::overlay {

/// The conditions that the timeline itself offers.
struct BreakpointView {
    std::optional<int> iteration;
    std::optional<double> residualBelow;
    std::optional<double> planGapBelow;
    bool empty() const { return !iteration && !residualBelow && !planGapBelow; }
    friend bool operator==(const BreakpointView &, const BreakpointView &) = default;
};

struct TimelineView {
    bool hasRun = false;
    bool isTraining = false; // iterations are steps of a training elsewhere, which can only be looked at
    bool playing = false;
    bool scrubbing = false;
    bool busy = false; // commands would have no effect (the mask is being rounded)
    bool finished = false; // the solver cannot continue
    int shown = 0; // iteration on screen
    std::optional<int> wanted; // requested iteration, while `shown` is only the nearest key frame
    std::optional<double> refining; // progress of the requested iteration, in [0, 1]
    int live = 0; // iterations done by the solver
    int planned = -1; // −1: unknown
    int historyFirst = 0; // iterations that can be scrubbed to
    int historyLast = 0;
    double speed = 0; // iterations per second; 0: no limit
    BreakpointView breakpoint;
    std::string breakpointText; // all conditions: "residual < 1 %, or NaN or overflow"; empty if there are none
    std::string verdict; // "not converged: residual 22 %"
    std::string kept; // "the mask keeps 76.77 % of |W|"; may be empty
    std::string advice; // "raise the iterations or lower τ"; may be empty
    Tone tone = Tone::Muted;
};

struct TimelineCommands {
    enum class Action { None, ToStart, StepBack, PlayPause, StepForward, ToEnd, FollowLive, RewindHere };
    Action action = Action::None;
    std::optional<int> scrubTo;
    std::optional<double> speed;
    std::optional<BreakpointView> breakpoint; // an empty one clears the breakpoint
    bool editBreakpoint = false; // the user wants to type other conditions
};

/// The last iteration of the slider: the planned number, or a little more than those done while that is unknown.
int timelineEnd(const TimelineView &view);
float timelinePosition(const TimelineView &view, int iteration); // in [0, 1]
/// The iteration at a position, clamped to the range of the history.
int timelineIteration(const TimelineView &view, float position);

TimelineCommands drawTimeline(const Theme &theme, const Rect &rect, const TimelineView &view);

} // namespace nms::overlay
