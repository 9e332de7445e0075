// SPDX-License-Identifier: Apache-2.0
#include "core/reference/reference_backend.h"
#include "core/solver/cpu_backend.h"
#include "core/sparsity/metrics.h"
#include "tests/backend/cases.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nms::test {

namespace {

struct Sized {
    NmPattern pattern;
    int tiles; // along each side
};

constexpr std::array<Sized, 11> patterns = {{
    {{2, 4}, 6},
    {{1, 4}, 3},
    {{4, 8}, 4},
    {{8, 16}, 2},
    {{4, 16}, 2},
    {{16, 32}, 2},
    {{3, 7}, 4},
    {{1, 9}, 2},
    {{8, 8}, 2},
    {{11, 12}, 2},
    {{32, 64}, 1},
}};

void comparePlans(SolverBackend &backend, const Matrix<float> &scores, const SolveOptions &options, Checks &checks,
                  const std::string &what)
{
    const auto reference = makeReferenceBackend();
    const auto expected = started(*reference, scores, options, checks, what);
    const auto live = started(backend, scores, options, checks, what);
    if (!expected || !live || !advanced(*expected, options.iterations, checks, what) ||
        !advanced(*live, options.iterations, checks, what))
        return;
    const Snapshot wanted = captured(*expected, checks, what), got = captured(*live, checks, what);
    if (wanted.plan.size() != got.plan.size()) {
        checks.expect(false, what + ": the plans differ in size");
        return;
    }
    double worst = 0;
    for (std::int64_t k = 0; k < wanted.plan.size(); ++k) {
        const double difference = std::abs(double(wanted.plan.data()[k]) - double(got.plan.data()[k]));
        worst = difference <= worst ? worst : difference; // written so that a NaN counts as the worst
    }
    checks.expect(worst <= 1e-4, what + ": the plan is off by " + std::to_string(worst));
    checks.expect(got.iteration == options.iterations, what + ": iteration " + std::to_string(got.iteration));
}

} // namespace

void planEqualsReference(SolverBackend &backend, Checks &checks)
{
    if (!backend.supportsLive(Method::Dykstra))
        return checks.skip("no live dykstra");
    for (const auto &[pattern, tiles] : patterns) {
        const Matrix<float> scores = gaussianScores(tiles * pattern.m, tiles * pattern.m, std::uint64_t(pattern.m));
        for (const int iterations : {1, 2, 9, 300}) {
            const SolveOptions options = optionsFor(Method::Dykstra, pattern, iterations);
            comparePlans(backend, scores, options, checks, label(options, "Gaussian") + " T" + std::to_string(iterations));
        }
    }
}

/// With a large tau, plans converge slowly: entries that are at first too small for any exponent matter in the end, and
/// factors accumulate over many iterations.
void planEqualsReferenceInTheLongRun(SolverBackend &backend, Checks &checks)
{
    if (!backend.supportsLive(Method::Dykstra))
        return checks.skip("no live dykstra");
    for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{4, 8}}) {
        SolveOptions options = optionsFor(Method::Dykstra, pattern, 40'000);
        options.tau = 20'000;
        comparePlans(backend, gaussianScores(2 * pattern.m, pattern.m, 15), options, checks, label(options, "steep"));
    }
}

void planEqualsReferenceOnHardScores(SolverBackend &backend, Checks &checks)
{
    if (!backend.supportsLive(Method::Dykstra))
        return checks.skip("no live dykstra");
    for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{3, 7}, NmPattern{8, 16}})
        for (const HardScores &hard : hardScores()) {
            const SolveOptions options = optionsFor(Method::Dykstra, pattern);
            comparePlans(backend, hard.make(pattern), options, checks, label(options, hard.name));
        }
}

void extremeTauIsSafe(SolverBackend &backend, Checks &checks)
{
    if (!backend.supportsLive(Method::Dykstra))
        return checks.skip("no live dykstra");
    for (const double tau : {1e-6, 1.0, 1e3, 1e5})
        for (const HardScores &hard : hardScores()) {
            SolveOptions options = optionsFor(Method::Dykstra, {4, 8}, 50);
            options.tau = tau;
            const std::string what = label(options, hard.name) + ", tau " + std::to_string(tau);
            const auto live = started(backend, hard.make(options.pattern), options, checks, what);
            if (!live || !advanced(*live, options.iterations, checks, what))
                continue;
            const Snapshot snapshot = captured(*live, checks, what);
            const float *plan = snapshot.plan.data();
            checks.expect(std::all_of(plan, plan + snapshot.plan.size(), [](float s) { return s >= 0 && s <= 1; }),
                          what + ": the plan leaves [0, 1]");
            for (const double figure :
                 {snapshot.stats.rowResidual, snapshot.stats.columnResidual, snapshot.stats.capacityResidual,
                  snapshot.stats.objective, snapshot.stats.upperBound, snapshot.stats.entropy})
                checks.expect(std::isfinite(figure) && figure >= 0, what + ": figure " + std::to_string(figure));
            const Result<Solution> rounded = live->round({});
            checks.expect(rounded && checkTransposable(rounded->mask, options.pattern).transposable(),
                          what + ": the mask is not feasible");
        }
}

} // namespace nms::test
