// SPDX-License-Identifier: Apache-2.0
#include "core/solver/live/cpu_live.h"

#include "core/base/huge_pages.h"
#include "core/base/parallel.h"
#include "core/base/progress.h"
#include "core/methods/factory.h"
#include "core/solver/live/figure_sums.h"
#include "core/solver/tile_loop.h"
#include "core/tile/exact/exact_kernels.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

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

constexpr std::size_t atOnce = std::size_t(4) << 20; // bytes of new memory between two checks of a stop

/// Resizes `values` to `count`; false when stopped on the way.
template <class T> bool makeRoom(std::vector<T> &values, std::size_t count, const std::stop_token &stop)
{
    values.reserve(count);
    preferHugePages(values.data(), values.capacity() * sizeof(T));
    while (values.size() < count && !stop.stop_requested())
        values.resize(std::min(count, values.size() + atOnce / sizeof(T)));
    return values.size() == count;
}

/// Appends to a vector with enough capacity; false when stopped on the way.
bool appendBytes(const void *from, std::size_t bytes, const std::stop_token &stop, std::vector<std::byte> &to)
{
    const auto *at = static_cast<const std::byte *>(from);
    for (std::size_t done = 0; done < bytes; done += atOnce) {
        if (stop.stop_requested())
            return false;
        to.insert(to.end(), at + done, at + std::min(bytes, done + atOnce));
    }
    return true;
}

/// Rounds tiles from their suspended state.
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

/// Every tile is a suspended IterativeTile and its latest figures. A tile runs several iterations at a time while it is in
/// cache, since resuming it costs about as much as some of them.
class CpuLive : public LiveSolve
{
public:
    CpuLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options)
        : m_score(std::move(score)), m_options(options), m_grid{m_score->rows(), m_score->cols(), options.pattern.m},
          m_stateBytes(makeIterativeTile(options)->stateBytes())
    { }

    /// Initialises all tiles (iteration 0).
    Status start(const Progress &progress)
    {
        std::vector<IterationStats> none;
        const auto tiles = std::size_t(m_grid.count());
        const bool hasRoom = makeRoom(m_states, tiles * m_stateBytes, progress.stop) &&
            makeRoom(m_figures, tiles, progress.stop) && makeRoom(m_totals, tiles, progress.stop);
        beginPass(0);
        if (hasRoom)
            if (const Status passed = pass(progress, none); !passed)
                return passed;
        if (m_pass)
            return fail(ErrorKind::Cancelled, "solve", "stopped before all tiles were begun");
        return {};
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
            while ((m_pass || iterations > 0) && !finished() && !stop.stop_requested()) {
                if (!m_pass) {
                    int count = std::min(iterations, iterationsAtOnce());
                    if (isEntropic(m_options.method))
                        count = std::min(count, m_options.iterations - iteration());
                    beginPass(count);
                    iterations -= count;
                }
                if (const Status status = pass({stop, {}}, stats); !status)
                    return status;
            }
            return {};
        });
    }
    int underWay() const override { return m_pass ? m_pass->iterations : 0; }

    Status capture(const TileRegion &region, Snapshot &out) override;
    Status save(KeyFrame &out, const std::stop_token &stop) const override;
    Status restore(const KeyFrame &frame) override;
    Result<Solution> round(const Progress &progress) const override;

private:
    /// About one frame's worth of iterations, at least one.
    int iterationsAtOnce() const
    {
        constexpr std::int64_t entriesAtOnce = std::int64_t(1) << 23;
        const std::int64_t entries = std::max<std::int64_t>(1, m_grid.count() * m_grid.m * m_grid.m);
        return int(std::clamp<std::int64_t>(entriesAtOnce / entries, 1, 16));
    }
    std::byte *stateOf(std::int64_t tile) { return m_states.data() + std::size_t(tile) * m_stateBytes; }
    const std::byte *stateOf(std::int64_t tile) const { return m_states.data() + std::size_t(tile) * m_stateBytes; }

    /// A pass does `iterations` iterations of every tile, block by block; 0: their start.
    struct Pass {
        int iterations = 0;
        std::int64_t tilesPerBlock = 1;
        std::vector<FigureSums> sums; // by block and iteration
        std::vector<char> done; // by block
        double seconds = 0;

        int rounds() const { return std::max(1, iterations); }
    };
    void beginPass(int iterations);
    Status pass(const Progress &progress, std::vector<IterationStats> &stats);
    void endPass(std::vector<IterationStats> &stats);
    FrameHead frameHead() const { return {m_options.method, m_options.pattern, m_grid.rows, m_grid.cols, m_stats}; }
    Stage stageOf(int iteration) const
    {
        if (isEntropic(m_options.method))
            return Stage::Scale;
        return iteration <= ExactWork::sweeps ? Stage::Sweep : Stage::Augment;
    }

    const std::shared_ptr<const Matrix<float>> m_score;
    const SolveOptions m_options;
    const TileGrid m_grid;
    const std::size_t m_stateBytes;

    std::vector<std::byte> m_states;
    std::vector<PlanFigures> m_figures;
    std::vector<double> m_totals; // sum of each tile's scores
    IterationStats m_stats; // of the last iteration
    std::int64_t m_running = 0; // number of tiles that further iterations would change
    std::optional<Pass> m_pass; // unfinished pass: some tiles are further than others
};

