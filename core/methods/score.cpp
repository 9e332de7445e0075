// SPDX-License-Identifier: Apache-2.0
#include "core/methods/score.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <string>

namespace nms {

namespace {

constexpr std::int64_t grainElements = 1 << 18;

std::string placeOf(std::int64_t row, std::int64_t col)
{
    return "row " + std::to_string(row) + ", column " + std::to_string(col);
}

template <class F> void eachRow(std::int64_t rows, std::int64_t cols, int threads, F &&work)
{
    const std::int64_t grain = std::max<std::int64_t>(1, grainElements / std::max<std::int64_t>(1, cols));
    parallelBlocks(rows, grain, threads, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row)
            work(row);
    });
}

void fillSquares(const WeightsView &weights, int threads, Span2d<float> out)
{
    eachRow(weights.rows, weights.cols, threads, [&](std::int64_t row) {
        const std::span<float> line = out.row(row);
        rowToFloat(weights, row, line);
        for (float &value : line)
            value *= value;
    });
}

bool isScore(float value)
{
    return value >= 0 && std::isfinite(value);
}

constexpr std::array rules = {ScoreRule{"abs", "|W|"}, ScoreRule{"square", "W²", fillSquares, 2}};

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
    return [fill = rule.fill, threads](std::int64_t row0, const WeightsView &weights, Span2d<float> out) {
        fill(weights, threads, out);
        return checkScores(out, row0, threads);
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

Status checkScores(Span2d<const float> scores, std::int64_t row0, int threads)
{
    std::atomic<std::int64_t> first = scores.rows; // first row with an invalid score
    eachRow(scores.rows, scores.cols, threads, [&](std::int64_t row) {
        if (!std::ranges::all_of(scores.row(row), isScore))
            for (std::int64_t known = first; row < known && !first.compare_exchange_weak(known, row);) { }
    });
    if (first == scores.rows)
        return {};
    const std::span<const float> row = scores.row(first);
    const auto bad = std::ranges::find_if_not(row, isScore);
    return fail(ErrorKind::Input, placeOf(row0 + first, bad - row.begin()),
                *bad < 0 ? "the score is negative" : "the score is not finite",
                "give scores that are finite and at least 0 (the square of a weight above 1.8e19 is not)");
}

} // namespace nms
