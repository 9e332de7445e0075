// SPDX-License-Identifier: Apache-2.0
// The state that a live solve keeps in device memory between iterations, for each method that can be watched.
#pragma once

#include "core/methods/solve_options.h"
#include "core/solver/snapshot.h"
#include "gpu/cuda/queue.h"

#include <functional>
#include <memory>

namespace nms::warp {

/// Its buffers belong to the queue and must be freed before it.
class LiveState
{
public:
    virtual ~LiveState() = default;

    /// Allocates the state. Resource error if the queue has too little memory.
    virtual Status take(Queue &queue, const TileGrid &grid) = 0;

    /// A launch of this method, made from the parameters that all methods share.
    virtual Launch advance(const AdvanceLaunch &launch) const = 0;
    virtual Launch capture(const CaptureLaunch &launch) const = 0;
    /// Launch that makes masks and leaves the state unchanged; `iteration` is the number of iterations done.
    virtual Launch round(const MaskLaunch &launch, int iteration) const = 0;

    /// Bytes that take() allocates.
    virtual std::int64_t bytes(const TileGrid &grid) const = 0;
    /// Calls `what` for every buffer, always in the same order.
    virtual void eachBuffer(const std::function<void(void *data, std::int64_t bytes)> &what) const = 0;

    /// Iterations until all tiles are done; −1 if there is no fixed limit.
    virtual int mostIterations() const = 0;
    virtual Stage stageOf(int iteration) const = 0;
};

/// exact, dykstra or capped.
std::unique_ptr<LiveState> makeLiveState(const SolveOptions &options);

} // namespace nms::warp
