// SPDX-License-Identifier: Apache-2.0
// Key frames of a layer's pruning within a number of bytes. Private to core/session.
#pragma once

#include "core/prune/layer_run.h"
#include "core/session/session_types.h"

#include <map>
#include <memory>

namespace nms {

/// Key frames lie at multiples of a stride, a power of two. When they exceed the limit, every second one is dropped and the
/// stride doubles. The key frame of step 0 always stays, so any step can still be reached, only more slowly. One thread at a
/// time.
class LayerHistory
{
public:
    explicit LayerHistory(std::int64_t byteLimit) : m_byteLimit(byteLimit) { }

    bool wants(int step) const; // true if a key frame belongs at `step` and there is none yet
    void add(std::shared_ptr<const LayerKeyFrame> frame);
    void dropAfter(int step);
    std::shared_ptr<const LayerKeyFrame> atOrBefore(int step) const; // null if there is none
    HistoryInfo info(int lastStep) const;

private:
    const std::int64_t m_byteLimit;
    std::map<int, std::shared_ptr<const LayerKeyFrame>> m_frames;
    std::int64_t m_bytes = 0;
    int m_stride = 1;
};

} // namespace nms
