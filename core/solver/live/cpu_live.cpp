// SPDX-License-Identifier: Apache-2.0
#include "core/solver/live/cpu_live.h"

#include "core/base/parallel.h"
#include "core/solver/live/figure_sums.h"
#include "core/solver/tile/exact_tile.h"
#include "core/solver/tile/iterative_tile.h"
#include "core/solver/tile/tile_solver.h"
#include "core/solver/tile_loop.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>

namespace nms {

namespace {

float toFloat(double value)
{
    constexpr double most = std::numeric_limits<float>::max();
    return float(std::clamp(value, -most, most));
}

struct FrameHead {
    Method method;
    NmPattern pattern;
    std::int64_t rows;
    std::int64_t cols;
    IterationStats stats;
};

/// Rounds tiles where they were left.
class SuspendedTiles : public TileSolver
{
public:
    SuspendedTiles(std::unique_ptr<IterativeTile> work, const std::byte *states, std::size_t stateBytes)
        : m_work(std::move(work)), m_states(states), m_stateBytes(stateBytes)
    { }

    TileResult solve(const TileScores &scores, std::int64_t tile, const std::stop_token &, TileMask &out) override
    {
        m_work->resume(scores, m_states + std::size_t(tile) * m_stateBytes);
        return m_work->round(out);
    }

private:
    std::unique_ptr<IterativeTile> m_work;
    const std::byte *m_states;
    const std::size_t m_stateBytes;
};

/// Every tile is a suspended IterativeTile and its last figures. A tile stays in cache for a few iterations at a time,
/// since taking it up costs about as much as some of them.
class CpuLive : public LiveSolve
{
public:
    CpuLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options)
        : m_score(std::move(score)), m_options(options), m_grid{m_score->rows(), m_score->cols(), options.pattern.m},
          m_stateBytes(makeIterativeTile(options)->stateBytes()), m_states(std::size_t(m_grid.count()) * m_stateBytes),
          m_figures(std::size_t(m_grid.count()))
    { }

    /// Iteration 0.
    Status start()
    {
        std::vector<IterationStats> none;
        return pass(0, none);
    }

    int iteration() const override { return m_stats.iteration; }
    int plannedIterations() const override
    {
        if (finished())
            return iteration();
        return isEntropic(m_options.method) ? m_options.iterations : -1;
    }
    bool finished() const override
    {
        return m_running == 0 || (isEntropic(m_options.method) && iteration() >= m_options.iterations);
    }

    Status advance(int iterations, const std::stop_token &stop, std::vector<IterationStats> &stats) override
    {
        return withMemoryErrors(m_grid, [&]() -> Status {
            while (iterations > 0 && !finished() && !stop.stop_requested()) {
                int count = std::min(iterations, iterationsAtOnce());
                if (isEntropic(m_options.method))
                    count = std::min(count, m_options.iterations - iteration());
                if (const Status status = pass(count, stats); !status)
                    return status;
                iterations -= count;
            }
            return {};
        });
    }

    Status capture(const TileRegion &region, Snapshot &out) override;
    Status save(KeyFrame &out) const override;
    Status restore(const KeyFrame &frame) override;
    Result<Solution> round(const Progress &progress) const override;

private:
    /// About one frame's worth, and one where even that is more.
    int iterationsAtOnce() const
    {
        constexpr std::int64_t entriesAtOnce = std::int64_t(1) << 23;
        const std::int64_t entries = std::max<std::int64_t>(1, m_grid.count() * m_grid.m * m_grid.m);
        return int(std::clamp<std::int64_t>(entriesAtOnce / entries, 1, 16));
    }
    std::byte *stateOf(std::int64_t tile) { return m_states.data() + std::size_t(tile) * m_stateBytes; }
    const std::byte *stateOf(std::int64_t tile) const { return m_states.data() + std::size_t(tile) * m_stateBytes; }

    Status pass(int iterations, std::vector<IterationStats> &stats);
    FrameHead frameHead() const { return {m_options.method, m_options.pattern, m_grid.rows, m_grid.cols, m_stats}; }
    Stage stageOf(int iteration) const
    {
        if (isEntropic(m_options.method))
            return Stage::Scale;
        return iteration <= ExactTile::sweeps ? Stage::Sweep : Stage::Augment;
    }

