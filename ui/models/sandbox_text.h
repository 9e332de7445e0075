// SPDX-License-Identifier: Apache-2.0
// What the sandbox shows, in words.
#pragma once

#include "core/sandbox/tile_history.h"
#include "core/sandbox/tile_problem.h"

#include <QString>

namespace nms {

/// "iteration 12 of 100, rows scaled"
QString placeText(const TileHistory &history, int index);

/// What the iterate is worth: "optimal", "2.1 % below the optimum", "row sums are missed by up to 12 %".
QString stateText(const TileProblem &tile, const TileHistory &history, int index);

/// Residuals up to this count as met.
inline constexpr double sandboxTolerance = 1e-3;

} // namespace nms
