// SPDX-License-Identifier: Apache-2.0
// Flows through the rows and columns of a tile: whether its sums and caps can be met, and a plan of the largest score.
#pragma once

#include "core/base/matrix.h"
#include "core/sandbox/tile_problem.h"

#include <functional>
#include <stop_token>
#include <vector>

namespace nms {

/// Amounts up to this count as nothing: 10⁻¹¹ of the total.
double flowTolerance(const TileProblem &tile);

/// A set of rows that cannot be filled (max-flow min-cut): they want more than the columns in `cols` take plus the caps of
/// their entries in the other columns.
struct FlowShortage {
    double missing = 0; // 0 where all sums can be met
    double wanted = 0; // Σ of the row sums of `rows`
    std::vector<int> rows;
    std::vector<int> cols; // filled up by these rows
};

/// The numbers of `tile` must be valid, and its totals equal (tile_feasibility.h).
FlowShortage findShortage(const TileProblem &tile);

/// A plan of the largest score, with the potentials that prove it: A − α − β is ≤ 0 in empty entries, ≥ 0 in entries at
/// their limit (TileProblem::limit), and 0 between (up to rounding).
struct OptimalFlow {
    Matrix<double> plan; // integral where the tile is (TileProblem::isIntegral())
    std::vector<double> alpha; // one for each row
    std::vector<double> beta; // one for each column
    int augmentations = 0;
};

/// Successive shortest paths with potentials (Ahuja, Magnanti and Orlin, Network Flows, section 9.7), in double. `seen` is
/// called with the plan and potentials after every augmentation. `tile` must be valid; after `stop` the result is not
/// complete.
OptimalFlow maximiseScore(const TileProblem &tile, const std::stop_token &stop = {},
                          const std::function<void(const OptimalFlow &)> &seen = {});

} // namespace nms
