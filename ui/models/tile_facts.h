// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.h"
#include "core/methods/solve_options.h"
#include "ui/models/tile_figures.h"
#include "ui/models/verdict.h"

#include <QString>

#include <cstdint>
#include <optional>
#include <vector>

namespace nms {

class Workspace;

/// The current figures of one tile, in units of the scores where they are sums of scores. Unknown figures are empty.
struct TileFacts {
    std::int64_t tile = 0;
    std::int64_t tileRow = 0;
    std::int64_t tileCol = 0;
    int entries = 0; // without padding

    // Of the plan. While `exact` is running, the entries violate the constraints, so the objective is meaningless.
    std::optional<double> planObjective; // ⟨S, A⟩
    std::optional<double> planBound; // certified by its dual potentials
    std::optional<double> planGap;
    std::optional<double> residual;
    std::optional<double> rowResidual; // max |Σ_j S_ij − n| / n; only of full tiles, where padding holds none of the sum
    std::optional<double> columnResidual;
    std::optional<int> undecided; // entries with 0.01 < S < 0.99
    std::optional<double> planLost;
    // Of the mask
    std::optional<double> maskObjective;
    std::optional<double> maskBound; // certified
    std::optional<double> maskGap;
    std::optional<double> maskLost;

    TileFigure rankedBy = TileFigure::PlanGap;
    std::optional<std::int64_t> rank; // 1 is the tile with the largest value; equal tiles share a rank
};

/// `figures` provides what is known of every tile; `snapshot` and `solution` are the sources of `figures`, `score` is the
/// whole matrix, and `tile` is an index in the grid.
TileFacts tileFacts(const TileFigures &figures, std::int64_t tile, TileFigure rankedBy, const SolveOptions &options,
                    Span2d<const float> score, const Snapshot *snapshot, const Solution *solution);
/// For the state that the workspace shows, ranked by the workspace's figure. The workspace must have a tensor.
TileFacts tileFacts(const Workspace &workspace, std::int64_t tile);

/// A fact as text, the same in every panel.
struct FactText {
    QString name; // "plan gap"
    QString value; // "0.63 %"; "–" where it is not known
    QString hint; // one sentence
    VerdictLevel level = VerdictLevel::Neutral;
};

/// Facts of the plan, the corresponding facts of the mask, and facts of the tile: always the same ones in the same order,
/// whatever is known.
struct FactTexts {
    std::vector<FactText> plan; // keeps, bound, gap, lost
    std::vector<FactText> mask; // likewise
    std::vector<FactText> lines; // residual, row residual, column residual
    FactText undecided;
    FactText rank;
};
FactTexts factTexts(const TileFacts &facts, std::int64_t tiles, const SolveOptions &options);

} // namespace nms
