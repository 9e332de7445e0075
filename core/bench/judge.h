// SPDX-License-Identifier: Apache-2.0
// How good masks are, whatever made them.
#pragma once

#include "core/bench/contender.h"

#include <optional>
#include <span>
#include <vector>

namespace nms::bench {

/// Relative gaps of some tiles.
struct Gap {
    double mean = 0;
    double worst = 0;
    double standardError = 0; // of the mean, for tiles drawn at random
    static Gap of(std::span<const double> gaps);
};

struct Verdict {
    // (best − kept)/best, where best is the proven optimum of masks with exactly n everywhere; none for masks that are not
    // transposable. The masks of bi-nm have fewer than n in places, and may therefore even keep a larger sum of scores.
    std::optional<Gap> gap;
    std::vector<double> gaps; // of each tile
    std::optional<Gap> certified; // (bound − kept)/bound with the contender's own bounds; none where it has none
    double worstResidual = 0; // of the plans before rounding
    std::int64_t notConverged = 0; // number of tiles
};

/// The most that a transposable mask of each tile keeps, by `exact` on the CPU; for a tile that could not be proven, its
/// bound.
Result<std::vector<double>> provenOptima(const TileSet &tiles, NmPattern pattern, const std::stop_token &stop);

/// Recounts the kept scores of every tile. Internal error where a mask has the wrong size, a transposable one keeps more
/// than n in a row or column, or one with exactly n everywhere keeps more than `optima` (in the order of tiles) plus the
/// rounding of `exact`.
Result<Verdict> judge(const Contender &contender, const Answer &answer, const TileSet &tiles, NmPattern pattern,
                      const std::vector<double> &optima);

} // namespace nms::bench
