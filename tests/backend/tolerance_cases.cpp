// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/cases.h"

#include <algorithm>
#include <string>

namespace nms::test {

namespace {

constexpr double tolerance = 0.03;

/// Checks that each tile ended after the first iteration within the tolerance, by solves with a fixed count: the tolerance
/// is met after `iterations`, and not after one fewer.
void endedAtTheFirst(SolverBackend &backend, const Matrix<float> &scores, const Solution &stopped, Checks &checks,
                     const std::string &what)
{
    SolveOptions byCount = stopped.options;
    byCount.tolerance = 0;
    for (std::size_t tile = 0; tile < stopped.tiles.size(); tile += 5) {
        const TileResult &result = stopped.tiles[tile];
        const std::string place = what + ", tile " + std::to_string(tile);
        byCount.iterations = result.iterations;
        const auto there = solved(backend, scores, byCount, checks, place);
        checks.expect(there && there->tiles[tile].residual == result.residual &&
                          there->tiles[tile].objective == result.objective,
                      place + ": stopped elsewhere than by count");
        if (result.iterations == 1)
            continue;
        byCount.iterations = result.iterations - 1;
        const auto before = solved(backend, scores, byCount, checks, place);
        checks.expect(before && double(before->tiles[tile].residual) > tolerance, place + ": was good enough before");
    }
}

void watchedSolveEndsThere(SolverBackend &backend, const Matrix<float> &scores, const Solution &batch, Checks &checks,
                           const std::string &what)
{
    const auto live = started(backend, scores, batch.options, checks, what);
    std::vector<IterationStats> stats;
    if (!live || !advanced(*live, 100'000, checks, what, &stats))
        return;
    const int last = batch.totals().mostIterations;
    checks.expect(
        live->finished() && live->iteration() == last && int(stats.size()) == last && live->plannedIterations() == last,
        what + ": live ended after " + std::to_string(live->iteration()) + ", batch after " + std::to_string(last));
    const Result<Solution> rounded = live->round({});
    checks.expect(rounded && same(*rounded, batch), what + ": live and batch differ");
}

} // namespace

void toleranceStopsEachTile(SolverBackend &backend, Checks &checks)
{
    SolveOptions options = optionsFor(Method::Dykstra, {4, 8}, 2000);
    options.tolerance = tolerance;
    for (const Method method : {Method::Dykstra, Method::Capped, Method::Reference})
        for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{4, 8}, NmPattern{5, 11}, NmPattern{6, 6}}) {
            options.method = method;
            options.pattern = pattern;
            if (!backend.canSolve(options))
                continue;
            const std::string what = label(options, "Gaussian");
            Matrix<float> scores = gaussianScores(4 * pattern.m - 1, 3 * pattern.m, 81);
            for (std::int64_t row = 0; row < pattern.m; ++row) // a tile of zeros: its plan is uniform after one iteration
                std::fill_n(&scores(row, 0), pattern.m, 0.0F);
            const auto stopped = solved(backend, scores, options, checks, what);
            if (!stopped)
                continue;
            for (const TileResult &tile : stopped->tiles) {
                checks.expect(tile.iterations >= 1 && tile.iterations < options.iterations &&
                                  tile.residual <= float(tolerance),
                              what + ": not stopped by the tolerance");
                checks.expect(tile.converged == (tile.residual <= options.residualWarning), what + ": converged");
            }
            checks.expect(stopped->tiles.front().iterations == 1, what + ": an even plan is not left alone");
            endedAtTheFirst(backend, scores, *stopped, checks, what);
            if (backend.canWatch(options))
                watchedSolveEndsThere(backend, scores, *stopped, checks, what);

            SolveOptions strict = options; // not reachable within so few iterations
            strict.tolerance = 1e-13;
            strict.iterations = 3;
            const auto unreached = solved(backend, scores, strict, checks, what);
            checks.expect(unreached && (unreached->totals().mostIterations == 3 || pattern.n == pattern.m),
                          what + ": not all iterations");
            for (std::size_t tile = 0; unreached && tile < unreached->tiles.size(); ++tile)
                checks.expect(unreached->tiles[tile].converged == (double(unreached->tiles[tile].residual) <= 1e-13),
                              what + ": converged to 1e-13?");
        }
}

} // namespace nms::test
