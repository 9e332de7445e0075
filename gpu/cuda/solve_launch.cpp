// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/solve_launch.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nms::warp {

Status checkTau(const std::string &id, const SolveOptions &options)
{
    constexpr double largestTau = 1e6; // exponents reach τ·log₂e and must be exact integers in single precision
    if (isEntropic(options.method) && options.tau > largestTau)
        return fail(ErrorKind::Unsupported, id, "τ above 10⁶ exceeds single precision",
                    "choose a smaller τ or the backend cpu");
    return {};
}

PlanLaunch planLaunchOf(const MaskLaunch &launch, const SolveOptions &options)
{
    PlanLaunch plan;
    static_cast<MaskLaunch &>(plan) = launch;
    plan.iterations = options.iterations;
    plan.tolerance = toleranceOf(options);
    return plan;
}

Launch launchOf(const MaskLaunch &launch, const SolveOptions &options)
{
    switch (traitsOf(options.method).device) {
    case DeviceProgram::Exact:
        return ExactLaunch{launch};
    case DeviceProgram::Greedy:
        return GreedyLaunch{launch, false};
    case DeviceProgram::GreedySwap:
        return GreedyLaunch{launch, true};
    case DeviceProgram::RowNm:
        return StandardLaunch{launch, true};
    case DeviceProgram::ColNm:
        return StandardLaunch{launch, false};
    case DeviceProgram::Capped:
        return CappedLaunch{planLaunchOf(launch, options)};
    default:
        return DykstraLaunch{planLaunchOf(launch, options)};
    }
}

Problem problemOf(const TileGrid &grid, const SolveOptions &options, const void *weights, WeightType type, bool magnitudes)
{
    Problem problem;
    problem.weights = weights;
    problem.type = type == WeightType::F32 ? ElementType::Float32
        : type == WeightType::F16          ? ElementType::Float16
                                           : ElementType::BFloat16;
    problem.magnitudes = magnitudes;
    problem.rows = grid.rows;
    problem.cols = grid.cols;
    problem.stride = grid.cols;
    problem.n = options.pattern.n;
    problem.m = options.pattern.m;
    problem.scale = options.tau * std::numbers::log2e;
    return problem;
}

TileSet allTiles(const TileGrid &grid)
{
    return {0, 0, grid.tileCols(), 0, grid.count()};
}

float toleranceOf(const SolveOptions &options)
{
    const double wanted = options.tolerance > 0       ? options.tolerance
        : traitsOf(options.method).stopsWhenConverged ? options.residualLimit()
                                                      : 0;
    const float nearest = float(wanted); // rounded down, so that a float is within both tolerances or neither
    return double(nearest) > wanted ? std::nextafter(nearest, 0.0F) : nearest;
}

TileResult resultOf(const TileFigures &figures, const SolveOptions &options)
{
    TileResult result;
    result.objective = figures.objective;
    result.upperBound = figures.upperBound;
    result.residual = figures.residual;
    result.iterations = figures.iterations;
    result.converged = figures.residual <= options.residualLimit();
    if (traitsOf(options.method).provesOptimum)
        result.converged = figures.upperBound == figures.objective;
    return result;
}

std::int64_t tilesAtOnce(const Queue &queue, int m, int iterations)
{
    const double side = paddedSide(m);
    const auto groups = std::int64_t(queue.workAtOnce() / (side * side * iterations * tilesPerWarp(m)));
    return std::max<std::int64_t>(1, groups) * tilesPerWarp(m);
}

Unexpected<Error> invalidScoreError(const std::string &id, const TileGrid &grid, std::int64_t tile)
{
    return fail(ErrorKind::Input, id,
                "the score matrix holds a value that is negative or not finite in the tile at row " +
                    std::to_string(grid.rowOf(tile) * grid.m) + ", column " + std::to_string(grid.colOf(tile) * grid.m),
                "repair the weights: no mask can be chosen from such scores");
}

} // namespace nms::warp
