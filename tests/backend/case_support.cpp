// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/cases.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace nms::test {

SolveOptions optionsFor(Method method, NmPattern pattern, int iterations)
{
    SolveOptions options;
    options.pattern = pattern;
    options.method = method;
    options.iterations = iterations;
    return options;
}

std::string label(const SolveOptions &options, const char *scores)
{
    return options.pattern.text() + " " + std::string(nameOf(options.method)) + ", " + scores;
}

std::unique_ptr<Solution> solved(SolverBackend &backend, const Matrix<float> &scores, const SolveOptions &options,
                                 Checks &checks, const std::string &what)
{
    Result<Solution> result = backend.solve(scores.span(), options, {});
    checks.expect(bool(result), what + ": " + (result ? "" : result.error().line()));
    return result ? std::make_unique<Solution>(std::move(*result)) : nullptr;
}

std::unique_ptr<LiveSolve> started(SolverBackend &backend, const Matrix<float> &scores, const SolveOptions &options,
                                   Checks &checks, const std::string &what)
{
    Result<std::unique_ptr<LiveSolve>> live = backend.startLive(std::make_shared<const Matrix<float>>(scores), options, {});
    checks.expect(bool(live), what + ": " + (live ? "" : live.error().line()));
    return live ? std::move(*live) : nullptr;
}

bool advanced(LiveSolve &live, int iterations, Checks &checks, const std::string &what, std::vector<IterationStats> *stats)
{
    std::vector<IterationStats> own;
    const Status status = live.advance(iterations, {}, stats ? *stats : own);
    checks.expect(bool(status), what + ": " + (status ? "" : status.error().line()));
    return bool(status);
}

Snapshot captured(LiveSolve &live, Checks &checks, const std::string &what)
{
    Snapshot snapshot;
    constexpr std::int64_t everything = std::int64_t(1) << 40;
    const Status status = live.capture({0, 0, everything, everything}, snapshot);
    checks.expect(bool(status), what + ": " + (status ? "" : status.error().line()));
    return snapshot;
}

namespace {

bool sameBits(double a, double b)
{
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool sameBits(const float *a, const float *b, std::size_t count)
{
    return count == 0 || std::memcmp(a, b, count * sizeof(float)) == 0;
}

} // namespace

bool same(const Solution &a, const Solution &b)
{
    return a.grid == b.grid && a.mask == b.mask &&
        std::equal(
               a.tiles.begin(), a.tiles.end(), b.tiles.begin(), b.tiles.end(), [](const TileResult &x, const TileResult &y) {
                   return sameBits(x.objective, y.objective) && sameBits(x.upperBound, y.upperBound) &&
                       sameBits(&x.residual, &y.residual, 1) && x.iterations == y.iterations && x.converged == y.converged;
               });
}

bool same(const IterationStats &a, const IterationStats &b)
{
    return a.iteration == b.iteration && a.stage == b.stage && sameBits(a.rowResidual, b.rowResidual) &&
        sameBits(a.columnResidual, b.columnResidual) && sameBits(a.capacityResidual, b.capacityResidual) &&
        sameBits(a.meanResidual, b.meanResidual) && sameBits(a.objective, b.objective) &&
        sameBits(a.upperBound, b.upperBound) && sameBits(a.entropy, b.entropy) && a.fractional == b.fractional &&
        a.openTiles == b.openTiles;
}

bool same(const Snapshot &a, const Snapshot &b)
{
    return a.iteration == b.iteration && same(a.stats, b.stats) && a.grid == b.grid && a.region == b.region &&
        a.plan.rows() == b.plan.rows() && a.plan.cols() == b.plan.cols() &&
        sameBits(a.plan.data(), b.plan.data(), std::size_t(a.plan.size())) && a.potentials.size() == b.potentials.size() &&
        sameBits(a.potentials.data(), b.potentials.data(), a.potentials.size()) &&
        std::equal(a.tiles.begin(), a.tiles.end(), b.tiles.begin(), b.tiles.end(),
                   [](const TileStats &x, const TileStats &y) {
                       return sameBits(&x.residual, &y.residual, 1) && sameBits(&x.gap, &y.gap, 1) &&
                           sameBits(&x.undecided, &y.undecided, 1) && sameBits(&x.lost, &y.lost, 1);
                   });
}

} // namespace nms::test
