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

/// Key frames lie at multiples of a stride, a power of two: at most SessionOptions::widestStride at first, and less if iterations are
/// slow, so that repeating the iterations after a key frame takes about SessionOptions::repeat. When the key frames exceed
/// the byte limit, every second one is dropped and the stride doubles. The key frame of iteration 0 always stays, so any
/// iteration can still be reached, only more slowly. If the limit has no space for two key frames, it is the only one.
/// Thread-safe.
class RunHistory
{
public:
    /// Bytes of a key frame besides its state: the struct, its map node and the shared_ptr's control block.
    static constexpr std::int64_t bytesBesideState = std::int64_t(sizeof(KeyFrame)) + 128;

    explicit RunHistory(const SessionOptions &options) : m_options(options), m_log(options.statistics) { }

    /// Skips iterations that are already recorded (repeated on the way from a key frame).
    void append(std::span<const IterationStats> stats);
    /// True if a key frame belongs at `iteration` and there is none yet. `seconds`: time of one iteration.
    bool wantsKeyFrame(int iteration, double seconds) const;
    int nextKeyFramePlace(int iteration, double seconds) const; // the first place after `iteration`
    void addKeyFrame(std::shared_ptr<const KeyFrame> frame);
    void dropAfter(int iteration);

    std::shared_ptr<const KeyFrame> keyFrameAtOrBefore(int iteration) const; // null if there is none
    std::shared_ptr<const KeyFrame> nearestKeyFrame(int iteration) const; // before or after it; null if there is none
    std::vector<IterationStats> statsSince(int iteration) const;
    std::optional<IterationStats> statsAt(int iteration) const; // empty if they were thinned out
    HistoryInfo info() const;

private:
    using KeyFrames = std::map<int, std::shared_ptr<const KeyFrame>>;
    static std::int64_t bytesOf(const KeyFrame &frame);
    bool fitsAnother() const; // requires m_mutex
    std::int64_t strideFor(double seconds) const; // requires m_mutex

    const SessionOptions m_options;
    mutable std::mutex m_mutex;
    IterationLog m_log;
    int m_last = 0; // last iteration recorded
    KeyFrames m_keyFrames;
    std::int64_t m_bytes = 0; // of the key frames
    std::int64_t m_thinnedStride = 1; // key frames at other places have been thinned out
};

} // namespace nms
