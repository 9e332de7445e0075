// SPDX-License-Identifier: Apache-2.0
// When a run pauses by itself.
#pragma once

#include "core/solver/snapshot.h"

#include <cstdint>
#include <optional>

namespace nms {

/// A run pauses after the first iteration at which one of the conditions holds. A figure must not have been below its limit
/// at the iteration before, so that the run can be continued after the breakpoint. Limits are fractions, not percent.
struct Breakpoint {
    std::optional<int> iteration = std::nullopt;
    std::optional<double> residualBelow = std::nullopt; // max(row, column residual)
    std::optional<double> planGapBelow = std::nullopt;
    std::optional<double> maskGapBelow = std::nullopt; // the plan is rounded after every iteration, which takes time
    bool notFinite = false; // a residual, an objective or a bound is NaN or infinite
    /// Residual and gaps are those of this tile (row-major in the grid) instead of the whole matrix.
    std::optional<std::int64_t> tile = std::nullopt;

    bool hasLimit() const { return residualBelow || planGapBelow || maskGapBelow; } // of a figure
    bool isSet() const { return iteration || hasLimit() || notFinite; }
    /// True if the run must be examined after every iteration.
    bool watchesEveryIteration() const { return hasLimit() || notFinite; }

    /// True if its figures are not among IterationStats: the state has to be examined for them.
    bool examinesState() const { return maskGapBelow || (tile && (residualBelow || planGapBelow)); }

    bool operator==(const Breakpoint &) const = default;
};

/// The figures of one iteration that limits are compared with; a figure that is not needed may be empty.
struct BreakpointFigures {
    int iteration = 0;
    std::optional<double> residual = std::nullopt;
    std::optional<double> planGap = std::nullopt;
    std::optional<double> maskGap = std::nullopt;
    bool isFinite = true;
};

/// The residual, gap and finiteness of the whole matrix.
BreakpointFigures figuresOf(const IterationStats &stats);

/// Why a run has paused.
struct BreakpointHit {
    enum class Reason { Iteration, Residual, PlanGap, MaskGap, NotFinite };
    Reason reason = Reason::Iteration;
    int iteration = 0;
    double value = 0; // of the figure
    double limit = 0; // that it has fallen below
    std::optional<std::int64_t> tile = std::nullopt; // whose figure it is

    bool operator==(const BreakpointHit &) const = default;
};

/// The first condition that `now` meets; `before` are the figures of the iteration before it, null where they are unknown.
std::optional<BreakpointHit> hitOf(const Breakpoint &breakpoint, const BreakpointFigures &now,
                                   const BreakpointFigures *before);

} // namespace nms