void CpuLive::beginPass(int iterations)
{
    Pass pass;
    pass.iterations = iterations;
    pass.tilesPerBlock = std::max(1, 8192 / (m_grid.m * m_grid.m));
    const std::int64_t blocks = (m_grid.count() + pass.tilesPerBlock - 1) / pass.tilesPerBlock;
    pass.sums.resize(std::size_t(blocks * pass.rounds()));
    pass.done.resize(std::size_t(blocks));
    m_pass = std::move(pass);
}

/// Continues the pass; when stopped, the remaining blocks wait for the next call. Sums are computed block by block and then
/// over the blocks in order, so they do not depend on the threads.
Status CpuLive::pass(const Progress &progress, std::vector<IterationStats> &stats)
{
    const auto begun = std::chrono::steady_clock::now();
    Pass &pass = *m_pass;
    const int rounds = pass.rounds();
    const bool starting = pass.iterations == 0;
    std::atomic<bool> valid = true;
    ProgressMeter meter(progress, m_grid.count());
    const auto doBlock = [&](std::int64_t begin, std::int64_t end) {
        const std::int64_t block = begin / pass.tilesPerBlock;
        char &done = pass.done[std::size_t(block)];
        if (done)
            return;
        FigureSums *sum = pass.sums.data() + block * rounds;
        std::unique_ptr<TileScores> scores;
        std::unique_ptr<IterativeTile> work;
        for (std::int64_t tile = begin; tile < end; ++tile) {
            if (starting && progress.stop.stop_requested()) // a single tile may take long
                return;
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
        done = 1;
        meter.add(end - begin);
    };
    parallelBlocks(m_grid.count(), pass.tilesPerBlock, m_options.threads, progress.stop, doBlock);
    if (!valid)
        return fail(ErrorKind::Input, "score", "holds a value that is negative or not finite",
                    "repair the weights: no mask can be chosen from such scores");
    pass.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    if (std::all_of(pass.done.begin(), pass.done.end(), [](char done) { return done != 0; }))
        endPass(stats);
    return {};
}

void CpuLive::endPass(std::vector<IterationStats> &stats)
{
    const Pass pass = std::move(*m_pass);
    m_pass.reset();
    const int rounds = pass.rounds();
    const int before = m_stats.iteration;
    const double secondsBefore = m_stats.seconds;
    for (int round = 0; round < rounds; ++round) {
        FigureSums total;
        for (std::size_t block = 0; block < pass.done.size(); ++block)
            total.add(pass.sums[block * std::size_t(rounds) + std::size_t(round)]);
        const int now = before + (pass.iterations == 0 ? 0 : round + 1);
        m_stats = total.stats(m_grid, now, stageOf(now), secondsBefore + pass.seconds * (round + 1) / rounds);
        m_running = total.running;
        if (pass.iterations > 0)
            stats.push_back(m_stats);
        if (finished())
            break; // further iterations of the pass changed nothing
    }
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
            out.tiles[tile] = tileStats(m_figures[tile], m_grid.entries(std::int64_t(tile)), m_totals[tile]);

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

Status CpuLive::save(KeyFrame &out, const std::stop_token &stop) const
{
    return withMemoryErrors(m_grid, [&]() -> Status {
        const FrameHead head = frameHead();
        const std::size_t figureBytes = m_figures.size() * sizeof(PlanFigures);
        out.iteration = iteration();
        out.state.clear();
        out.state.reserve(sizeof(head) + m_states.size() + figureBytes);
        preferHugePages(out.state.data(), out.state.capacity());
        const bool complete = appendBytes(&head, sizeof(head), stop, out.state) &&
            appendBytes(m_states.data(), m_states.size(), stop, out.state) &&
            appendBytes(m_figures.data(), figureBytes, stop, out.state);
        if (!complete)
            return fail(ErrorKind::Cancelled, "key frame", "stopped before all tiles were saved");
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
    m_pass.reset();
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

Result<std::unique_ptr<LiveSolve>> makeCpuLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options,
                                               const Progress &progress)
{
    const TileGrid grid{score->rows(), score->cols(), options.pattern.m};
    return withMemoryErrors(grid, [&]() -> Result<std::unique_ptr<LiveSolve>> {
        auto live = std::make_unique<CpuLive>(std::move(score), options);
        if (const Status started = live->start(progress); !started)
            return fail(started.error());
        return std::unique_ptr<LiveSolve>(std::move(live));
    });
}

LiveMemory cpuLiveMemory(const TileGrid &grid, const SolveOptions &options)
{
    const auto saved = std::int64_t(makeIterativeTile(options)->stateBytes() + sizeof(PlanFigures));
    return {std::int64_t(sizeof(CpuLive)) + grid.count() * (saved + std::int64_t(sizeof(double))),
            std::int64_t(sizeof(FrameHead)) + grid.count() * saved};
}

} // namespace nms
