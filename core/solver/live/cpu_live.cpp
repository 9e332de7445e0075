// SPDX-License-Identifier: Apache-2.0
#include "core/solver/live/cpu_live.h"

#include "core/base/huge_pages.h"
#include "core/base/parallel.h"
#include "core/base/progress.h"
#include "core/methods/factory.h"
#include "core/solver/live/cpu_capture.h"
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

constexpr std::size_t bytesPerStopCheck = std::size_t(4) << 20; // bytes of new memory between two checks of a stop

/// Resizes `values` to `count`; false when stopped on the way.
template <class T> bool resizeStoppable(std::vector<T> &values, std::size_t count, const std::stop_token &stop)
{
    values.reserve(count);
    preferHugePages(values.data(), values.capacity() * sizeof(T));
    while (values.size() < count && !stop.stop_requested())
        values.resize(std::min(count, values.size() + bytesPerStopCheck / sizeof(T)));
    return values.size() == count;
}

/// Appends to a vector with enough capacity; false when stopped on the way.
bool appendBytes(const void *from, std::size_t bytes, const std::stop_token &stop, std::vector<std::byte> &to)
{
    const auto *at = static_cast<const std::byte *>(from);
    for (std::size_t done = 0; done < bytes; done += bytesPerStopCheck) {
        if (stop.stop_requested())
            return false;
        to.insert(to.end(), at + done, at + std::min(bytes, done + bytesPerStopCheck));
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
        const bool hasRoom = resizeStoppable(m_states, tiles * m_stateBytes, progress.stop) &&
            resizeStoppable(m_figures, tiles, progress.stop) && resizeStoppable(*m_totals, tiles, progress.stop);
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
        return withMemoryErrors(matrixText(m_grid), solveByPanels, [&]() -> Status {
            while ((m_pass || iterations > 0) && !finished() && !stop.stop_requested()) {
                if (!m_pass) {
                    int count = std::min(iterations, mostAtOnce);
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
    std::shared_ptr<const KeyFrameReader> keyFrameReader() const override { return makeKeyFrameReader(captured()); }
    Status save(KeyFrame &out, const std::stop_token &stop) const override;
    Status restore(const KeyFrame &frame) override;
    Result<Solution> round(const Progress &progress) const override;

private:
    CapturedSolve captured() const { return {m_score, m_options, m_grid, m_stateBytes, m_totals}; }
    /// The more the better: resuming a tile takes as long as an iteration or two. The caller bounds how long a pass takes.
    static constexpr int mostAtOnce = 16;
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
    const std::shared_ptr<std::vector<double>> m_totals =
        std::make_shared<std::vector<double>>(); // sum of each tile's scores
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
                    (*m_totals)[std::size_t(tile)] = scores->total();
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
    return captureTiles(captured(), m_stats, m_states.data(), reinterpret_cast<const std::byte *>(m_figures.data()), region,
                        out);
}

Status CpuLive::save(KeyFrame &out, const std::stop_token &stop) const
{
    return withMemoryErrors(matrixText(m_grid), solveByPanels, [&]() -> Status {
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
    return withMemoryErrors(matrixText(m_grid), solveByPanels, [&]() -> Result<Solution> {
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
    return withMemoryErrors(matrixText(grid), solveByPanels, [&]() -> Result<std::unique_ptr<LiveSolve>> {
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
