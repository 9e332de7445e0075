// SPDX-License-Identifier: Apache-2.0
// What is kept of a run: the scalars of its iterations, and key frames from which any iteration can be recomputed.
#pragma once

#include "core/session/iteration_log.h"
#include "core/session/session_types.h"
#include "core/solver/snapshot.h"
#include "core/solver/solver_backend.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace nms {

/// Key frames lie at multiples of a stride, a power of two: at most `widestStride`, and less where iterations are slow, so
/// that repeating the few after a key frame stays near SessionOptions::repeat. When they outgrow the limit every second one
/// goes and the stride doubles; the one of iteration 0 always stays, so the limit costs time, never an iteration. Where two
/// do not fit the limit none is made but that one.
/// Thread-safe.
class RunHistory
{
public:
    static constexpr int widestStride = 8;
    /// Of a key frame beside its state: itself, its place in the map, and what counts its holders.
    static constexpr std::int64_t bytesBesideState = std::int64_t(sizeof(KeyFrame)) + 128;

    explicit RunHistory(const SessionOptions &options) : m_options(options), m_log(options.statistics) { }

    /// Iterations that are already recorded (done again on the way back to one of them) are passed over.
    void append(std::span<const IterationStats> stats);
    /// True where `iteration` is a place for a key frame, and empty. An iteration takes `seconds`.
    bool wantsKeyFrame(int iteration, double seconds) const;
    int nextKeyFramePlace(int iteration, double seconds) const; // the first place behind `iteration`
    void addKeyFrame(std::shared_ptr<const KeyFrame> frame);
    void dropAfter(int iteration);

    std::shared_ptr<const KeyFrame> keyFrameAtOrBefore(int iteration) const; // null while there is none
    std::shared_ptr<const KeyFrame> nearestKeyFrame(int iteration) const; // before or after it; null while there is none
    std::vector<IterationStats> statsSince(int iteration) const;
    std::optional<IterationStats> statsAt(int iteration) const; // nothing where they were thinned out
    HistoryInfo info() const;

private:
    using KeyFrames = std::map<int, std::shared_ptr<const KeyFrame>>;
    static std::int64_t bytesOf(const KeyFrame &frame);
    bool fitsAnother() const; // m_mutex is held
    std::int64_t strideFor(double seconds) const; // m_mutex is held

    const SessionOptions m_options;
    mutable std::mutex m_mutex;
    IterationLog m_log;
    int m_last = 0; // iteration recorded
    KeyFrames m_keyFrames;
    std::int64_t m_bytes = 0; // of the key frames
    std::int64_t m_thinnedStride = 1; // key frames at other places have been thinned out
};

} // namespace nms
