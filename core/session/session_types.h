// SPDX-License-Identifier: Apache-2.0
// State and options of a session.
#pragma once

#include "core/base/result.h"
#include "core/session/breakpoint.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace nms {

enum class SessionState {
    Idle, // nothing started
    Running,
    Paused,
    Rounding, // the plan is final; the mask is being computed
    Finished, // result() is available
    Cancelled,
    Failed, // error() says why
};

struct SessionStatus {
    SessionState state = SessionState::Idle;
    int iteration = 0; // number of iterations done
    int plannedIterations = -1; // −1: unknown
    std::uint64_t generation = 0; // incremented by every start() and restart()
    /// Set while iteration 0 is being made: the progress, in [0, 1]. With a warm start this takes as long as the method
    /// whose result is used. Meanwhile the state is Running or Paused, whichever applies after the start.
    std::optional<double> starting = std::nullopt;
    /// Set while the run is paused by its breakpoint.
    std::optional<BreakpointHit> pausedBy = std::nullopt;
};

struct HistoryInfo {
    int firstIteration = 0;
    int lastIteration = 0; // every iteration from first to last can be requested
    std::int64_t keyFrames = 0;
    std::int64_t bytes = 0; // of the key frames
    std::int64_t byteLimit = 0; // of the key frames
    std::int64_t statisticsBytes = 0; // of the iterations' scalars
};

/// Why the last request for a past iteration could not be answered.
struct HistoryError : Error {
    int iteration = 0; // the requested one
};

struct SessionOptions {
    /// Key frames are thinned out beyond this many bytes; the one of iteration 0 always stays.
    std::int64_t historyBytes = std::int64_t(512) << 20;
    /// The scalars of iterations are thinned out beyond this many iterations (6 MB).
    std::size_t statistics = std::size_t(1) << 16;
    /// While running, at most `captureShare` of the time is spent on snapshots; where that leaves fewer than one in
    /// `slowestCapture`, up to `slowCaptureShare`.
    double captureShare = 0.08;
    double slowCaptureShare = 0.2;
    std::chrono::milliseconds slowestCapture{100};
    /// Target duration of one advance(), up to three times as long where only a few iterations fit: bounds the latency of
    /// pause and cancel.
    std::chrono::milliseconds frame{16};
    std::chrono::milliseconds repeat{200}; // target time for recomputing an iteration from the previous key frame
    int widestStride = 64; // iterations between key frames until they are thinned out; a power of two
};

} // namespace nms
