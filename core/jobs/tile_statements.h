// SPDX-License-Identifier: Apache-2.0
// The explanation of a tile in sentences, every number of which is in the explanation.
#pragma once

#include "core/jobs/tile_explanation.h"

#include <string>
#include <vector>

namespace nms::jobs {

/// How a statement is to be taken; determines its colour.
enum class Judgement { Neutral, Good, Warning };

struct Statement {
    enum class Topic { Sums, Undecided, Binding, Certificate, Gap, Decisions };
    Topic topic = Topic::Sums;
    std::string text; // one or two sentences with a full stop, UTF-8
    Judgement judgement = Judgement::Neutral;
};

struct TileStatements {
    Statement headline; // the most important sentence: why the tile is as it is
    std::vector<Statement> ofPlan; // empty without a plan
    std::vector<Statement> ofMask; // empty without a mask
};

/// Rows and columns are numbered as in the matrix. `explanation` is that of `tile`.
TileStatements statementsOf(const ExplainedTile &tile, const TileExplanation &explanation);

/// "row 69 sums to 8.130, 0.13 over N = 8"
std::string textOf(const LineOff &line, const ExplainedTile &tile);
/// "3.12 + 2.9 + 0.9486 = 6.9686"
std::string sumOf(const Certificate &certificate);
/// "(69, 355)"
std::string placeOf(const EntrySlack &entry, const ExplainedTile &tile);

} // namespace nms::jobs
