// SPDX-License-Identifier: Apache-2.0
#include "core/reference/reference_backend.h"
#include "core/base/parallel.h"

#include "core/base/progress.h"
#include "core/reference/naive_tile.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>

namespace nms {

namespace {

double since(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void store(const naive::Kept &kept, const TileGrid &grid, std::int64_t tile, Mask &mask)
{
    for (int i = 0; i < grid.realRows(tile); ++i)
        for (int j = 0; j < grid.realCols(tile); ++j)
            mask.set(grid.rowOf(tile) * grid.m + i, grid.colOf(tile) * grid.m + j, kept[std::size_t(i * grid.m + j)]);
}

IterationStats statsOf(const naive::Tile &tile, const naive::Dykstra &state, int realRows, int realCols)
{
    IterationStats stats;
    std::vector<double> columns(std::size_t(tile.m));
    for (int i = 0; i < tile.m; ++i) {
        double row = 0;
        for (int j = 0; j < tile.m; ++j) {
            const double s = state.plan(tile, i, j);
            row += s;
            columns[std::size_t(j)] += s;
            stats.objective += s * tile(i, j);
            stats.entropy -= s > 0 ? s * std::log(s) : 0;
            stats.fractional += i < realRows && j < realCols && s > 0.01 && s < 0.99;
        }
        stats.rowResidual = std::max(stats.rowResidual, std::abs(row - tile.n) / tile.n);
    }
    for (const double column : columns)
        stats.columnResidual = std::max(stats.columnResidual, std::abs(column - tile.n) / tile.n);
    stats.capacityResidual = state.capacityResidual();
    stats.upperBound = naive::bound(tile, state.alpha(tile), state.beta(tile));
    return stats;
}

double residualOf(const IterationStats &stats)
{
    return std::max(stats.rowResidual, stats.columnResidual);
}

/// One tile during a live solve.
struct NaiveSolve {
    NaiveSolve(naive::Tile tile_, double tau) : tile(std::move(tile_)), state(tile, tau), realRows(tile.m), realCols(tile.m)
    { }

    IterationStats stats() const { return statsOf(tile, state, realRows, realCols); }

    void iterate(double tolerance)
    {
        state.iterate();
        ++iterations;
        done = tolerance > 0 && residualOf(stats()) <= tolerance;
    }

    TileResult round(const SolveOptions &options, naive::Kept &kept) const
    {
        std::vector<double> plan;
        for (int i = 0; i < tile.m; ++i)
            for (int j = 0; j < tile.m; ++j)
                plan.push_back(state.plan(tile, i, j));
        kept = naive::roundPlan(tile, plan, true);
        const IterationStats last = stats();
        TileResult result;
        result.objective = naive::objective(tile, kept);
        result.upperBound = std::max(result.objective, last.upperBound);
        result.residual = float(residualOf(last));
        result.iterations = iterations;
        result.converged = residualOf(last) <= options.residualLimit();
        return result;
    }

    std::vector<double> save() const
    {
        std::vector<double> all = state.state();
        all.push_back(iterations);
        all.push_back(done);
        return all;
    }
    void restore(const std::vector<double> &all)
    {
        state.setState({all.begin(), all.end() - 2});
        iterations = std::int32_t(all[all.size() - 2]);
        done = all.back() != 0;
    }

    naive::Tile tile;
    naive::Dykstra state;
    int realRows; // what is not padding
    int realCols;
    std::int32_t iterations = 0;
    bool done = false; // within the tolerance
};

TileResult solveTile(const naive::Tile &tile, const SolveOptions &options, const std::stop_token &stop, naive::Kept &kept)
{
    TileResult result;
    if (options.method == Method::Greedy || options.method == Method::GreedySwap) {
        kept = naive::roundPlan(tile, tile.score, options.method == Method::GreedySwap);
        result.objective = naive::objective(tile, kept);
        const std::vector<double> none(std::size_t(tile.m));
        result.upperBound = naive::bound(tile, none, none);
        return result;
    }
    if (options.method == Method::Exact) {
        kept = naive::optimum(tile, result.converged);
        result.objective = result.upperBound = naive::objective(tile, kept);
        return result;
    }
    NaiveSolve run(tile, options.tau);
    while (run.iterations < options.iterations && !run.done && !stop.stop_requested())
        run.iterate(options.tolerance);
    return run.round(options, kept);
}

class ReferenceLive : public LiveSolve
{
public:
    ReferenceLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options)
        : m_score(std::move(score)), m_options(options), m_grid{m_score->rows(), m_score->cols(), options.pattern.m}
    { }

    Status start(const Progress &progress)
    {
        ProgressMeter meter(progress, m_grid.count());
        m_tiles.reserve(std::size_t(m_grid.count()));
        for (std::int64_t tile = 0; tile < m_grid.count(); ++tile) {
            if (progress.stop.stop_requested())
                return fail(ErrorKind::Cancelled, "solve", "stopped before all tiles were begun");
            m_tiles.emplace_back(naive::takeTile(m_score->span(), m_grid, tile, m_options.pattern.n), m_options.tau);
            m_tiles.back().realRows = m_grid.realRows(tile);
            m_tiles.back().realCols = m_grid.realCols(tile);
            meter.add(1);
        }
        m_stats = summary();
        return {};
    }

    int iteration() const override { return m_stats.iteration; }
    int plannedIterations() const override { return finished() ? iteration() : m_options.iterations; }
    bool finished() const override
    {
        return iteration() >= m_options.iterations ||
            std::all_of(m_tiles.begin(), m_tiles.end(), [](const NaiveSolve &tile) { return tile.done; });
    }

    Status advance(int iterations, const std::stop_token &stop, std::vector<IterationStats> &stats) override
    {
        for (; iterations > 0 && !finished() && !stop.stop_requested(); --iterations) {
            const auto start = std::chrono::steady_clock::now();
            const IterationStats before = m_stats;
            for (NaiveSolve &tile : m_tiles)
                if (!tile.done)
                    tile.iterate(m_options.tolerance);
            m_stats = summary();
            m_stats.iteration = before.iteration + 1;
            m_stats.seconds = before.seconds + since(start);
            stats.push_back(m_stats);
        }
        return {};
    }

    Status capture(const TileRegion &region, Snapshot &out) override
    {
        const int m = m_grid.m;
        out.iteration = iteration();
        out.stats = m_stats;
        out.shape(m_grid, region);
        const std::int64_t row0 = out.region.tileRow0 * m, col0 = out.region.tileCol0 * m;
        for (std::size_t tile = 0; tile < m_tiles.size(); ++tile)
            out.tiles[tile] = tileStats(tile);
        float *potential = out.potentials.data();
        for (std::int64_t tileRow = out.region.tileRow0; tileRow < out.region.tileRow1; ++tileRow)
            for (std::int64_t tileCol = out.region.tileCol0; tileCol < out.region.tileCol1; ++tileCol) {
                const std::int64_t tile = m_grid.index(tileRow, tileCol);
                const naive::Tile &scores = m_tiles[std::size_t(tile)].tile;
                const naive::Dykstra &state = m_tiles[std::size_t(tile)].state;
                for (int i = 0; i < m_grid.realRows(tile); ++i)
                    for (int j = 0; j < m_grid.realCols(tile); ++j)
                        out.plan.host()(tileRow * m + i - row0, tileCol * m + j - col0) = float(state.plan(scores, i, j));
                for (const double alpha : state.alpha(scores))
                    *potential++ = float(alpha);
                for (const double beta : state.beta(scores))
                    *potential++ = float(beta);
            }
        return {};
    }

    Status save(KeyFrame &out, const std::stop_token &stop) const override
    {
        std::vector<double> all;
        for (const NaiveSolve &tile : m_tiles) {
            if (stop.stop_requested())
                return fail(ErrorKind::Cancelled, "key frame", "stopped before all tiles were saved");
            const std::vector<double> one = tile.save();
            all.insert(all.end(), one.begin(), one.end());
        }
        out.iteration = iteration();
        out.state.resize(sizeof(m_stats) + all.size() * sizeof(double));
        std::memcpy(out.state.data(), &m_stats, sizeof(m_stats));
        std::memcpy(out.state.data() + sizeof(m_stats), all.data(), all.size() * sizeof(double));
        return {};
    }

    Status restore(const KeyFrame &frame) override
    {
        const std::size_t each = m_tiles.empty() ? 0 : m_tiles.front().save().size();
        if (frame.state.size() != sizeof(m_stats) + m_tiles.size() * each * sizeof(double))
            return fail(ErrorKind::Internal, "key frame", "was saved by another solve", "restart the solve");
        std::memcpy(&m_stats, frame.state.data(), sizeof(m_stats));
        std::vector<double> one(each);
        const std::byte *from = frame.state.data() + sizeof(m_stats);
        for (NaiveSolve &tile : m_tiles) {
            std::memcpy(one.data(), from, each * sizeof(double));
            from += each * sizeof(double);
            tile.restore(one);
        }
        return {};
    }

    Result<Solution> round(const Progress &progress) const override
    {
        const auto start = std::chrono::steady_clock::now();
        Solution solution;
        solution.options = m_options;
        solution.grid = m_grid;
        solution.mask = Mask(m_grid.rows, m_grid.cols);
        for (std::int64_t tile = 0; tile < m_grid.count(); ++tile) {
            if (progress.stop.stop_requested())
                return fail(ErrorKind::Cancelled, "solve", "stopped before all tiles were rounded");
            naive::Kept kept;
            solution.tiles.push_back(m_tiles[std::size_t(tile)].round(m_options, kept));
            store(kept, m_grid, tile, solution.mask);
        }
        solution.seconds = m_stats.seconds + since(start);
        return solution;
    }

private:
    IterationStats summary() const
    {
        IterationStats total;
        for (const NaiveSolve &tile : m_tiles) {
            const IterationStats one = tile.stats();
            const double residual = residualOf(one);
            total.rowResidual = std::max(total.rowResidual, one.rowResidual);
            total.columnResidual = std::max(total.columnResidual, one.columnResidual);
            total.capacityResidual = std::max(total.capacityResidual, one.capacityResidual);
            total.meanResidual += residual / double(m_tiles.size());
            total.objective += one.objective;
            total.upperBound += one.upperBound;
            total.entropy += one.entropy / (double(m_tiles.size()) * m_grid.m * m_grid.m);
            total.fractional += one.fractional;
            total.openTiles += residual > m_options.residualLimit();
        }
        return total;
    }

    TileStats tileStats(std::size_t tile) const
    {
        const IterationStats stats = m_tiles[tile].stats();
        double total = 0;
        for (const double score : m_tiles[tile].tile.score)
            total += score;
        TileStats out;
        out.residual = float(residualOf(stats));
        out.gap = stats.upperBound > 0 ? float(std::abs(stats.upperBound - stats.objective) / stats.upperBound) : 0;
        out.undecided = float(stats.fractional) / float(m_grid.entries(std::int64_t(tile)));
        out.lost = total > 0 ? float(1 - stats.objective / total) : 0;
        return out;
    }

    const std::shared_ptr<const Matrix<float>> m_score;
    const SolveOptions m_options;
    const TileGrid m_grid;
    std::vector<NaiveSolve> m_tiles;
    IterationStats m_stats;
};

class ReferenceBackend : public SolverBackend
{
public:
    std::string id() const override { return "reference"; }
    std::string description() const override { return "Reference · naive, double precision"; }
    bool supports(Method method) const override
    {
        return method == Method::Reference || method == Method::Dykstra || method == Method::Exact ||
            method == Method::Greedy || method == Method::GreedySwap;
    }
    bool supportsLive(Method method) const override { return method == Method::Reference || method == Method::Dykstra; }

