// SPDX-License-Identifier: Apache-2.0
// Scores: what a mask is to keep as much of as it can. Methods see scores alone; this is how they come from weights.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/simd/weights_view.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace nms {

/// A rule that makes a score of each weight by itself.
struct ScoreRule {
    std::string_view name; // on the command line and in mask files: "abs"
    std::string_view title; // in menus: "|W|"
    /// Fills `out`, of the shape of `weights`, from finite weights; scoreRowsOf() checks what comes of it. `threads` 0: all
    /// cores. Null for |W|, which solvers make themselves of weights as they lie.
    void (*fill)(const WeightsView &weights, int threads, Span2d<float> out) = nullptr;
    int degree = 1; // scores of c·W are c^degree times those of W
};

/// abs (|W|, the first) and square (W²: what pruning a weight adds to ‖W − W∘S‖²). A new rule is added in score.cpp alone.
std::span<const ScoreRule> scoreRules();
/// Null where no rule has that name.
const ScoreRule *scoreRuleByName(std::string_view name);

/// Where the scores of a matrix come from, by rows: `weights` are rows [row0, row0 + weights.rows) of it, `out` has their
/// shape. By a rule, or read from a file that has them. Empty: |W|.
using ScoreRows = std::function<Status(std::int64_t row0, const WeightsView &weights, Span2d<float> out)>;

/// Of a rule.
///
///     solveStreamed(solver, shape, options, panelWeights, read, write, progress, scoreRowsOf(*scoreRuleByName("square"),
///     0));
ScoreRows scoreRowsOf(const ScoreRule &rule, int threads);

/// The scores of a matrix that is whole in memory.
Result<Matrix<float>> scoresOf(const WeightsView &weights, const ScoreRows &score, int threads);

/// Input error, with the place counted from `row0`, at a score that is negative or not finite.
Status checkScores(Span2d<const float> scores, std::int64_t row0, int threads = 0);

} // namespace nms
