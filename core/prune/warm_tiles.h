// SPDX-License-Identifier: Apache-2.0
// Tiles solved again and again on scores that change little, each from the potentials it ended with: what ALPS asks for from
// one iteration to the next. Private to core/prune.
#pragma once

#include "core/base/matrix.h"
#include "core/solver/solution.h"

#include <cstdint>
#include <stop_token>
#include <vector>

namespace nms {

/// Potentials (thresholds α and β in score units) of all tiles of a layer; 2M doubles a tile once it has been solved.
struct TilePotentials {
    Matrix<double> values; // tiles × 2M
    std::vector<std::uint8_t> known; // of each tile
};

/// True where starting from its own potentials makes a method faster: those that iterate towards a plan. (`exact` takes
/// about a microsecond a tile from its own beginning, the count of its mask included.)
bool gainsFromPotentials(const SolveOptions &options);

/// As SolverBackend::solve of the CPU, for rows of whole tiles, the first of them number `firstTile` of the layer. A tile
/// that starts from potentials ends at a residual of options.tolerance, or of 10⁻³ where none is given; the first time it
/// does what the options say. `potentials` are made when they are first needed, for `tiles` of the layer.
Result<Solution> solveFromPotentials(Span2d<const float> score, const SolveOptions &options, std::int64_t firstTile,
                                     std::int64_t tiles, const std::stop_token &stop, TilePotentials &potentials);

} // namespace nms
