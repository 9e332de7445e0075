// SPDX-License-Identifier: Apache-2.0
// What a session is told and what it tells.
#pragma once

#include "core/base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

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
    std::optional<double> gapBelow = std::nullopt; // IterationStats::planGap()
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

} // namespace nms
