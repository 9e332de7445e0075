// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/warp_backend.h"
#include "core/solver/tile_loop.h"

#include "gpu/cuda/host_pool.h"
#include "gpu/cuda/solve_launch.h"
#include "gpu/cuda/warp_live.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace nms::warp {
namespace {

double secondsSince(std::chrono::steady_clock::time_point begun)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

Solution emptySolution(const WeightsView &weights, const SolveOptions &options)
{
    Solution solution;
    solution.options = options;
    solution.grid = {weights.rows, weights.cols, options.pattern.m};
    solution.mask = Mask(weights.rows, weights.cols);
    solution.tiles.resize(std::size_t(solution.grid.count()));
    return solution;
}

std::optional<Error> errorOf(const JobMatrix &matrix, const std::string &id)
{
    if (matrix.firstInvalid != JobMatrix::noTile)
        return Status(invalidScoreError(id, matrix.solution.grid, matrix.firstInvalid)).error();
    return matrix.failure;
}

Result<Solution> solveOn(Fleet &fleet, const std::string &id, const WeightsView &weights, bool magnitudes,
                         const SolveOptions &options, const Progress &progress)
{
    return withMemoryErrors(id, smallerPanels, [&]() -> Result<Solution> {
        const auto begun = std::chrono::steady_clock::now();
        Solution solution = emptySolution(weights, options);
        BatchJob job(id, magnitudes, progress, options.pattern.m);
        job.add(weights, solution);
        if (const Status status = fleet.solve(job); !status)
            return fail(status.error());
        if (const auto error = errorOf(job.matrices().front(), id))
            return fail(*error);
        solution.seconds = secondsSince(begun);
        return solution;
    });
}

/// Indices of matrices that fit one job: those of the same columns and type, in order.
std::vector<std::vector<std::size_t>> jobsOf(std::span<const WeightsView> matrices)
{
    std::vector<std::vector<std::size_t>> jobs;
    for (std::size_t k = 0; k < matrices.size(); ++k) {
        const auto fits = [&](const std::vector<std::size_t> &job) {
            const WeightsView &first = matrices[job.front()];
            return first.cols == matrices[k].cols && first.type == matrices[k].type;
        };
        const auto found = std::ranges::find_if(jobs, fits);
        if (found == jobs.end())
            jobs.push_back({k});
        else
            found->push_back(k);
    }
    return jobs;
}

/// Solves the matrices `which`, of the same columns and type, together.
Status solveTogether(Fleet &fleet, const std::string &id, std::span<const WeightsView> matrices,
                     const std::vector<std::size_t> &which, const SolveOptions &options, const Progress &progress,
                     std::vector<Result<Solution>> &out)
{
    return withMemoryErrors(id, smallerPanels, [&]() -> Status {
        const auto begun = std::chrono::steady_clock::now();
        std::deque<Solution> solutions;
        BatchJob job(id, true, progress, options.pattern.m);
        for (const std::size_t k : which)
            job.add(matrices[k], solutions.emplace_back(emptySolution(matrices[k], options)));
        if (const Status status = fleet.solve(job); !status)
            return status;
        const double secondsPerTile = secondsSince(begun) / double(std::max<std::int64_t>(1, job.grid().count()));
        for (std::size_t place = 0; place < which.size(); ++place) {
            if (const auto error = errorOf(job.matrices()[place], id)) {
                out[which[place]] = fail(*error);
            } else {
                solutions[place].seconds = secondsPerTile * double(solutions[place].grid.count());
                out[which[place]] = std::move(solutions[place]);
            }
        }
        return {};
    });
}

class WarpWeightsSolver : public WeightsSolver
{
public:
    WarpWeightsSolver(std::string id, const std::vector<SolvingDevice> &devices, const SolveOptions &options,
                      const Warn &warn)
        : m_id(std::move(id)), m_options(options), m_fleet(m_id, devices, options, warn),
          m_memory([this](std::int64_t bytes) { return m_fleet.allocateHost(bytes); })
    { }

