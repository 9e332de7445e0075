// SPDX-License-Identifier: Apache-2.0
// Conversion of options to launches, and of their output to results; used by batch and live solves.
#pragma once

#include "core/base/exceptions.h"
#include "core/simd/weights_view.h"
#include "core/solver/solution.h"
#include "gpu/cuda/queue.h"

#include <string>

namespace nms::warp {

/// Unsupported error of `id` where τ exceeds single precision.
Status checkTau(const std::string &id, const SolveOptions &options);

/// `weights` are packed; scores are their magnitudes, or the weights themselves.
Problem problemOf(const TileGrid &grid, const SolveOptions &options, const void *weights, WeightType type = WeightType::F32,
                  bool magnitudes = false);
TileSet allTiles(const TileGrid &grid);
/// Tolerance for a launch: 0 if dykstra is limited by the number of iterations only.
float toleranceOf(const SolveOptions &options);
/// The launch that solves all tiles of `launch` by the method of `options`.
Launch launchOf(const MaskLaunch &launch, const SolveOptions &options);
/// The same for dykstra and capped, whose iterations can be split over several launches.
PlanLaunch planLaunchOf(const MaskLaunch &launch, const SolveOptions &options);
TileResult resultOf(const TileFigures &figures, const SolveOptions &options);
/// Number of tiles for one launch if each costs as much as `iterations` iterations of dykstra.
std::int64_t tilesAtOnce(const Queue &queue, int m, int iterations);
Unexpected<Error> invalidScoreError(const std::string &id, const TileGrid &grid, std::int64_t tile);

/// The remedy where the host's memory runs out: see withMemoryErrors().
inline constexpr const char *smallerPanels = "solve by row panels with a smaller memory limit, or close other programs";

} // namespace nms::warp
