// SPDX-License-Identifier: Apache-2.0
#include "core/sparsity/metrics.h"
#include "tests/backend/cases.h"

#include <algorithm>
#include <functional>

namespace nms::test {

namespace {

constexpr NmPattern patterns[] = {{2, 4}, {4, 8}, {5, 11}, {8, 16}};

std::string labelFrom(const SolveOptions &options, const char *scores)
{
    return label(options, scores) + ", from " + std::string(nameOf(*options.warmStart));
}

SolveOptions startOf(const SolveOptions &options)
{
    SolveOptions start = optionsFor(*options.warmStart, options.pattern);
    start.tau = options.tau;
    return start;
}

/// `exact` must find the same optimum from every start.
void exactFindsTheSame(SolverBackend &backend, Method source, Checks &checks)
{
    for (const NmPattern pattern : patterns)
        for (const HardScores &hard : hardScores()) {
            SolveOptions options = optionsFor(Method::Exact, pattern);
            const Matrix<float> scores = hard.make(pattern);
            const auto cold = solved(backend, scores, options, checks, label(options, hard.name));
            options.warmStart = source;
            const std::string what = labelFrom(options, hard.name);
            const auto warm = solved(backend, scores, options, checks, what);
            checks.expect(cold && warm && cold->mask == warm->mask && warm->totals().notConverged == 0 &&
                              warm->totals().objective == cold->totals().objective &&
                              warm->totals().upperBound == cold->totals().upperBound,
                          what + ": another optimum");
        }
}

/// The method converges to the same plan; dykstra needs fewer iterations from a start near it.
void entropicConverges(SolverBackend &backend, Method method, Method source, Checks &checks)
{
    for (const NmPattern pattern : patterns) {
        SolveOptions options = optionsFor(method, pattern, 3000);
        options.tolerance = 0.005;
        const Matrix<float> scores = gaussianScores(4 * pattern.m, 4 * pattern.m, 91);
        const auto cold = solved(backend, scores, options, checks, label(options, "Gaussian"));
        options.warmStart = source;
        const std::string what = labelFrom(options, "Gaussian");
        const auto warm = solved(backend, scores, options, checks, what);
        if (!cold || !warm)
            continue;
        const SolutionTotals before = cold->totals(), now = warm->totals();
        checks.expect(now.notConverged == 0 && checkTransposable(warm->mask, pattern).transposable(),
                      what + ": no convergence");
        checks.expect(now.objective <= before.upperBound * (1 + 1e-9) && now.objective >= 0.995 * before.objective,
                      what + ": another objective");
        // capped begins with sweeps, which come close to the results of other methods; random masks are near no plan.
        if (method == Method::Dykstra && source != Method::Max1000)
            checks.expect(now.iterations < before.iterations,
                          what + ": " + std::to_string(now.iterations) + " iterations, else " +
                              std::to_string(before.iterations));
    }
}

/// Every tile keeps at least the score of its start and n entries in every row and column, and its upper bound holds.
void maskIsNoWorse(SolverBackend &backend, Method method, Method source, Checks &checks)
{
    const auto look = [&](const Matrix<float> &scores, NmPattern pattern, const char *name) {
        SolveOptions options = optionsFor(method, pattern);
        options.warmStart = source;
        const std::string what = labelFrom(options, name);
        const auto start = solved(backend, scores, startOf(options), checks, what);
        const auto best = solved(backend, scores, optionsFor(Method::Exact, pattern), checks, what);
        const auto now = solved(backend, scores, options, checks, what);
        options.threads = 3;
        const auto again = solved(backend, scores, options, checks, what);
        if (!start || !best || !now || !again)
            return;
        bool noWorse = true, bounded = true;
        for (std::size_t k = 0; k < now->tiles.size(); ++k) {
            const TileResult &tile = now->tiles[k];
            // A start that keeps fewer than n in some line may be worth more than any mask that keeps n in every line.
            noWorse &= source == Method::BiNm || tile.objective >= start->tiles[k].objective * (1 - 1e-12);
            bounded &= tile.upperBound >= tile.objective && tile.upperBound >= best->tiles[k].objective * (1 - 1e-6) &&
                tile.objective <= best->tiles[k].upperBound * (1 + 1e-5) && tile.converged;
        }
        checks.expect(noWorse, what + ": worse than its start");
        checks.expect(bounded, what + ": wrong bounds");
        checks.expect(checkTransposable(now->mask, pattern).transposable(), what + ": not transposable");
        checks.expect(same(*now, *again), what + ": threads matter");
    };
    for (const NmPattern pattern : patterns) {
        look(gaussianScores(4 * pattern.m + 1, 4 * pattern.m - 1, 93), pattern, "Gaussian");
        for (const HardScores &hard : hardScores())
            look(hard.make(pattern), pattern, hard.name);
    }
}

/// Exchanges leave at most a third of the gap of greedy+swap.
void exchangesPay(SolverBackend &backend, Method source, Checks &checks)
{
    SolveOptions options = optionsFor(Method::GreedySwap, {8, 16});
    const Matrix<float> scores = gaussianScores(256, 256, 94);
    const auto best = solved(backend, scores, optionsFor(Method::Exact, {8, 16}), checks, "8:16 exact");
    const auto cold = solved(backend, scores, options, checks, "8:16 greedy+swap");
    options.warmStart = source;
    const std::string what = labelFrom(options, "Gaussian");
    const auto warm = solved(backend, scores, options, checks, what);
    if (!best || !cold || !warm)
        return;
    const double optimum = best->totals().objective;
    checks.expect(optimum - warm->totals().objective <
                      (optimum - cold->totals().objective) / (source == Method::Max1000 ? 2 : 3),
                  what + ": gains too little");
}

void isRefused(SolverBackend &backend, const SolveOptions &options, Checks &checks)
{
    const auto scores = std::make_shared<const Matrix<float>>(gaussianScores(16, 16, 92));
    const Result<Solution> batch = backend.solve(scores->span(), options, {});
    const auto live = backend.startLive(scores, options, {});
    checks.expect(!backend.canSolve(options) && !batch && batch.error().kind == ErrorKind::Unsupported && !live &&
                      live.error().kind == ErrorKind::Unsupported,
                  std::string(nameOf(options.method)) + ": not refused");
}

} // namespace

void warmStartsHelp(SolverBackend &backend, Checks &checks)
{
    bool any = false;
    for (const Method method : offeredMethods())
        for (const Method source : warmStartsOf(method)) {
            SolveOptions options = optionsFor(method, {2, 4});
            options.warmStart = source;
            if (!backend.supports(method))
                continue;
            any = true;
            if (!backend.supportsWarmStart()) {
                isRefused(backend, options, checks);
            } else if (method == Method::Exact) {
                exactFindsTheSame(backend, source, checks);
            } else if (isEntropic(method)) {
                entropicConverges(backend, method, source, checks);
            } else {
                maskIsNoWorse(backend, method, source, checks);
                if (method == Method::GreedySwap)
                    exchangesPay(backend, source, checks);
            }
        }
    if (!any)
        checks.skip("no method that starts from another");
}

} // namespace nms::test
