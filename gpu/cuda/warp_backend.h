// SPDX-License-Identifier: Apache-2.0
// The SolverBackend over queues, the same for CUDA devices and for the host's lanes.
#pragma once

#include "core/solver/solver_backend.h"
#include "core/solver/tile_loop.h"
#include "gpu/cuda/fleet.h"
#include "gpu/cuda/queue.h"

#include <new>

namespace nms::warp {

/// Batch: exact, dykstra, capped, greedy, greedy+swap, row-nm and col-nm; live: the first three. A batch solve shares its
/// panels among the queues of all `devices`, a live one has two of its own on the first.
std::unique_ptr<SolverBackend> makeWarpBackend(std::string id, std::string description, std::vector<Device> devices,
                                               Warn warn);

/// A live solve at iteration 0: scores and state stay on the device until it ends; `copying`, another queue there, brings
/// home what is looked at while `solving` goes on. What exact rounds half-way is the optimum: the search goes on to its end.
/// Resource error if the score matrix does not fit there, Cancelled when progress.stop was requested.
Result<std::unique_ptr<LiveSolve>> makeWarpLive(std::string id, std::unique_ptr<Queue> solving,
                                                std::unique_ptr<Queue> copying, const Matrix<float> &score,
                                                const SolveOptions &options, const Progress &progress);
/// Of the host; what the device holds is its own affair.
LiveMemory warpLiveMemory(const TileGrid &grid, const SolveOptions &options);

// What batch and live share.

/// `weights` packed; scores are their magnitudes, or they themselves.
Problem problemOf(const TileGrid &grid, const SolveOptions &options, const void *weights, WeightType type = WeightType::F32,
                  bool magnitudes = false);
TileSet allTiles(const TileGrid &grid);
/// For a launch: 0 where dykstra is to go by the number of iterations alone.
float toleranceOf(const SolveOptions &options);
TileResult resultOf(const TileFigures &figures, const SolveOptions &options);
/// Tiles that one launch takes when each costs as much as `iterations` of dykstra.
std::int64_t tilesAtOnce(const Queue &queue, int m, int iterations);
Unexpected<Error> invalidScoreError(const std::string &id, const TileGrid &grid, std::int64_t tile);

/// Runs `work`; memory of the host that is not there becomes a Resource error.
template <class F> auto withMemoryErrors(const std::string &id, F &&work) -> decltype(work())
{
    try {
        return work();
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, id, "not enough memory on the host",
                    "solve by row panels with a smaller memory limit, or close other programs");
    }
}

} // namespace nms::warp
