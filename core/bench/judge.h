// SPDX-License-Identifier: Apache-2.0
// What masks are worth, whoever made them.
#pragma once

#include "core/bench/contender.h"

#include <optional>
#include <span>
#include <vector>

namespace nms::bench {

/// Relative figures of some tiles.
struct Gap {
    double mean = 0;
    double worst = 0;
    double standardError = 0; // of the mean, for tiles drawn at random
    static Gap of(std::span<const double> gaps);
};

struct Verdict {
    // (best − kept)/best, best being the proven optimum of masks with exactly n everywhere; none for masks that are not
    // transposable. bi-nm keeps fewer in places, and may therefore even keep more of the scores.
    std::optional<Gap> gap;
    std::vector<double> gaps; // of each tile
    std::optional<Gap> certified; // (bound − kept)/bound with the contender's own bounds; none where it gives none
    double worstResidual = 0; // of the plans before rounding
    std::int64_t notConverged = 0; // tiles
};

/// The most that a transposable mask of each tile keeps, by `exact` on the CPU; where a tile should not be proven, its
/// bound.
Result<std::vector<double>> provenOptima(const TileSet &tiles, NmPattern pattern, const std::stop_token &stop);

/// Counts the kept scores of every tile again. Internal error where a mask has the wrong size, a transposable one keeps more
/// than n in a row or column, or one with exactly n everywhere keeps more than `optima` (ascending tile number) allow beyond
/// the rounding of `exact`.
Result<Verdict> judge(const Contender &contender, const Answer &answer, const TileSet &tiles, NmPattern pattern,
                      const std::vector<double> &optima);

} // namespace nms::bench
