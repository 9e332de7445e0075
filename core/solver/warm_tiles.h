// SPDX-License-Identifier: Apache-2.0
// Tiles that are solved repeatedly for scores that change little, each starting from the potentials of its last solve: ALPS
// needs this between iterations, training between steps.
#pragma once

#include "core/base/matrix.h"
#include "core/solver/solution.h"

#include <cstdint>
#include <stop_token>
#include <vector>

namespace nms {

/// Potentials (thresholds α and β in score units) of all tiles of a layer; 2M doubles a tile once it has been solved. Empty
/// before the first solve. One solve at a time.
struct TilePotentials {
    Matrix<double> values; // tiles × 2M
    std::vector<std::uint8_t> known; // of each tile, whether its row of `values` is set

    bool areOf(std::int64_t tiles, int m) const
    {
        return values.rows() == tiles && values.cols() == std::int64_t(2) * m && std::int64_t(known.size()) == tiles;
    }
};

/// True if starting from its own potentials makes a method faster: this holds for those that iterate towards a plan.
/// (`exact` takes about a microsecond per tile from scratch, checking its mask included.)
bool gainsFromPotentials(const SolveOptions &options);

/// As SolverBackend::solve of the CPU, for rows of whole tiles; `firstTile` is the index of the first one in the layer. A
/// tile that starts from potentials ends at a residual of options.tolerance, or of `tolerance` if that gives none; its first
/// solve follows the options unchanged. `potentials` are allocated on first use, for all `tiles` of the layer; Usage error
/// for those of another number of tiles or another M.
Result<Solution> solveFromPotentials(Span2d<const float> score, const SolveOptions &options, double tolerance,
                                     std::int64_t firstTile, std::int64_t tiles, const std::stop_token &stop,
                                     TilePotentials &potentials);

} // namespace nms
