// SPDX-License-Identifier: Apache-2.0
// Plans that stay in device memory for a viewer that draws on the same device.
#pragma once

#include "core/base/device_matrix.h"
#include "gpu/cuda/queue.h"

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace nms::warp {

/// A matrix that a launch writes before others see it, and its address.
struct SharedPlan {
    std::shared_ptr<const DeviceMatrix> matrix;
    float *data = nullptr; // on the device
};

/// A few allocations that are reused: one is free again once no holder of its matrix exists. One thread at a time; matrices
/// may be released on any thread.
class SharedPlans
{
public:
    explicit SharedPlans(Queue &queue) : m_queue(queue) { }

    /// The viewer's device: nothing is shared unless it is the queue's own device.
    void setViewer(const std::optional<DeviceId> &viewer);

    /// Memory for rows × cols entries that no reader holds; none if the plan has to be copied to the host, because the
    /// viewer is on another device, the device does not support sharing, it has little free memory, or all blocks are still
    /// held.
    std::optional<SharedPlan> take(std::int64_t rows, std::int64_t cols);

private:
    struct Block {
        SharedBlock shared;
        std::atomic<bool> held = false;
    };
    std::shared_ptr<Block> blockOf(std::int64_t bytes);

    Queue &m_queue;
    bool m_viewerIsHere = false;
    bool m_canShare = true; // until an attempt fails
    std::vector<std::shared_ptr<Block>> m_blocks;
};

} // namespace nms::warp
