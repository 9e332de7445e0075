// SPDX-License-Identifier: Apache-2.0
// A tile solved with everything that happened on the way: tiles are small, so every iterate is kept, in double.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/sandbox/tile_history.h"
#include "core/sandbox/tile_problem.h"

#include <stop_token>

namespace nms {

/// Errors: those of options.validate() and validateTile(); Unsupported for a method of N:M masks on another tile; Input for
/// one on negative scores; Cancelled. Any thread; a 64 × 64 tile takes about a millisecond for each entropic iteration.
///
///     const auto tile = builtInTile("greedy-2:4"); // tile_catalog.h
///     const auto history = solveTile(*tile, {.method = "dykstra", .tau = 30, .iterations = 50});
///     history->iterates[10].plan(0, 3); history->gap(history->iterates.back());
Result<TileHistory> solveTile(const TileProblem &tile, const SandboxOptions &options, const std::stop_token &stop = {});

/// A plan with every entry 0 or at its limit where the tile is N:M, integral where it is integral: for N:M by the program's
/// rounding (core/tile/masks/rounding.h), otherwise the feasible plan with the largest Σ plan·S. `tile` must be valid.
Matrix<double> roundedPlan(const TileProblem &tile, const Matrix<double> &plan);

} // namespace nms
