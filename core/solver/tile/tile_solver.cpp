// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/tile_solver.h"

#include "core/solver/baselines/baselines.h"
#include "core/solver/tile/capped_tile.h"
#include "core/solver/tile/dykstra_tile.h"
#include "core/solver/tile/exact/small/exact_sweeps.h"
#include "core/solver/tile/exact/small/exact_table.h"
#include "core/solver/tile/exact_runs.h"
#include "core/solver/tile/warm_tile.h"

#include <algorithm>

namespace nms {

namespace {

/// An iterative method from its start to its end.
class ToTheEnd : public TileSolver
{
public:
    ToTheEnd(std::unique_ptr<IterativeTile> tile, int iterations) : m_tile(std::move(tile)), m_iterations(iterations) { }

    TileResult solve(const TileScores &scores, std::int64_t, const std::stop_token &stop, TileMask &out) override
    {
        m_tile->runTo(scores, m_iterations, stop);
        return m_tile->round(out);
    }

private:
    std::unique_ptr<IterativeTile> m_tile;
    int m_iterations;
};

/// `exact` ends by itself.
int mostIterations(const SolveOptions &options)
{
    return options.method == Method::Exact ? std::numeric_limits<int>::max() : options.iterations;
}

/// The methods that choose a mask without potentials, tile by tile; null for others.
std::unique_ptr<TileSolver> makeMaskSolver(const SolveOptions &options, SimdLevel level)
{
    switch (options.method) {
    case Method::Greedy:
        return makeGreedy(options.pattern, false, level);
    case Method::GreedySwap:
        return makeGreedy(options.pattern, true, level);
    case Method::BiNm:
        return makeBiNm(options.pattern, level);
    case Method::Max1000:
        return makeMax1000(options.pattern, options.seed, level);
    case Method::RowNm:
        return makeStandardNm(options.pattern, true, level);
    case Method::ColNm:
        return makeStandardNm(options.pattern, false, level);
    default:
        return nullptr;
    }
}

/// What options.warmStart asks for.
std::unique_ptr<StartSource> makeStartSource(const SolveOptions &options, SimdLevel level)
{
    SolveOptions source;
    source.pattern = options.pattern;
    source.method = *options.warmStart;
    source.tau = options.tau;
    source.seed = options.seed;
    if (hasIterations(source.method))
        return makeStartSource(makeIterativeTile(source, level), mostIterations(source));
    return makeStartSource(makeMaskSolver(source, level), source.pattern, level);
}

} // namespace

std::int64_t TileSolver::solveRun(const TileRun &run, const std::stop_token &stop, RunMask &mask, TileResult *results)
{
    if (!m_scores)
        m_scores = std::make_unique<TileScores>();
    const TileGrid &grid = run.grid;
    const std::int64_t row0 = run.row0(), rows = std::min<std::int64_t>(grid.m, grid.rows - row0);
    std::int64_t col0 = run.col0();
    TileMask kept;
    for (std::int64_t tile = run.first; tile < run.end() && !stop.stop_requested(); ++tile, col0 += grid.m) {
        const std::int64_t cols = std::min<std::int64_t>(grid.m, grid.cols - col0);
        m_scores->gather(run.score.block(row0, col0, rows, cols), grid.m);
        if (!m_scores->valid())
            return tile;
        results[tile - run.first] = solve(*m_scores, tile, stop, kept);
        mask.putTile(row0, col0, grid.m, kept.rows.data());
    }
    return run.end();
}

bool hasIterations(Method method)
{
    return method == Method::Exact || method == Method::Dykstra || method == Method::Capped;
}

std::unique_ptr<IterativeTile> makeIterativeTile(const SolveOptions &options, SimdLevel level)
{
    if (options.warmStart && hasIterations(options.method)) {
        SolveOptions own = options;
        own.warmStart.reset();
        return std::make_unique<WarmTile>(makeStartSource(options, level), makeIterativeTile(own, level));
    }
    if (options.method == Method::Exact)
        return std::make_unique<ExactTile>(options.pattern, level);
    if (options.method == Method::Dykstra)
        return std::make_unique<DykstraTile>(options.pattern, options.tau, options.residualLimit(), options.tolerance,
                                             level);
    if (options.method == Method::Capped)
        return std::make_unique<CappedTile>(options.pattern, options.tau, options.residualLimit(), options.tolerance, level);
    return nullptr;
}

std::unique_ptr<RunSolver> makeRunSolver(const SolveOptions &options, SimdLevel level)
{
    if (options.method == Method::Exact && !options.warmStart) {
        if (options.pattern.m <= ExactTable::maxM)
            return std::make_unique<ExactTable>(options.pattern, level);
        if (options.pattern.m <= ExactSweeps::maxM)
            return std::make_unique<ExactSweeps>(options.pattern, level);
        return std::make_unique<ExactRuns>(options.pattern, level);
    }
    if (hasIterations(options.method))
        return std::make_unique<ToTheEnd>(makeIterativeTile(options, level), mostIterations(options));
    if (options.warmStart)
        return makeGreedyFrom(options.pattern, options.method == Method::GreedySwap, makeStartSource(options, level), level);
    return makeMaskSolver(options, level);
}

} // namespace nms