    Result<Solution> solve(const WeightsView &weights, const Progress &progress) override
    {
        return solveOn(m_fleet, m_id, weights, true, m_options, progress);
    }
    std::vector<Result<Solution>> solveAll(std::span<const WeightsView> matrices, const Progress &progress) override
    {
        std::vector<Result<Solution>> solutions(matrices.size(), Solution());
        std::int64_t before = 0; // tiles of earlier jobs
        Progress ofJob{progress.stop, {}};
        if (progress.report)
            ofJob.report = [&](std::int64_t done, std::int64_t) {
                progress.report(before + done, 0);
            };
        for (const std::vector<std::size_t> &which : jobsOf(matrices)) {
            const Status solved = solveTogether(m_fleet, m_id, matrices, which, m_options, ofJob, solutions);
            for (const std::size_t k : which) {
                if (!solved)
                    solutions[k] = fail(solved.error());
                before += TileGrid{matrices[k].rows, matrices[k].cols, m_options.pattern.m}.count();
            }
        }
        return solutions;
    }
    bool gainsFromMany() const override { return true; }
    std::int64_t weightsAtOnce() override
    {
        constexpr std::int64_t bytesPerWeight = 2;
        return m_fleet.bytesAtOnce() / bytesPerWeight;
    }
    std::int64_t bytesPerWeight() const override { return 1; } // masks and figures in transit
    Result<HostMemory> takeMemory(std::int64_t bytes) override
    {
        Result<HostMemory> memory = m_memory.take(bytes);
        return memory ? std::move(memory) : WeightsSolver::takeMemory(bytes);
    }

private:
    const std::string m_id;
    const SolveOptions m_options;
    Fleet m_fleet;
    HostPool m_memory; // of the fleet
};

class WarpBackend : public SolverBackend
{
public:
    WarpBackend(std::string id, std::string description, std::vector<SolvingDevice> devices, Warn warn)
        : m_id(std::move(id)), m_description(std::move(description)), m_devices(std::move(devices)), m_warn(std::move(warn))
    { }

    std::string id() const override { return m_id; }
    std::string description() const override { return m_description; }
    bool supports(Method method) const override { return traitsOf(method).device != DeviceProgram::None; }
    bool supportsLive(Method method) const override { return supports(method) && hasIterations(method); }

    Result<Solution> solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress) override
    {
        if (const Status status = checked(checkSolve(options), options); !status)
            return fail(status.error());
        Fleet fleet(m_id, m_devices, options, m_warn);
        return solveOn(fleet, m_id, score, false, options, progress);
    }

    Result<std::unique_ptr<WeightsSolver>> startWeights(const SolveOptions &options) override
    {
        if (const Status status = checked(checkSolve(options), options); !status)
            return fail(status.error());
        return std::make_unique<WarpWeightsSolver>(m_id, m_devices, options, m_warn);
    }

    Result<std::unique_ptr<LiveSolve>> startLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options,
                                                 const Progress &progress) override
    {
        if (const Status status = checked(checkLive(options), options); !status)
            return fail(status.error());
        return withMemoryErrors(m_id, smallerPanels, [&]() -> Result<std::unique_ptr<LiveSolve>> {
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
    Status checked(const Status &first, const SolveOptions &options) const
    {
        return first ? checkTau(m_id, options) : first;
    }

    std::string m_id;
    std::string m_description;
    std::vector<SolvingDevice> m_devices;
    Warn m_warn;
};

} // namespace

std::unique_ptr<SolverBackend> makeWarpBackend(std::string id, std::string description, std::vector<SolvingDevice> devices,
                                               Warn warn)
{
    return std::make_unique<WarpBackend>(std::move(id), std::move(description), std::move(devices), std::move(warn));
}

} // namespace nms::warp
