// SPDX-License-Identifier: Apache-2.0
// Figures of a plan and of potentials. Private to this folder and its tests.
#pragma once

#include "core/sandbox/tile_history.h"
#include "core/sandbox/tile_problem.h"

namespace nms {

/// Σ r·α + Σ c·β + Σ limit·max(0, A − α − β): at any potentials an upper bound of every feasible plan (weak duality).
/// Σ A·S of a plan is equal to it where both are optimal.
double dualValue(const TileProblem &tile, const std::vector<double> &alpha, const std::vector<double> &beta);

/// Fills residuals, excess, objective and, with potentials, the bound from the other members.
void judge(const TileProblem &tile, TileIterate &iterate);

} // namespace nms
