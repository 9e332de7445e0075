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

constexpr std::array<NmPattern, 9> patterns = {
    {{1, 1}, {2, 4}, {4, 4}, {3, 7}, {4, 8}, {1, 16}, {8, 16}, {15, 16}, {16, 32}}};

double kept(const Matrix<float> &scores, const Solution &solution, std::int64_t tile)
{
    const TileGrid &grid = solution.grid;
    double sum = 0;
    for (int i = 0; i < grid.realRows(tile); ++i)
        for (int j = 0; j < grid.realCols(tile); ++j) {
            const std::int64_t row = grid.rowOf(tile) * grid.m + i, col = grid.colOf(tile) * grid.m + j;
            sum += solution.mask.at(row, col) ? scores(row, col) : 0;
        }
    return sum;
}

/// Whether each group of m along rows (or along columns) keeps at most n.
bool holdsAlong(const Mask &mask, NmPattern pattern, bool rows)
{
    const std::int64_t lines = rows ? mask.rows() : mask.cols(), length = rows ? mask.cols() : mask.rows();
    for (std::int64_t line = 0; line < lines; ++line)
        for (std::int64_t first = 0; first < length; first += pattern.m) {
            int count = 0;
            for (std::int64_t k = first; k < std::min(length, first + pattern.m); ++k)
                count += rows ? mask.at(line, k) : mask.at(k, line);
            if (count > pattern.n)
                return false;
        }
    return true;
}

bool feasible(const Solution &solution)
{
    const NmPattern pattern = solution.options.pattern;
    switch (solution.options.method) {
    case Method::BiNm:
        return holdsAlong(solution.mask, pattern, true) && holdsAlong(solution.mask, pattern, false);
    case Method::RowNm:
        return holdsAlong(solution.mask, pattern, true);
    case Method::ColNm:
        return holdsAlong(solution.mask, pattern, false);
    case Method::Unstructured:
        return solution.mask.kept() == solution.mask.rows() * solution.mask.cols() * pattern.n / pattern.m;
    default:
        return checkTransposable(solution.mask, pattern).transposable();
    }
}

void checkSolution(const Matrix<float> &scores, const Solution &solution, const Solution *optimum, Checks &checks,
                   const std::string &what)
{
    checks.expect(feasible(solution), what + ": the mask is not feasible");
    checks.expect(std::int64_t(solution.tiles.size()) == solution.grid.count(), what + ": number of tiles");
    double objective = 0, upperBound = 0;
    for (std::size_t tile = 0; tile < solution.tiles.size(); ++tile) {
        const TileResult &result = solution.tiles[tile];
        const double sum = kept(scores, solution, std::int64_t(tile));
        const std::string place = what + ", tile " + std::to_string(tile);
        checks.expect(std::abs(result.objective - sum) <= 1e-12 * sum,
                      place + ": objective " + std::to_string(result.objective) + ", the mask keeps " + std::to_string(sum));
        checks.expect(result.upperBound >= result.objective, place + ": a bound below the objective");
        // The optimum is proven in 24-bit integers on the scale of the tile, so it is known only to this precision.
        if (optimum)
            checks.expect(result.upperBound >= optimum->tiles[tile].objective * (1 - 1e-6),
                          place + ": bound " + std::to_string(result.upperBound) + ", optimum " +
                              std::to_string(optimum->tiles[tile].objective));
        checks.expect(result.residual >= 0 && result.iterations >= 0, place + ": residual or iterations");
        objective += result.objective;
        upperBound += result.upperBound;
    }
    const SolutionTotals totals = solution.totals();
    checks.expect(totals.tiles == solution.grid.count() && std::abs(totals.objective - objective) <= 1e-12 * objective &&
                      std::abs(totals.upperBound - upperBound) <= 1e-12 * upperBound && totals.relativeGap >= 0 &&
                      totals.worstGap >= totals.relativeGap - 1e-12,
                  what + ": totals");
}

} // namespace

void masksAreFeasible(SolverBackend &backend, Checks &checks)
{
    const auto reference = makeReferenceBackend();
    for (const NmPattern pattern : patterns)
        for (const HardScores &hard : hardScores()) {
            const Matrix<float> scores = hard.make(pattern);
            const auto optimum = solved(*reference, scores, optionsFor(Method::Exact, pattern), checks, hard.name);
            for (const Method method : offeredMethods()) {
                if (!backend.supports(method))
                    continue;
                const SolveOptions options = optionsFor(method, pattern, 100);
                const std::string what = label(options, hard.name);
                if (const auto solution = solved(backend, scores, options, checks, what))
                    checkSolution(scores, *solution, isTransposable(method) ? optimum.get() : nullptr, checks, what);
            }
        }
    if (checks.done() == 0)
        checks.skip("no method at all");
}

