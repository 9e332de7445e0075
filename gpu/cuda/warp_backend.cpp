// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/warp_backend.h"

#include "core/solver/progress_meter.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numbers>

namespace nms::warp {
namespace {

using Clock = std::chrono::steady_clock;

/// Exponents reach τ·log₂e and must be exact integers in single precision.
constexpr double largestTau = 1e6;

/// A launch does no more iterations than this, or it would hold up a stop (and a desktop) for too long.
constexpr int iterationsAtOnce = 512;

bool isPlanMethod(Method method)
{
    return method == Method::Dykstra || method == Method::Capped;
}

/// What a tile takes, as so many iterations of dykstra: about.
int costInIterations(const SolveOptions &options)
{
    switch (options.method) {
    case Method::Exact:
        return 64;
    case Method::Dykstra:
        return std::min(options.iterations, 2 * iterationsAtOnce);
    case Method::Capped: // most tiles end long before
        return std::min(4 * options.iterations, 2 * iterationsAtOnce);
    default:
        return 32;
    }
}

/// A batch solve, by panels of tile rows that fit into the queue's memory.
class BatchSolve
{
public:
    BatchSolve(const std::string &id, Queue &queue, Span2d<const float> score, const Progress &progress, Solution &solution)
        : m_id(id), m_queue(queue), m_score(score), m_progress(progress), m_solution(solution), m_options(solution.options),
          m_grid(solution.grid), m_meter(progress, m_grid.count())
    { }

    Status run()
    {
        if (m_grid.count() == 0)
            return {};
        if (const Status status = takeMemory(); !status)
            return status;
        for (std::int64_t tileRow = 0; tileRow < m_grid.tileRows(); tileRow += m_panelTileRows)
            if (const Status status = solvePanel(tileRow); !status)
                return status;
        return {};
    }

private:
    bool sliced() const { return isPlanMethod(m_options.method) && m_options.iterations > 2 * iterationsAtOnce; }

    Status takeMemory()
    {
        const std::int64_t tiles = m_grid.tileCols();
        const std::int64_t potentials = sliced() ? tiles * 2 * m_grid.m : 0;
        const std::int64_t counts = sliced() ? tiles : 0;
        const std::int64_t rowBytes =
            m_grid.m * (m_grid.cols * std::int64_t(sizeof(float)) + m_solution.mask.wordsPerRow() * 8) +
            tiles * std::int64_t(sizeof(TileFigures)) + potentials * 8 + counts * 4;
        const std::int64_t usable = m_queue.bytesFree() / 10 * 9;
        m_panelTileRows = std::min(m_grid.tileRows(), usable / rowBytes);
        if (m_panelTileRows == 0)
            return fail(ErrorKind::Resource, m_id,
                        "a row of tiles needs " + std::to_string(rowBytes) + " bytes, the device has " +
                            std::to_string(usable) + " free",
                        "free memory on the device or use the cpu backend");
        const std::int64_t rows = std::min(m_grid.rows, m_panelTileRows * m_grid.m);
        const auto take = [&](auto &buffer, std::int64_t count) -> Status {
            auto made = std::remove_reference_t<decltype(buffer)>::make(m_queue, count);
            if (!made)
                return fail(made.error());
            buffer = std::move(*made);
            return {};
        };
        Status status = take(m_panel, rows * m_grid.cols);
        if (status)
            status = take(m_mask, rows * m_solution.mask.wordsPerRow());
        if (status)
            status = take(m_figures, m_panelTileRows * tiles);
        if (status)
            status = take(m_exponents, m_panelTileRows * potentials);
        if (status)
            status = take(m_factors, m_panelTileRows * potentials);
        if (status)
            status = take(m_iterations, m_panelTileRows * counts);
        return status;
    }

