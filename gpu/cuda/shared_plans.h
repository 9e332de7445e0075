// SPDX-License-Identifier: Apache-2.0
// Plans that stay on the device for a viewer that draws there.
#pragma once

#include "core/base/device_matrix.h"
#include "gpu/cuda/queue.h"

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace nms::warp {

/// A matrix that a launch is to write before others see it, and where.
struct SharedPlan {
    std::shared_ptr<const DeviceMatrix> matrix;
    float *data = nullptr; // on the device
};

/// A few allocations that are written in turns: one is free again once nobody holds the matrix that lies in it. One thread
/// at a time; matrices may be let go on any.
class SharedPlans
{
public:
    explicit SharedPlans(Queue &queue) : m_queue(queue) { }

    /// Who looks on: where that is not the queue's own device, nothing is shared.
    void setViewer(const std::optional<DeviceId> &viewer);

    /// rows × cols entries that nobody looks at; nothing where plans have to go over the host: the viewer is elsewhere, the
    /// device does not share, it has little room left, or all that it gave is still held.
    std::optional<SharedPlan> take(std::int64_t rows, std::int64_t cols);

private:
    struct Block {
        SharedBlock shared;
        std::atomic<bool> held = false;
    };
    std::shared_ptr<Block> blockOf(std::int64_t bytes);

    Queue &m_queue;
    bool m_viewerIsHere = false;
    bool m_canShare = true; // until it was tried in vain
    std::vector<std::shared_ptr<Block>> m_blocks;
};

} // namespace nms::warp