    Result<Solution> solve(Span2d<const float> score, const SolveOptions &options, const Progress &progress) override
    {
        if (const Status status = checkSolve(options); !status)
            return fail(status.error());
        const auto start = std::chrono::steady_clock::now();
        Solution solution;
        solution.options = options;
        solution.grid = {score.rows, score.cols, options.pattern.m};
        solution.mask = Mask(score.rows, score.cols);
        const std::int64_t count = solution.grid.count();
        solution.tiles.resize(std::size_t(count));
        std::vector<naive::Kept> kept(solution.tiles.size());
        std::atomic<std::int64_t> done = 0;
        parallelBlocks(count, 1, options.threads, progress.stop, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t tile = begin; tile < end; ++tile)
                solution.tiles[std::size_t(tile)] = solveTile(naive::takeTile(score, solution.grid, tile, options.pattern.n),
                                                              options, progress.stop, kept[std::size_t(tile)]);
            if (progress.report)
                progress.report(done += end - begin, count);
        });
        if (progress.stop.stop_requested())
            return fail(ErrorKind::Cancelled, "solve", "stopped before all tiles were done");
        for (std::int64_t tile = 0; tile < count; ++tile)
            store(kept[std::size_t(tile)], solution.grid, tile, solution.mask);
        solution.seconds = since(start);
        return solution;
    }