void exactIsOptimal(SolverBackend &backend, Checks &checks)
{
    if (!backend.supports(Method::Exact))
        return checks.skip("no exact");
    const auto reference = makeReferenceBackend();
    const auto compare = [&](const Matrix<float> &scores, NmPattern pattern, const char *name) {
        const SolveOptions options = optionsFor(Method::Exact, pattern);
        const std::string what = label(options, name);
        const auto wanted = solved(*reference, scores, options, checks, what);
        const auto got = solved(backend, scores, options, checks, what);
        if (!wanted || !got)
            return;
        const std::int64_t m = pattern.m;
        for (std::size_t tile = 0; tile < got->tiles.size(); ++tile) {
            const TileResult &result = got->tiles[tile];
            const std::string place = what + ", tile " + std::to_string(tile);
            double most = 0;
            for (std::int64_t i = 0; i < got->grid.realRows(std::int64_t(tile)); ++i)
                for (std::int64_t j = 0; j < got->grid.realCols(std::int64_t(tile)); ++j)
                    most = std::max(most,
                                    double(scores(got->grid.rowOf(std::int64_t(tile)) * m + i,
                                                  got->grid.colOf(std::int64_t(tile)) * m + j)));
            // Half a unit of 1/(2²⁴ − 1) of the maximum for each entry kept by either mask.
            const double quantum = double(pattern.n) * double(m) * most / double((1 << 24) - 1);
            checks.expect(result.converged, place + ": not proven");
            checks.expect(result.gap() == 0, place + ": gap " + std::to_string(result.gap()));
            checks.expect(std::abs(result.objective - wanted->tiles[tile].objective) <= quantum,
                          place + ": " + std::to_string(result.objective) + " instead of " +
                              std::to_string(wanted->tiles[tile].objective));
        }
    };
    for (const NmPattern pattern : patterns) {
        compare(gaussianScores(3 * pattern.m, 2 * pattern.m, 77), pattern, "Gaussian");
        for (const HardScores &hard : hardScores())
            compare(hard.make(pattern), pattern, hard.name);
    }
    compare(gaussianScores(64, 64, 78), {32, 64}, "Gaussian");
    compare(gaussianScores(70, 64, 79), {5, 64}, "Gaussian, ragged");
}

void dykstraComesClose(SolverBackend &backend, Checks &checks)
{
    if (!backend.supports(Method::Dykstra))
        return checks.skip("no dykstra");
    const auto reference = makeReferenceBackend();
    for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{4, 8}, NmPattern{8, 16}}) {
        const Matrix<float> scores = gaussianScores(128, 128, 21);
        const auto optimum = solved(*reference, scores, optionsFor(Method::Exact, pattern), checks, "reference");
        const SolveOptions options = optionsFor(Method::Dykstra, pattern);
        const auto solution = solved(backend, scores, options, checks, label(options, "Gaussian"));
        if (!optimum || !solution)
            continue;
        const double below = 1 - solution->totals().objective / optimum->totals().objective;
        checks.expect(below >= -1e-9 && below <= 0.003,
                      label(options, "Gaussian") + ": below the optimum by " + std::to_string(below));
        checks.expect(solution->totals().relativeGap <= 0.01,
                      label(options, "Gaussian") + ": gap " + std::to_string(solution->totals().relativeGap));
    }
}

void baselinesGiveOneMask(SolverBackend &backend, Checks &checks)
{
    const auto reference = makeReferenceBackend();
    bool any = false;
    for (const Method method : {Method::Greedy, Method::GreedySwap}) {
        if (!backend.supports(method))
            continue;
        any = true;
        for (const NmPattern pattern : patterns)
            for (const HardScores &hard : hardScores()) {
                const Matrix<float> scores = hard.make(pattern);
                const SolveOptions options = optionsFor(method, pattern);
                const std::string what = label(options, hard.name);
                const auto wanted = solved(*reference, scores, options, checks, what);
                const auto got = solved(backend, scores, options, checks, what);
                if (wanted && got)
                    checks.expect(wanted->mask == got->mask, what + ": not the reference's mask");
            }
    }
    if (!any)
        checks.skip("no greedy");
}

} // namespace nms::test
