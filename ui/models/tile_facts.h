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

/// What is known about one tile now; scores keep their own units. What cannot be told is empty.
struct TileFacts {
    std::int64_t tile = 0;
    std::int64_t tileRow = 0;
    std::int64_t tileCol = 0;
    int entries = 0; // without padding

    // Of the plan. While `exact` is on its way, its entries break the constraints: then its objective says nothing.
    std::optional<double> planObjective; // ⟨S, A⟩
    std::optional<double> planBound; // certified by its potentials
    std::optional<double> planGap;
    std::optional<double> residual;
    std::optional<double> rowResidual; // max |Σ_j S_ij − n| / n; of full tiles, where no padding takes a share
    std::optional<double> columnResidual;
    std::optional<int> undecided; // entries with 0.01 < S < 0.99
    std::optional<double> planLost;
    // Of the mask
    std::optional<double> maskObjective;
    std::optional<double> maskBound; // certified
    std::optional<double> maskGap;
    std::optional<double> maskLost;

    TileFigure rankedBy = TileFigure::PlanGap;
    std::optional<std::int64_t> rank; // 1 is the tile with the most of it; tiles alike share a rank
};

/// What is told of every tile alike comes from `figures`; `snapshot` and `solution` are what those were made of, `score` is
/// the whole matrix, `tile` lies in the grid.
TileFacts tileFacts(const TileFigures &figures, std::int64_t tile, TileFigure rankedBy, const SolveOptions &options,
                    Span2d<const float> score, const Snapshot *snapshot, const Solution *solution);
/// Of what the workspace shows, ranked as it ranks. It has a tensor.
TileFacts tileFacts(const Workspace &workspace, std::int64_t tile);

/// A fact in words, as every panel shows it.
struct FactText {
    QString name; // "plan gap"
    QString value; // "0.63 %"; "–" where it is not known
    QString hint; // one sentence
    VerdictLevel level = VerdictLevel::Neutral;
};

/// Of the plan, of the mask beside it, and of the tile: the same facts in the same order whatever is known.
struct FactTexts {
    std::vector<FactText> plan; // keeps, bound, gap, lost
    std::vector<FactText> mask; // likewise
    std::vector<FactText> lines; // residual, row residual, column residual
    FactText undecided;
    FactText rank;
};
FactTexts factTexts(const TileFacts &facts, std::int64_t tiles, const SolveOptions &options);

} // namespace nms
