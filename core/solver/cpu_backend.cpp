// SPDX-License-Identifier: Apache-2.0
#include "core/solver/cpu_backend.h"

#include "core/base/parallel.h"
#include "core/solver/baselines/baselines.h"
#include "core/solver/live/cpu_live.h"
#include "core/solver/tile/tile_solver.h"
#include "core/solver/tile_loop.h"

#include <chrono>

namespace nms {

namespace {

class CpuBackend : public SolverBackend
{
public:
    std::string id() const override { return "cpu"; }
    std::string description() const override
    {
        const int threads = hardwareThreads();
        return "CPU · " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
    }
    bool supports(Method method) const override { return method != Method::Reference; }
    bool supportsLive(Method method) const override { return method == Method::Exact || method == Method::Dykstra; }

    Result<Solution> solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress) override
    {
        if (const Status status = checkSolve(options); !status)
            return fail(status.error());
        const auto start = std::chrono::steady_clock::now();
        Solution solution;
        solution.options = options;
        solution.grid = {score.rows, score.cols, options.pattern.m};
        const Status solved = withMemoryErrors(solution.grid, [&] {
            return options.method == Method::Unstructured ? solveWhole(score, progress, solution)
                                                          : solveByTiles(score, progress, solution);
        });
        if (!solved)
            return fail(solved.error());
        solution.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return solution;
    }

    Result<std::unique_ptr<LiveSolve>> startLive(std::shared_ptr<const Matrix<float>> score,
                                                 const SolveOptions &options) override
    {
        if (const Status status = checkLive(options); !status)
            return fail(status.error());
        return makeCpuLive(std::move(score), options);
    }

private:
    static Status solveByTiles(Span2d<const float> score, const Progress &progress, Solution &solution)
    {
        const auto makeSolveTile = [&]() -> SolveTile {
            std::shared_ptr<TileSolver> solver = makeTileSolver(solution.options);
            return [solver, &progress](const TileScores &scores, std::int64_t tile, TileMask &out) {
                return solver->solve(scores, tile, progress.stop, out);
            };
        };
        return solveTiles(score, makeSolveTile, progress, solution);
    }

    static Status solveWhole(Span2d<const float> score, const Progress &progress, Solution &solution)
    {
        const SolveOptions &options = solution.options;
        Mask kept(score.rows, score.cols);
        if (!keepLargest(score, options.pattern, options.threads, progress.stop, kept))
            return fail(ErrorKind::Cancelled, "solve", "stopped before the matrix was ranked");
        const TileGrid grid = solution.grid;
        const auto makeSolveTile = [&]() -> SolveTile {
            return [&](const TileScores &scores, std::int64_t tile, TileMask &out) {
                out = loadTile(kept, grid, tile);
                TileResult result; // optimal among the masks of this size
                result.objective = result.upperBound = keptScore(scores, out);
                return result;
            };
        };
        return solveTiles(score, makeSolveTile, progress, solution);
    }
};

} // namespace

std::unique_ptr<SolverBackend> makeCpuBackend()
{
    return std::make_unique<CpuBackend>();
}

} // namespace nms