    Status solvePanel(std::int64_t tileRow)
    {
        const std::int64_t row0 = tileRow * m_grid.m;
        const TileGrid panel{std::min(m_panelTileRows * m_grid.m, m_grid.rows - row0), m_grid.cols, m_grid.m};
        if (const Status status = m_queue.uploadRows(m_panel.data(), m_score.block(row0, 0, panel.rows, panel.cols));
            !status)
            return status;
        if (const Status status = m_mask.clear(); !status)
            return status;

        MaskLaunch launch;
        launch.problem = problemOf(panel, m_options, m_panel.data());
        launch.tiles = allTiles(panel);
        launch.mask = m_mask.data();
        launch.maskWordsPerRow = m_solution.mask.wordsPerRow();
        launch.figures = m_figures.data();
        const std::int64_t step = tilesAtOnce(m_queue, m_grid.m, costInIterations(m_options));
        for (std::int64_t first = 0; first < panel.count(); first += step) {
            launch.tiles.first = first;
            launch.tiles.count = std::min(step, panel.count() - first);
            if (const Status status = sliced() ? solveInSlices(launch) : solveAtOnce(launchFor(launch)); !status)
                return status;
            m_meter.add(launch.tiles.count);
        }

        std::vector<TileFigures> figures(std::size_t(m_figures.count()));
        if (const Status status = m_figures.download(figures.data()); !status)
            return status;
        const std::int64_t firstTile = tileRow * m_grid.tileCols();
        for (std::int64_t tile = 0; tile < panel.count(); ++tile) {
            if (figures[std::size_t(tile)].residual == invalidScore)
                return invalidScoreError(m_id, m_grid, firstTile + tile);
            m_solution.tiles[std::size_t(firstTile + tile)] = resultOf(figures[std::size_t(tile)], m_options);
        }
        return m_queue.download(m_solution.mask.row64(row0).data(), m_mask.data(),
                                panel.rows * m_solution.mask.wordsPerRow() * 8);
    }

    Launch launchFor(const MaskLaunch &launch) const
    {
        switch (m_options.method) {
        case Method::Exact:
            return ExactLaunch{launch};
        case Method::Greedy:
            return GreedyLaunch{launch, false};
        case Method::GreedySwap:
            return GreedyLaunch{launch, true};
        case Method::RowNm:
            return StandardLaunch{launch, true};
        case Method::ColNm:
            return StandardLaunch{launch, false};
        case Method::Capped:
            return CappedLaunch{planLaunchFor(launch)};
        default:
            return DykstraLaunch{planLaunchFor(launch)};
        }
    }

    Status solveAtOnce(const Launch &launch)
    {
        if (m_progress.stop.stop_requested())
            return stopped();
        if (const Status status = m_queue.run(launch); !status)
            return status;
        return m_queue.finish();
    }

    PlanLaunch planLaunchFor(const MaskLaunch &launch) const
    {
        PlanLaunch plan;
        static_cast<MaskLaunch &>(plan) = launch;
        plan.iterations = m_options.iterations;
        plan.tolerance = toleranceOf(m_options);
        plan.potentials = {m_exponents.data(), m_factors.data(), m_iterations.data()};
        return plan;
    }

    Status solveInSlices(const MaskLaunch &launch)
    {
        PlanLaunch slice = planLaunchFor(launch);
        for (slice.done = 0; slice.done < m_options.iterations; slice.done += iterationsAtOnce) {
            slice.fromScratch = slice.done == 0;
            slice.iterations = std::min(iterationsAtOnce, m_options.iterations - slice.done);
            slice.round = slice.done + slice.iterations == m_options.iterations;
            const Status status =
                m_options.method == Method::Capped ? solveAtOnce(CappedLaunch{slice}) : solveAtOnce(DykstraLaunch{slice});
            if (!status)
                return status;
            m_meter.add(0);
        }
        return {};
    }

    Status stopped() const { return fail(ErrorKind::Cancelled, "solve", "stopped before all tiles were done"); }

