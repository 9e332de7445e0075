// SPDX-License-Identifier: Apache-2.0
// Scores: a mask is chosen to keep the largest possible sum of them. Methods only see scores; this file makes them from
// weights.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/simd/weights_view.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace nms {

/// A rule that computes the score of each weight from that weight alone.
struct ScoreRule {
    std::string_view name; // on the command line and in mask files: "abs"
    std::string_view title; // in menus: "|W|"
    /// Fills `out`, of the shape of `weights`, from finite weights; scoreRowsOf() checks the result. `threads` 0: all
    /// cores. Null for |W|, which solvers compute themselves from the weights.
    void (*fill)(const WeightsView &weights, int threads, Span2d<float> out) = nullptr;
    int degree = 1; // scores of c·W are |c|^degree times those of W
};

/// abs (|W|, the first) and square (W²: what pruning a weight adds to ‖W − W∘S‖²). A new rule only needs an entry in
/// score.cpp.
std::span<const ScoreRule> scoreRules();
/// Null where no rule has that name.
const ScoreRule *scoreRuleByName(std::string_view name);

/// Gives the scores of a matrix, by rows: `weights` are rows [row0, row0 + weights.rows) of it, `out` has the same shape.
/// By a rule, or read from a file with scores. Empty: |W|.
using ScoreRows = std::function<Status(std::int64_t row0, const WeightsView &weights, Span2d<float> out)>;

/// The scores of a rule.
///
///     solveStreamed(solver, shape, options, panelWeights, read, write, progress,
///                   scoreRowsOf(*scoreRuleByName("square"), 0));
ScoreRows scoreRowsOf(const ScoreRule &rule, int threads);

/// The scores of a whole matrix in memory.
Result<Matrix<float>> scoresOf(const WeightsView &weights, const ScoreRows &score, int threads);

/// Input error at a score that is negative or not finite; the row in the message is counted from `row0`.
Status checkScores(Span2d<const float> scores, std::int64_t row0, int threads = 0);

} // namespace nms
