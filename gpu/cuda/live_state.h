// SPDX-License-Identifier: Apache-2.0
// What a live solve keeps in a queue's memory from one iteration to the next, for each method that can be watched.
#pragma once

#include "core/methods/solve_options.h"
#include "core/solver/snapshot.h"
#include "gpu/cuda/queue.h"

#include <functional>
#include <memory>

namespace nms::warp {

/// Its buffers belong to the queue and end before it.
class LiveState
{
public:
    virtual ~LiveState() = default;

    /// Resource error where the queue has no room.
    virtual Status take(Queue &queue, const TileGrid &grid) = 0;

    /// A launch of this method, given what all methods have in common.
    virtual Launch advance(const AdvanceLaunch &launch) const = 0;
    virtual Launch capture(const CaptureLaunch &launch) const = 0;
    /// To masks, the state staying as it is; `iteration`: that it stands at.
    virtual Launch round(const MaskLaunch &launch, int iteration) const = 0;

    /// What take() takes.
    virtual std::int64_t bytes(const TileGrid &grid) const = 0;
    /// All of it, always in the same order.
    virtual void eachBuffer(const std::function<void(void *data, std::int64_t bytes)> &what) const = 0;

    /// Iterations until all tiles are done; −1: as many as it takes.
    virtual int mostIterations() const = 0;
    virtual Stage stageOf(int iteration) const = 0;
};

/// exact, dykstra or capped.
std::unique_ptr<LiveState> makeLiveState(const SolveOptions &options);

} // namespace nms::warp
