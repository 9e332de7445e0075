// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/compare_matrix.h"

#include "core/base/exceptions.h"
#include "core/solver/hand_over.h"

namespace nms {

namespace {

SolveOptions optionsFor(const ComparisonCase &which, SolveOptions options)
{
    options.pattern = which.pattern;
    options.method = which.method;
    options.warmStart.reset(); // only some methods have it; the comparison is of methods started cold
    return options;
}

/// Called before anything is solved, so that a long comparison does not fail late with an error known from the start.
Status check(const SolverBackend &backend, const SolverBackend &fallback, Span2d<const float> weights,
             const std::vector<ComparisonCase> &cases, const SolveOptions &base)
{
    for (const ComparisonCase &one : cases) {
        const SolveOptions options = optionsFor(one, base);
        if (Status valid = options.validate(); !valid)
            return valid;
        if (one.pattern.m > weights.rows || one.pattern.m > weights.cols)
            return fail(ErrorKind::Input, "comparison",
                        "keep " + std::to_string(one.pattern.n) + " of " + std::to_string(one.pattern.m) +
                            " needs at least " + std::to_string(one.pattern.m) + " rows and columns, the matrix is " +
                            std::to_string(weights.rows) + " x " + std::to_string(weights.cols),
                        "leave this pattern out or choose a larger tensor");
        if (!backend.canSolve(options) && !fallback.canSolve(options))
            return fail(ErrorKind::Unsupported, "comparison",
                        "neither " + backend.id() + " nor " + fallback.id() + " has the method " +
                            std::string(nameOf(one.method)) + " with these options",
                        "leave this method out");
    }
    return {};
}

Result<ComparisonRow> runCase(SolverBackend &backend, Span2d<const float> weights, Span2d<const float> score,
                              const ComparisonCase &which, const SolveOptions &options, const std::stop_token &stop)
{
    const Result<Solution> solution = backend.solve(score, options, {stop, {}});
    if (!solution)
        return fail(solution.error());
    const MaskSums sums = maskSums(weights, solution->mask, options.threads);
    const MaskSums ofScores = maskSums(score, solution->mask, options.threads);
    for (const Status &checked : {checkCounts(*solution, options.threads), checkObjective(*solution, score, ofScores)})
        if (!checked)
            return fail(checked.error());
    ComparisonRow row;
    row.which = which;
    row.sums = sums;
    row.metrics = metricsOf(sums);
    row.totals = solution->totals();
    row.seconds = solution->seconds;
    row.transposable = isTransposable(which.method);
    row.backend = backend.id();
    return row;
}

} // namespace

ComparisonRow &ComparisonRow::operator+=(const ComparisonRow &following)
{
    sums += following.sums;
    metrics = metricsOf(sums);
    totals += following.totals;
    seconds += following.seconds;
    transposable = transposable && following.transposable;
    return *this;
}

std::vector<ComparisonCase> crossProduct(const std::vector<NmPattern> &patterns, const std::vector<Method> &methods)
{
    std::vector<ComparisonCase> cases;
    cases.reserve(patterns.size() * methods.size());
    for (const NmPattern &pattern : patterns) {
        for (const Method method : methods)
            cases.push_back({pattern, method});
    }
    return cases;
}

Status runComparison(SolverBackend &backend, SolverBackend &fallback, Span2d<const float> weights,
                     const std::vector<ComparisonCase> &cases, const SolveOptions &base, const std::stop_token &stop,
                     const std::function<void(const ComparisonRow &)> &onRow, const ScoreRows &score)
{
    try {
        if (Status checked = check(backend, fallback, weights, cases, base); !checked)
            return checked;
        const Result<Matrix<float>> scores = scoresOf(weights, score, base.threads);
        if (!scores)
            return fail(scores.error());
        for (const ComparisonCase &one : cases) {
            if (stop.stop_requested())
                return fail(ErrorKind::Cancelled, "comparison", "stopped before " + one.pattern.text());
            const SolveOptions options = optionsFor(one, base);
            SolverBackend &chosen = backend.canSolve(options) ? backend : fallback;
            const Result<ComparisonRow> row = runCase(chosen, weights, scores->span(), one, options, stop);
            if (!row)
                return fail(row.error());
            onRow(*row);
        }
        return {};
    } catch (...) {
        return fail(errorFromException("comparison", "take a smaller matrix, or close other programs"));
    }
}

} // namespace nms