    Result<std::unique_ptr<LiveSolve>> startLive(std::shared_ptr<const Matrix<float>> score, const SolveOptions &options,
                                                 const Progress &progress) override
    {
        if (const Status status = checkLive(options); !status)
            return fail(status.error());
        auto live = std::make_unique<ReferenceLive>(std::move(score), options);
        if (const Status started = live->start(progress); !started)
            return fail(started.error());
        return live;
    }

    LiveMemory liveMemory(const TileGrid &grid, const SolveOptions &options) const override
    {
        const NmPattern pattern = options.pattern;
        const Matrix<float> none(pattern.m, pattern.m);
        const NaiveSolve one(naive::takeTile(none.span(), {pattern.m, pattern.m, pattern.m}, 0, pattern.n), options.tau);
        const auto state = std::int64_t(one.save().size() * sizeof(double));
        const auto scores = std::int64_t(one.tile.score.size() * sizeof(double));
        constexpr std::int64_t scalars = 3 * sizeof(double); // of the state that are members of the object itself
        return {std::int64_t(sizeof(ReferenceLive)) +
                    grid.count() * (std::int64_t(sizeof(NaiveSolve)) + scores + state - scalars),
                std::int64_t(sizeof(IterationStats)) + grid.count() * state};
    }
};

} // namespace

std::unique_ptr<SolverBackend> makeReferenceBackend()
{
    return std::make_unique<ReferenceBackend>();
}

} // namespace nms
