// SPDX-License-Identifier: Apache-2.0
#include "core/sparsity/metrics.h"
#include "tests/backend/cases.h"

namespace nms::test {

namespace {

constexpr NmPattern patterns[] = {{2, 4}, {4, 8}, {5, 11}, {8, 16}};

/// The optimum is the optimum from wherever it is looked for.
void exactFindsTheSame(SolverBackend &backend, Method source, Checks &checks)
{
    for (const NmPattern pattern : patterns)
        for (const HardScores &hard : hardScores()) {
            SolveOptions options = optionsFor(Method::Exact, pattern);
            const std::string what = label(options, hard.name) + ", from " + std::string(nameOf(source));
            const Matrix<float> scores = hard.make(pattern);
            const auto cold = solved(backend, scores, options, checks, what);
            options.warmStart = source;
            const auto warm = solved(backend, scores, options, checks, what);
            checks.expect(cold && warm && cold->mask == warm->mask && warm->totals().notConverged == 0 &&
                              warm->totals().objective == cold->totals().objective &&
                              warm->totals().upperBound == cold->totals().upperBound,
                          what + ": another optimum");
        }
}

/// It converges to the same plan, sooner.
void entropicComesSooner(SolverBackend &backend, Method method, Method source, Checks &checks)
{
    for (const NmPattern pattern : patterns) {
        SolveOptions options = optionsFor(method, pattern, 3000);
        options.tolerance = 0.005;
        const std::string what = label(options, "Gaussian") + ", from " + std::string(nameOf(source));
        const Matrix<float> scores = gaussianScores(4 * pattern.m, 4 * pattern.m, 91);
        const auto cold = solved(backend, scores, options, checks, what);
        options.warmStart = source;
        const auto warm = solved(backend, scores, options, checks, what);
        if (!cold || !warm)
            continue;
        const SolutionTotals before = cold->totals(), now = warm->totals();
        checks.expect(now.notConverged == 0 && checkTransposable(warm->mask, pattern).transposable(),
                      what + ": no convergence");
        checks.expect(now.objective <= before.upperBound * (1 + 1e-9) && now.objective >= 0.995 * before.objective,
                      what + ": another objective");
        if (method == Method::Dykstra) // capped begins with sweeps, close to what others end with
            checks.expect(now.iterations < before.iterations,
                          what + ": " + std::to_string(now.iterations) + " iterations, else " +
                              std::to_string(before.iterations));
    }
}

} // namespace

void warmStartSparesIterations(SolverBackend &backend, Checks &checks)
{
    bool any = false;
    for (const Method method : {Method::Exact, Method::Dykstra, Method::Capped})
        for (const Method source : warmStartsOf(method)) {
            SolveOptions options = optionsFor(method, {2, 4});
            options.warmStart = source;
            if (!backend.supports(method))
                continue;
            any = true;
            if (!backend.supportsWarmStart()) {
                const auto scores = std::make_shared<const Matrix<float>>(gaussianScores(16, 16, 92));
                const Result<Solution> batch = backend.solve(scores->span(), options, {});
                const auto live = backend.startLive(scores, options);
                checks.expect(!backend.canSolve(options) && !batch && batch.error().kind == ErrorKind::Unsupported &&
                                  !live && live.error().kind == ErrorKind::Unsupported,
                              "not refused");
            } else if (method == Method::Exact) {
                exactFindsTheSame(backend, source, checks);
            } else {
                entropicComesSooner(backend, method, source, checks);
            }
        }
    if (!any)
        checks.skip("no method that starts from another");
}

} // namespace nms::test
