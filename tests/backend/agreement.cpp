// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/agreement.h"

#include "core/sparsity/metrics.h"
#include "tests/backend/cases.h"

#include <bit>
#include <cmath>

namespace nms::test {

namespace {

std::int64_t differences(const Mask &a, const Mask &b)
{
    std::int64_t count = 0;
    for (std::int64_t row = 0; row < a.rows(); ++row)
        for (std::size_t word = 0; word < a.row64(row).size(); ++word)
            count += std::popcount(a.row64(row)[word] ^ b.row64(row)[word]);
    return count;
}

void compareMasks(SolverBackend &backend, SolverBackend &model, const Matrix<float> &scores, const SolveOptions &options,
                  Checks &checks, const std::string &what)
{
    const auto got = solved(backend, scores, options, checks, what);
    const auto wanted = solved(model, scores, options, checks, what);
    if (!got || !wanted)
        return;
    const SolutionTotals a = got->totals(), b = wanted->totals();
    const std::int64_t different = differences(got->mask, wanted->mask);
    checks.expect(checkTransposable(got->mask, options.pattern).transposable(), what + ": the mask is not feasible");
    checks.expect(different * 500 <= scores.size(),
                  what + ": the masks differ in " + std::to_string(different) + " entries");
    // Where two rows are interchangeable, the plan has equal entries, and their last bit decides which one greedy keeps.
    checks.expect(std::abs(a.objective - b.objective) <= 1e-3 * b.objective, what + ": the objectives differ");
    checks.expect(std::abs(a.upperBound - b.upperBound) <= 1e-4 * b.upperBound, what + ": the bounds differ");
    checks.expect(std::abs(a.worstResidual - b.worstResidual) <= 1e-3, what + ": the residuals differ");
}

/// Implementations of `capped` may start and step in different ways, and stop anywhere within the allowed residual. Both
/// must give feasible masks of about the same objective, and bounds that hold for the other's mask, too.
void compareCapped(SolverBackend &backend, SolverBackend &model, const Matrix<float> &scores, const SolveOptions &options,
                   Checks &checks, const std::string &what)
{
    const auto got = solved(backend, scores, options, checks, what);
    const auto wanted = solved(model, scores, options, checks, what);
    if (!got || !wanted)
        return;
    const SolutionTotals a = got->totals(), b = wanted->totals();
    checks.expect(checkTransposable(got->mask, options.pattern).transposable(), what + ": the mask is not feasible");
    checks.expect(std::abs(a.objective - b.objective) <= 5e-3 * b.objective, what + ": the objectives differ");
    checks.expect(std::abs(a.upperBound - b.upperBound) <= 5e-3 * b.upperBound, what + ": the bounds differ");
    checks.expect(a.notConverged == b.notConverged, what + ": other tiles have converged");
    bool holds = true;
    for (std::size_t tile = 0; tile < got->tiles.size(); ++tile) {
        const TileResult &mine = got->tiles[tile], &other = wanted->tiles[tile];
        holds = holds && mine.upperBound >= other.objective * (1 - 1e-6) && other.upperBound >= mine.objective * (1 - 1e-6);
    }
    checks.expect(holds, what + ": a bound is below what the other keeps");
}

/// Methods whose masks are determined by the scores alone, on scores with many ties: the masks must be equal bit for bit.
void compareBits(SolverBackend &backend, SolverBackend &model, NmPattern pattern, Checks &checks)
{
    Random random(std::uint64_t(pattern.m));
    Matrix<float> scores(93, 131);
    for (std::int64_t k = 0; k < scores.size(); ++k)
        scores.data()[k] = float(random.bits() % 8);
    for (const Method method : {Method::Exact, Method::Greedy, Method::GreedySwap, Method::RowNm, Method::ColNm}) {
        if (!backend.supports(method) || !model.supports(method))
            continue;
        const SolveOptions options = optionsFor(method, pattern);
        const std::string what = label(options, "few levels");
        const auto got = solved(backend, scores, options, checks, what);
        const auto wanted = solved(model, scores, options, checks, what);
        checks.expect(got && wanted && got->mask == wanted->mask, what + ": not the same mask");
    }
}

void comparePlans(SolverBackend &backend, SolverBackend &model, const Matrix<float> &scores, const SolveOptions &options,
                  Checks &checks, const std::string &what)
{
    const auto live = started(backend, scores, options, checks, what);
    const auto modelLive = started(model, scores, options, checks, what);
    for (const int step : {0, 1, 7, 32}) {
        if (!live || !modelLive || !advanced(*live, step, checks, what) || !advanced(*modelLive, step, checks, what))
            return;
        const Snapshot got = captured(*live, checks, what), wanted = captured(*modelLive, checks, what);
        double plan = 0, threshold = 0;
        for (std::int64_t k = 0; k < wanted.plan.size(); ++k)
            plan = std::max(plan, std::abs(double(got.plan.data()[k]) - double(wanted.plan.data()[k])));
        for (std::size_t k = 0; k < wanted.potentials.size(); ++k)
            threshold = std::max(threshold, std::abs(double(got.potentials[k]) - double(wanted.potentials[k])));
        const std::string place = what + ", iteration " + std::to_string(wanted.iteration);
        checks.expect(plan <= 1e-4, place + ": the plans are off by " + std::to_string(plan));
        checks.expect(threshold <= 1e-4, place + ": the thresholds are off by " + std::to_string(threshold));
        const auto near = [](double a, double b) {
            return std::abs(a - b) <= 1e-4 * (1 + std::abs(b));
        };
        checks.expect(
            near(got.stats.objective, wanted.stats.objective) && near(got.stats.upperBound, wanted.stats.upperBound) &&
                near(got.stats.entropy, wanted.stats.entropy) && near(got.stats.rowResidual, wanted.stats.rowResidual) &&
                near(got.stats.columnResidual, wanted.stats.columnResidual) &&
                near(got.stats.capacityResidual, wanted.stats.capacityResidual) &&
                near(got.stats.meanResidual, wanted.stats.meanResidual),
            place + ": the figures differ");
    }
}

} // namespace

void backendsAgree(SolverBackend &backend, SolverBackend &model, Checks &checks)
{
    for (const NmPattern pattern : {NmPattern{1, 1}, NmPattern{2, 4}, NmPattern{3, 7}, NmPattern{8, 16}, NmPattern{5, 13},
                                    NmPattern{16, 32}, NmPattern{20, 29}, NmPattern{32, 64}, NmPattern{3, 50}}) {
        compareBits(backend, model, pattern, checks);
        const Matrix<float> scores = gaussianScores(93, 131, std::uint64_t(100 + pattern.m));
        const SolveOptions options = optionsFor(Method::Dykstra, pattern, 100);
        const std::string what = label(options, "Gaussian");
        compareMasks(backend, model, scores, options, checks, what);
        comparePlans(backend, model, scores, options, checks, what);
        if (!backend.supports(Method::Capped))
            continue;
        const SolveOptions capped = optionsFor(Method::Capped, pattern, 300);
        compareCapped(backend, model, scores, capped, checks, label(capped, "Gaussian"));
    }
}

} // namespace nms::test
