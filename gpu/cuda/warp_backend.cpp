// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/warp_backend.h"

#include "core/solver/cpu_backend.h"
#include "gpu/cuda/panel_worker.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <mutex>
#include <numbers>
#include <optional>
#include <system_error>
#include <thread>

namespace nms::warp {
namespace {

using Clock = std::chrono::steady_clock;

/// Exponents reach τ·log₂e and must be exact integers in single precision.
constexpr double largestTau = 1e6;

/// All queues on panels of one solve, each on a thread of its own. A device that fails leaves its panel to the others.
class BatchSolve
{
public:
    BatchSolve(BatchJob &job, std::vector<std::unique_ptr<Queue>> &queues, const Warn &warn)
        : m_job(job), m_queues(queues), m_warn(warn), m_lost(queues.size())
    { }

    Status run()
    {
        if (m_job.solution.grid.count() == 0)
            return {};
        std::vector<std::thread> threads;
        try {
            for (std::size_t k = 1; k < m_queues.size(); ++k)
                threads.emplace_back([this, k] { work(k); });
        } catch (const std::system_error &) { // no more threads: those that there are do it
        }
        work(0);
        for (std::thread &thread : threads)
            thread.join();
        for (std::size_t k = 0; k < m_queues.size(); ++k) // a panel may have been put back when the others had ended
            if (m_failure && !m_lost[k])
                work(k);
        if (m_failure && m_failure->kind != ErrorKind::Device && m_failure->kind != ErrorKind::Resource)
            return fail(*m_failure);
        const Panel left = m_job.pool.take(1);
        if (left.empty())
            return {};
        m_job.pool.putBack(left);
        if (m_failure->kind == ErrorKind::Resource)
            return fail(*m_failure);
        m_warn(m_failure->line() + "; the CPU solves what is left");
        return finishOnCpu();
    }

private:
    void work(std::size_t k)
    {
        const auto status = withMemoryErrors(
            m_job.id, [&]() -> Status { return PanelWorker(m_job, *m_queues[k], int(m_queues.size())).run(); });
        if (status)
            return;
        const Error &error = status.error();
        const bool ours = error.kind == ErrorKind::Device || error.kind == ErrorKind::Resource;
        if (!ours) // the input's fault, or a stop: the same everywhere
            m_job.pool.close();
        m_lost[k] = 1;
        const std::scoped_lock lock(m_mutex);
        if (!m_failure || !ours || (error.kind == ErrorKind::Device && m_failure->kind == ErrorKind::Resource))
            m_failure = error;
    }

    Status finishOnCpu()
    {
        const TileGrid &grid = m_job.solution.grid;
        const auto cpu = makeCpuBackend();
        Progress quiet;
        quiet.stop = m_job.progress.stop;
        for (Panel panel = m_job.pool.take(cpuTileRows); !panel.empty(); panel = m_job.pool.take(cpuTileRows)) {
            const std::int64_t row0 = panel.begin * grid.m;
            const std::int64_t rows = std::min(panel.end * grid.m, grid.rows) - row0;
            const Result<Solution> part =
                cpu->solve(m_job.score.block(row0, 0, rows, grid.cols), m_job.solution.options, quiet);
            if (!part)
                return fail(part.error());
            for (std::int64_t row = 0; row < rows; ++row)
                std::ranges::copy(part->mask.row64(row), m_job.solution.mask.row64(row0 + row).begin());
            std::ranges::copy(part->tiles, m_job.solution.tiles.begin() + panel.begin * grid.tileCols());
            m_job.meter.add(std::int64_t(part->tiles.size()));
        }
        return {};
    }

    static constexpr std::int64_t cpuTileRows = 64;

    BatchJob &m_job;
    std::vector<std::unique_ptr<Queue>> &m_queues;
    const Warn &m_warn;
    std::mutex m_mutex;
    std::optional<Error> m_failure;
    std::vector<char> m_lost; // by queue; each written by the thread that has it
};

class WarpBackend : public SolverBackend
{
public:
    WarpBackend(std::string id, std::string description, std::vector<MakeQueue> makers, Warn warn)
        : m_id(std::move(id)), m_description(std::move(description)), m_makers(std::move(makers)), m_warn(std::move(warn))
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
            std::vector<std::unique_ptr<Queue>> queues;
            for (const MakeQueue &make : m_makers) {
                auto queue = make(options.threads);
                if (queue)
                    queues.push_back(std::move(*queue));
                else if (&make == &m_makers.back() && queues.empty())
                    return fail(queue.error());
            }
            const auto begun = Clock::now();
            Solution solution;
            solution.options = options;
            solution.grid = {score.rows, score.cols, options.pattern.m};
            solution.mask = Mask(score.rows, score.cols);
            solution.tiles.resize(std::size_t(solution.grid.count()));
            BatchJob job{m_id,
                         score,
                         progress,
                         solution,
                         PanelPool(solution.grid.tileRows()),
                         ProgressMeter(progress, solution.grid.count())};
            if (const Status status = BatchSolve(job, queues, m_warn).run(); !status)
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
            auto queue = m_makers.front()(options.threads);
            if (!queue)
                return fail(queue.error());
            return makeWarpLive(m_id, std::move(*queue), *score, options);
        });
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
    std::vector<MakeQueue> m_makers;
    Warn m_warn;
};

} // namespace

std::unique_ptr<SolverBackend> makeWarpBackend(std::string id, std::string description, std::vector<MakeQueue> makers,
                                               Warn warn)
{
    return std::make_unique<WarpBackend>(std::move(id), std::move(description), std::move(makers), std::move(warn));
}

Problem problemOf(const TileGrid &grid, const SolveOptions &options, const float *score)
{
    Problem problem;
    problem.weights = score;
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
