// SPDX-License-Identifier: Apache-2.0
#include "core/methods/score.h"

#include "core/base/parallel.h"

#include <array>
#include <cmath>
#include <string>

namespace nms {

namespace {

constexpr std::int64_t grainElements = 1 << 18;

std::string placeOf(std::int64_t row, std::int64_t col)
{
    return "row " + std::to_string(row) + ", column " + std::to_string(col);
}

Status fillSquares(const WeightsView &weights, int threads, Span2d<float> out)
{
    const std::int64_t grain = std::max<std::int64_t>(1, grainElements / std::max<std::int64_t>(1, weights.cols));
    parallelBlocks(weights.rows, grain, threads, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
            const std::span<float> line = out.row(row);
            rowToFloat(weights, row, line);
            for (float &value : line)
                value *= value;
        }
    });
    for (std::int64_t row = 0; row < out.rows; ++row)
        for (std::int64_t col = 0; col < out.cols; ++col)
            if (!std::isfinite(out(row, col)))
                return fail(ErrorKind::Input, placeOf(row, col), "the square of the weight is too large for a score",
                            "take the score abs, or scale the weights down");
    return {};
}

constexpr std::array rules = {ScoreRule{"abs", "|W|"}, ScoreRule{"square", "W²", fillSquares}};

} // namespace

std::span<const ScoreRule> scoreRules()
{
    return rules;
}

const ScoreRule *scoreRuleByName(std::string_view name)
{
    for (const ScoreRule &rule : rules)
        if (rule.name == name)
            return &rule;
    return nullptr;
}

ScoreRows scoreRowsOf(const ScoreRule &rule, int threads)
{
    if (!rule.fill)
        return {};
    return [fill = rule.fill, threads](std::int64_t, const WeightsView &weights, Span2d<float> out) {
        return fill(weights, threads, out);
    };
}

Result<Matrix<float>> scoresOf(const WeightsView &weights, const ScoreRows &score, int threads)
{
    Matrix<float> scores(weights.rows, weights.cols);
    if (!score)
        toMagnitudes(weights, threads, scores.span());
    else if (const Status filled = score(0, weights, scores.span()); !filled)
        return fail(filled.error());
    return scores;
}

Status checkScores(Span2d<const float> scores, std::int64_t row0)
{
    for (std::int64_t row = 0; row < scores.rows; ++row)
        for (std::int64_t col = 0; col < scores.cols; ++col)
            if (const float score = scores(row, col); !(score >= 0 && std::isfinite(score)))
                return fail(ErrorKind::Input, placeOf(row0 + row, col),
                            score < 0 ? "the score is negative" : "the score is not finite",
                            "give scores that are finite and at least 0");
    return {};
}

} // namespace nms
