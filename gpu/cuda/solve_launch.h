// SPDX-License-Identifier: Apache-2.0
// From options to launches, and from what launches leave to results: what batch and live solves share.
#pragma once

#include "core/simd/weights_view.h"
#include "core/solver/solution.h"
#include "gpu/cuda/queue.h"

#include <new>
#include <string>

namespace nms::warp {

/// `weights` packed; scores are their magnitudes, or they themselves.
Problem problemOf(const TileGrid &grid, const SolveOptions &options, const void *weights, WeightType type = WeightType::F32,
                  bool magnitudes = false);
TileSet allTiles(const TileGrid &grid);
/// For a launch: 0 where dykstra is to go by the number of iterations alone.
float toleranceOf(const SolveOptions &options);
/// What solves the tiles of `launch` at once by the method of `options`.
Launch launchOf(const MaskLaunch &launch, const SolveOptions &options);
/// The same for dykstra and capped, of which a part of the iterations can be done.
PlanLaunch planLaunchOf(const MaskLaunch &launch, const SolveOptions &options);
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
