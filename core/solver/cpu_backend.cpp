// SPDX-License-Identifier: Apache-2.0
#include "core/solver/cpu_backend.h"

#include "core/base/parallel.h"
#include "core/methods/factory.h"
#include "core/methods/selection/unstructured.h"
#include "core/solver/live/cpu_live.h"
#include "core/solver/tile_loop.h"

#include <algorithm>
#include <chrono>

namespace nms {

namespace {

/// Serves the tiles of a mask that was chosen for the whole matrix.
class ChosenTiles : public TileSolver
{
public:
    ChosenTiles(const Mask &kept, const TileGrid &grid, SimdLevel level) : m_kept(kept), m_grid(grid), m_level(level) { }

    TileResult solve(const TileScores &scores, std::int64_t tile, const std::stop_token &, TileMask &out) override
    {
        out = loadTile(m_kept, m_grid, tile);
        TileResult result; // optimal among the masks that keep as many
        result.objective = result.upperBound = keptScore(scores, out, m_level);
        return result;
    }

private:
    const Mask &m_kept;
    const TileGrid m_grid;
    const SimdLevel m_level;
};

class CpuBackend : public SolverBackend
{
public:
    std::string id() const override { return "cpu"; }
    std::string description() const override
    {
        const int threads = hardwareThreads();
        return "CPU · " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
    }
    bool supports(Method method) const override
    {
        const MethodTraits &traits = traitsOf(method);
        return traits.makeIterative || traits.makeTile || traits.takesWholeMatrix;
    }
    bool supportsLive(Method method) const override { return hasIterations(method); }
    bool supportsWarmStart() const override { return true; }
    bool supportsPaperRounding() const override { return true; }

    Result<Solution> solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress) override
    {
        if (const Status status = checkSolve(options); !status)
            return fail(status.error());
        return timed({score.rows, score.cols, options.pattern.m}, options, [&](Solution &solution) {
            return traitsOf(options.method).takesWholeMatrix ? solveWhole(score, progress, solution)
                                                             : solveByTiles(score, progress, solution);
        });
    }

    Result<std::unique_ptr<WeightsSolver>> startWeights(const SolveOptions &options) override
    {
        if (traitsOf(options.method).takesWholeMatrix)
            return SolverBackend::startWeights(options);
        if (const Status status = checkSolve(options); !status)
            return fail(status.error());
        return std::make_unique<MagnitudesSolver>(options);
    }

    Result<std::unique_ptr<LiveSolve>> startLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options,
                                                 const Progress &progress) override
    {
        if (const Status status = checkLive(options); !status)
            return fail(status.error());
        return makeCpuLive(std::move(score), options, progress);
    }

    LiveMemory liveMemory(const TileGrid &grid, const SolveOptions &options) const override
    {
        return cpuLiveMemory(grid, options);
    }

private:
    /// Solves |W| without a matrix of it.
    class MagnitudesSolver : public WeightsSolver
    {
    public:
        explicit MagnitudesSolver(const SolveOptions &options) : m_options(options) { }

        Result<Solution> solve(const WeightsView &weights, const Progress &progress) override
        {
            return solve(weights, nullptr, progress);
        }
        Result<Solution> solveRows(const WeightsView &weights, const RowWork &work, const Progress &progress) override
        {
            return solve(weights, &work, progress);
        }
        bool gainsFromRows(const TileGrid &grid) const override { return isDealtByRows(grid, m_options); }
        /// Rows of tiles for all threads, within the 32 MiB beyond which glibc maps memory anew for every tensor (16-bit
        /// types).
        std::int64_t weightsAtOnce() override
        {
            const int threads = m_options.threads > 0 ? m_options.threads : hardwareThreads();
            return std::int64_t(std::clamp(threads / 2, 4, 8)) << 20;
        }
        std::int64_t bytesPerWeight() const override { return 0; }

    private:
        Result<Solution> solve(const WeightsView &weights, const RowWork *work, const Progress &progress) const
        {
            return timed({weights.rows, weights.cols, m_options.pattern.m}, m_options, [&](Solution &solution) {
                return solveMagnitudes(
                    weights, [this] { return makeRunSolver(m_options); }, progress, solution, 0, work);
            });
        }

        const SolveOptions m_options;
    };

    /// `solve` fills mask and tiles of a solution.
    static Result<Solution> timed(const TileGrid &grid, const SolveOptions &options,
                                  const std::function<Status(Solution &)> &solve)
    {
        const auto start = std::chrono::steady_clock::now();
        Solution solution;
        solution.options = options;
        solution.grid = grid;
        const Status solved = withMemoryErrors(matrixText(grid), solveByPanels, [&] { return solve(solution); });
        if (!solved)
            return fail(solved.error());
        solution.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return solution;
    }

    static Status solveByTiles(Span2d<const float> score, const Progress &progress, Solution &solution)
    {
        return solveTiles(
            score, [&] { return makeRunSolver(solution.options); }, progress, solution);
    }

    static Status solveWhole(Span2d<const float> score, const Progress &progress, Solution &solution)
    {
        const SolveOptions &options = solution.options;
        Mask kept(score.rows, score.cols);
        if (!keepLargest(score, options.pattern, options.threads, progress.stop, kept))
            return fail(ErrorKind::Cancelled, "solve", "stopped before the matrix was ranked");
        return solveTiles(
            score, [&] { return std::make_unique<ChosenTiles>(kept, solution.grid, simdLevel()); }, progress, solution);
    }
};

} // namespace

std::unique_ptr<SolverBackend> makeCpuBackend()
{
    return std::make_unique<CpuBackend>();
}

} // namespace nms
