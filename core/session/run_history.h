// SPDX-License-Identifier: Apache-2.0
// What is kept of a run: the scalars of every iteration, and key frames from which any iteration can be recomputed.
#pragma once

#include "core/session/solver_session.h"
#include "core/solver/snapshot.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace nms {

/// Key frames lie at multiples of a stride. When they outgrow the limit every second one goes and the stride doubles; the
/// one of iteration 0 always stays, so the limit costs time, never an iteration. Thread-safe.
class RunHistory
{
public:
    static constexpr int firstStride = 8;

    explicit RunHistory(std::int64_t byteLimit) : m_byteLimit(byteLimit) { }

    /// Iterations that are already recorded (done again on the way back to one of them) are passed over.
    void append(std::span<const IterationStats> stats);
    bool wantsKeyFrame(int iteration) const; // its place is one for a key frame, and empty
    int nextKeyFramePlace(int iteration) const; // the first place behind `iteration`
    void addKeyFrame(std::shared_ptr<const KeyFrame> frame);
    void dropAfter(int iteration);

    std::shared_ptr<const KeyFrame> keyFrameAtOrBefore(int iteration) const; // null while there is none
    std::vector<IterationStats> statsSince(int iteration) const;
    std::optional<IterationStats> statsAt(int iteration) const;
    HistoryInfo info() const;

private:
    using KeyFrames = std::map<int, std::shared_ptr<const KeyFrame>>;
    static std::int64_t bytesOf(const KeyFrame &frame);

    const std::int64_t m_byteLimit;
    mutable std::mutex m_mutex;
    std::vector<IterationStats> m_stats; // of iteration index + 1
    KeyFrames m_keyFrames;
    std::int64_t m_bytes = 0; // of the key frames
    std::int64_t m_stride = firstStride;
};

} // namespace nms