    const std::string &m_id;
    Queue &m_queue;
    Span2d<const float> m_score;
    const Progress &m_progress;
    Solution &m_solution;
    const SolveOptions &m_options;
    const TileGrid m_grid;
    ProgressMeter m_meter;
    std::int64_t m_panelTileRows = 0;
    Buffer<float> m_panel;
    Buffer<std::uint64_t> m_mask;
    Buffer<TileFigures> m_figures;
    Buffer<std::int32_t> m_exponents; // of sliced solves
    Buffer<float> m_factors;
    Buffer<std::int32_t> m_iterations;
};

class WarpBackend : public SolverBackend
{
public:
    WarpBackend(std::string id, std::string description, MakeQueue makeQueue)
        : m_id(std::move(id)), m_description(std::move(description)), m_makeQueue(std::move(makeQueue))
    { }

    std::string id() const override { return m_id; }
    std::string description() const override { return m_description; }
    bool supports(Method method) const override
    {
        constexpr std::array methods = {Method::Exact,      Method::Dykstra, Method::Capped, Method::Greedy,
                                        Method::GreedySwap, Method::RowNm,   Method::ColNm};
        return std::find(methods.begin(), methods.end(), method) != methods.end();
    }
    bool supportsLive(Method method) const override { return method == Method::Dykstra; }

    Result<Solution> solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress) override
    {
        if (const Status status = checkTau(options, checkSolve(options)); !status)
            return fail(status.error());
        return withMemoryErrors(m_id, [&]() -> Result<Solution> {
            const auto queue = m_makeQueue(options.threads);
            if (!queue)
                return fail(queue.error());
            const auto begun = Clock::now();
            Solution solution;
            solution.options = options;
            solution.grid = {score.rows, score.cols, options.pattern.m};
            solution.mask = Mask(score.rows, score.cols);
            solution.tiles.resize(std::size_t(solution.grid.count()));
            if (const Status status = BatchSolve(m_id, **queue, score, progress, solution).run(); !status)
                return fail(status.error());
            solution.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
            return solution;
        });
    }

    Result<std::unique_ptr<LiveSolve>> startLive(std::shared_ptr<const Matrix<float>> score,
                                                 const SolveOptions &options) override
    {
        if (const Status status = checkTau(options, checkLive(options)); !status)
            return fail(status.error());
        return withMemoryErrors(m_id, [&]() -> Result<std::unique_ptr<LiveSolve>> {
            auto queue = m_makeQueue(options.threads);
            if (!queue)
                return fail(queue.error());
            return makeWarpLive(m_id, std::move(*queue), *score, options);
        });
    }

private:
    Status checkTau(const SolveOptions &options, const Status &checked) const
    {
        if (checked && isPlanMethod(options.method) && options.tau > largestTau)
            return fail(ErrorKind::Unsupported, m_id, "τ above 10⁶ exceeds single precision",
                        "choose a smaller τ or the backend cpu");
        return checked;
    }

    std::string m_id;
    std::string m_description;
    MakeQueue m_makeQueue;
};

} // namespace

std::unique_ptr<SolverBackend> makeWarpBackend(std::string id, std::string description, MakeQueue makeQueue)
{
    return std::make_unique<WarpBackend>(std::move(id), std::move(description), std::move(makeQueue));
}

Problem problemOf(const TileGrid &grid, const SolveOptions &options, const float *score)
{
    Problem problem;
    problem.score = score;
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
    if (options.tolerance > 0) {
        const float nearest = float(options.tolerance); // rounded down: a float is within both or within neither
        return double(nearest) > options.tolerance ? std::nextafter(nearest, 0.0F) : nearest;
    }
    return options.method == Method::Capped ? 1e-4F : 0.0F;
}

TileResult resultOf(const TileFigures &figures, const SolveOptions &options)
{
    TileResult result;
    result.objective = figures.objective;
    result.upperBound = figures.upperBound;
    result.residual = figures.residual;
    result.iterations = figures.iterations;
    result.converged = figures.residual <= options.residualLimit();
    if (options.method == Method::Exact)
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
                "mend the weights: no mask can be chosen from such scores");
}

} // namespace nms::warp