    const std::shared_ptr<const Matrix<float>> m_score;
    const SolveOptions m_options;
    const TileGrid m_grid;
    const std::size_t m_stateBytes;

    std::vector<std::byte> m_states;
    std::vector<PlanFigures> m_figures;
    std::vector<double> m_totals; // Σ of each tile's scores
    IterationStats m_stats; // of the last iteration
    std::int64_t m_running = 0; // tiles that further iterations change
};

/// `iterations` of every tile; 0 starts them. Sums are made block by block and then over the blocks in order, so they do
/// not depend on the threads.
Status CpuLive::pass(int iterations, std::vector<IterationStats> &stats)
{
    const auto begun = std::chrono::steady_clock::now();
    const std::int64_t grain = std::max(1, 8192 / (m_grid.m * m_grid.m));
    const std::int64_t blocks = (m_grid.count() + grain - 1) / grain;
    const int rounds = std::max(1, iterations);
    const bool starting = iterations == 0;
    std::vector<FigureSums> sums(std::size_t(blocks * rounds));
    std::atomic<bool> valid = true;
    m_totals.resize(m_figures.size());
    parallelBlocks(m_grid.count(), grain, m_options.threads, {}, [&](std::int64_t begin, std::int64_t end) {
        FigureSums *sum = sums.data() + begin / grain * rounds;
        std::unique_ptr<TileScores> scores;
        std::unique_ptr<IterativeTile> work;
        for (std::int64_t tile = begin; tile < end; ++tile) {
            PlanFigures &figures = m_figures[std::size_t(tile)];
            const bool idle = !starting && figures.done;
            if (!idle && !work) {
                scores = std::make_unique<TileScores>();
                work = makeIterativeTile(m_options);
            }
            if (!idle) {
                scores->gather(m_score->span(), m_grid, tile);
                if (starting) {
                    if (!scores->valid()) {
                        valid = false;
                        continue;
                    }
                    m_totals[std::size_t(tile)] = scores->total();
                    work->start(*scores);
                } else {
                    work->resume(*scores, stateOf(tile));
                }
            }
            for (int round = 0; round < rounds; ++round) {
                if (starting) {
                    figures = work->figures();
                } else if (!figures.done) {
                    work->iterate();
                    figures = work->figures();
                }
                sum[round].add(figures);
            }
            if (!idle)
                work->suspend(stateOf(tile));
        }
    });
    if (!valid)
        return fail(ErrorKind::Input, "score", "holds a value that is negative or not finite",
                    "mend the weights: no mask can be chosen from such scores");

    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    const int before = m_stats.iteration;
    const double secondsBefore = m_stats.seconds;
    for (int round = 0; round < rounds; ++round) {
        FigureSums total;
        for (std::int64_t block = 0; block < blocks; ++block)
            total.add(sums[std::size_t(block * rounds + round)]);
        const int now = before + (starting ? 0 : round + 1);
        m_stats = total.stats(m_grid, now, stageOf(now), secondsBefore + seconds * (round + 1) / rounds);
        m_running = total.running;
        if (!starting)
            stats.push_back(m_stats);
        if (finished())
            break; // what was done beyond changed nothing
    }
    return {};
}

Status CpuLive::capture(const TileRegion &region, Snapshot &out)
{
    return withMemoryErrors(m_grid, [&]() -> Status {
        out.shape(m_grid, region);
        const TileRegion wanted = out.region;
        const int m = m_grid.m;
        const std::int64_t row0 = wanted.tileRow0 * m, col0 = wanted.tileCol0 * m;
        const std::int64_t tiles = wanted.tileRows() * wanted.tileCols();
        out.iteration = iteration();
        out.stats = m_stats;
        for (std::size_t tile = 0; tile < m_figures.size(); ++tile)
            out.tiles[tile] = tileStats(m_figures[tile], m, m_totals[tile]);

        Matrix<float> &shown = out.plan.host();
        parallelBlocks(tiles, std::max(1, 8192 / (m * m)), m_options.threads, {}, [&](std::int64_t begin, std::int64_t end) {
            const auto scores = std::make_unique<TileScores>();
            const auto work = makeIterativeTile(m_options);
            const auto plan = std::make_unique<TileArray<double>>();
            TileLine<double> alpha, beta;
            for (std::int64_t k = begin; k < end; ++k) {
                const std::int64_t tileRow = wanted.tileRow0 + k / wanted.tileCols();
                const std::int64_t tileCol = wanted.tileCol0 + k % wanted.tileCols();
                const std::int64_t tile = m_grid.index(tileRow, tileCol);
                scores->gather(m_score->span(), m_grid, tile);
                work->resume(*scores, stateOf(tile));
                work->plan(*plan);
                for (int i = 0; i < m_grid.realRows(tile); ++i)
                    for (int j = 0; j < m_grid.realCols(tile); ++j)
                        shown(tileRow * m + i - row0, tileCol * m + j - col0) = float(plan->row(i, scores->stride())[j]);
                work->thresholds(alpha.data(), beta.data());
                float *potentials = out.potentials.data() + k * 2 * m;
                for (std::size_t line = 0; line < std::size_t(m); ++line) {
                    potentials[line] = toFloat(alpha[line]);
                    potentials[std::size_t(m) + line] = toFloat(beta[line]);
                }
            }
        });
        return {};
    });
}

Status CpuLive::save(KeyFrame &out) const
{
    return withMemoryErrors(m_grid, [&]() -> Status {
        const FrameHead head = frameHead();
        const std::size_t figureBytes = m_figures.size() * sizeof(PlanFigures);
        out.iteration = iteration();
        out.state.resize(sizeof(head) + m_states.size() + figureBytes);
        std::byte *to = out.state.data();
        std::memcpy(to, &head, sizeof(head));
        std::copy(m_states.begin(), m_states.end(), to + sizeof(head));
        std::memcpy(to + sizeof(head) + m_states.size(), m_figures.data(), figureBytes);
        return {};
    });
}

Status CpuLive::restore(const KeyFrame &frame)
{
    FrameHead head = frameHead();
    const std::size_t figureBytes = m_figures.size() * sizeof(PlanFigures);
    bool ours = frame.state.size() == sizeof(head) + m_states.size() + figureBytes;
    if (ours) {
        std::memcpy(&head, frame.state.data(), sizeof(head));
        const FrameHead own = frameHead();
        ours = head.method == own.method && head.pattern == own.pattern && head.rows == own.rows && head.cols == own.cols;
    }
    if (!ours)
        return fail(ErrorKind::Internal, "key frame", "was saved by another solve", "restart the solve");
    const std::byte *from = frame.state.data() + sizeof(head);
    std::copy_n(from, m_states.size(), m_states.begin());
    std::memcpy(m_figures.data(), from + m_states.size(), figureBytes);
    m_stats = head.stats;
    m_running = std::count_if(m_figures.begin(), m_figures.end(), [](const PlanFigures &figures) { return !figures.done; });
    return {};
}

Result<Solution> CpuLive::round(const Progress &progress) const
{
    const auto begun = std::chrono::steady_clock::now();
    return withMemoryErrors(m_grid, [&]() -> Result<Solution> {
        Solution solution;
        solution.options = m_options;
        solution.grid = m_grid;
        const auto makeSolver = [&] {
            return std::make_unique<SuspendedTiles>(makeIterativeTile(m_options), m_states.data(), m_stateBytes);
        };
        if (const Status solved = solveTiles(m_score->span(), makeSolver, progress, solution); !solved)
            return fail(solved.error());
        solution.seconds = m_stats.seconds + std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
        return solution;
    });
}

} // namespace

Result<std::unique_ptr<LiveSolve>> makeCpuLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options)
{
    const TileGrid grid{score->rows(), score->cols(), options.pattern.m};
    return withMemoryErrors(grid, [&]() -> Result<std::unique_ptr<LiveSolve>> {
        auto live = std::make_unique<CpuLive>(std::move(score), options);
        if (const Status started = live->start(); !started)
            return fail(started.error());
        return std::unique_ptr<LiveSolve>(std::move(live));
    });
}

} // namespace nms
