// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/warp_backend.h"
#include "core/solver/tile_loop.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numbers>

namespace nms::warp {
namespace {

/// Exponents reach τ·log₂e and must be exact integers in single precision.
constexpr double largestTau = 1e6;

Result<Solution> solveOn(Fleet &fleet, const std::string &id, const WeightsView &weights, bool magnitudes,
                         const SolveOptions &options, const Progress &progress)
{
    return withMemoryErrors(id, [&]() -> Result<Solution> {
        const auto begun = std::chrono::steady_clock::now();
        Solution solution;
        solution.options = options;
        solution.grid = {weights.rows, weights.cols, options.pattern.m};
        solution.mask = Mask(weights.rows, weights.cols);
        solution.tiles.resize(std::size_t(solution.grid.count()));
        BatchJob job{id, weights, magnitudes, progress, solution};
        if (const Status status = fleet.solve(job); !status)
            return fail(status.error());
        solution.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
        return solution;
    });
}

class WarpWeightsSolver : public WeightsSolver
{
public:
    WarpWeightsSolver(std::string id, const std::vector<Device> &devices, const SolveOptions &options, const Warn &warn)
        : m_id(std::move(id)), m_options(options), m_fleet(m_id, devices, options, warn)
    { }

    Result<Solution> solve(const WeightsView &weights, const Progress &progress) override
    {
        return solveOn(m_fleet, m_id, weights, true, m_options, progress);
    }
    std::int64_t weightsAtOnce() override
    {
        constexpr std::int64_t bytesPerWeight = 2;
        return m_fleet.bytesAtOnce() / bytesPerWeight;
    }
    std::int64_t bytesPerWeight() const override { return 1; } // masks and figures on their way
    Result<HostMemory> takeMemory(std::int64_t bytes) override
    {
        Result<HostMemory> memory = m_fleet.takeOfHost(bytes);
        return memory ? std::move(memory) : WeightsSolver::takeMemory(bytes);
    }

private:
    const std::string m_id;
    const SolveOptions m_options;
    Fleet m_fleet;
};

class WarpBackend : public SolverBackend
{
public:
    WarpBackend(std::string id, std::string description, std::vector<Device> devices, Warn warn)
        : m_id(std::move(id)), m_description(std::move(description)), m_devices(std::move(devices)), m_warn(std::move(warn))
    { }

    std::string id() const override { return m_id; }
    std::string description() const override { return m_description; }
    bool supports(Method method) const override { return traitsOf(method).device != DeviceProgram::None; }
    bool supportsLive(Method method) const override { return supports(method) && hasIterations(method); }

    Result<Solution> solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress) override
    {
        if (const Status status = checkTau(options, checkSolve(options)); !status)
            return fail(status.error());
        Fleet fleet(m_id, m_devices, options, m_warn);
        return solveOn(fleet, m_id, score, false, options, progress);
    }

    Result<std::unique_ptr<WeightsSolver>> startWeights(const SolveOptions &options) override
    {
        if (const Status status = checkTau(options, checkSolve(options)); !status)
            return fail(status.error());
        return std::make_unique<WarpWeightsSolver>(m_id, m_devices, options, m_warn);
    }

    Result<std::unique_ptr<LiveSolve>> startLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options,
                                                 const Progress &progress) override
    {
        if (const Status status = checkTau(options, checkLive(options)); !status)
            return fail(status.error());
        return withMemoryErrors(m_id, [&]() -> Result<std::unique_ptr<LiveSolve>> {
            auto solving = m_devices.front().make(options.threads);
            if (!solving)
                return fail(solving.error());
            auto copying = m_devices.front().make(options.threads);
            if (!copying)
                return fail(copying.error());
            return makeWarpLive(m_id, std::move(*solving), std::move(*copying), *score, options, progress);
        });
    }

    LiveMemory liveMemory(const TileGrid &grid, const SolveOptions &options) const override
    {
        return warpLiveMemory(grid, options);
    }

private:
    Status checkTau(const SolveOptions &options, const Status &checked) const
    {
        if (checked && isEntropic(options.method) && options.tau > largestTau)
            return fail(ErrorKind::Unsupported, m_id, "τ above 10⁶ exceeds single precision",
                        "choose a smaller τ or the backend cpu");
        return checked;
    }

    std::string m_id;
    std::string m_description;
    std::vector<Device> m_devices;
    Warn m_warn;
};

} // namespace

std::unique_ptr<SolverBackend> makeWarpBackend(std::string id, std::string description, std::vector<Device> devices,
                                               Warn warn)
{
    return std::make_unique<WarpBackend>(std::move(id), std::move(description), std::move(devices), std::move(warn));
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
    const float nearest = float(wanted); // rounded down: a float is within both or within neither
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
