// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile_loop.h"

#include "core/base/huge_pages.h"
#include "core/base/parallel.h"
#include "core/base/progress.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <optional>
#include <string>

namespace nms {

namespace {

/// Approximate number of passes over all entries of a tile.
std::int64_t passesOf(Method method, int iterations)
{
    const int passes = traitsOf(method).passes;
    return passes > 0 ? passes : iterations;
}

/// Makes runs, of at most mostTiles(): of scores as they are.
class MatrixCells
{
public:
    static std::int64_t mostTiles(const TileGrid &grid) { return grid.tileCols(); }
    explicit MatrixCells(Span2d<const float> score) : m_score(score) { }
    TileRun run(const TileGrid &grid, std::int64_t first, std::int64_t count)
    {
        return TileRun::of(m_score, grid, first, count);
    }

private:
    const Span2d<const float> m_score;
};

/// Of |W|, in a buffer that stays in the second-level cache of its thread.
class MagnitudeCells
{
public:
    /// So many that they fill whole words of a mask.
    static std::int64_t mostTiles(const TileGrid &grid)
    {
        constexpr std::int64_t entries = std::int64_t(1) << 15;
        const std::int64_t shortest = std::max<std::int64_t>(TileRun::tilesPerWords(grid.m), 16); // 16: of small exact tiles
        return std::max<std::int64_t>(1, entries / (std::int64_t(grid.m) * grid.m) / shortest) * shortest;
    }
    explicit MagnitudeCells(const WeightsView &weights) : m_weights(weights) { }
    TileRun run(const TileGrid &grid, std::int64_t first, std::int64_t count)
    {
        TileRun run{{}, grid, first, count};
        const std::int64_t rows = run.row1() - run.row0(), cols = run.col1() - run.col0();
        if (m_count < rows * cols) {
            m_cells = std::make_unique_for_overwrite<float[]>(std::size_t(rows * cols));
            m_count = rows * cols;
        }
        const Span2d<float> cells(m_cells.get(), rows, cols);
        for (std::int64_t i = 0; i < rows; ++i)
            cellsToMagnitudes(m_weights, run.row0() + i, run.col0(), cells.row(i));
        run.cells = cells;
        return run;
    }

private:
    const WeightsView m_weights;
    std::unique_ptr<float[]> m_cells;
    std::int64_t m_count = 0;
};

/// The error of the first rows, of those that threads have met in any order.
class FirstError
{
public:
    void add(std::int64_t row0, const Error &error)
    {
        const std::scoped_lock lock(m_mutex);
        if (row0 >= m_row0)
            return;
        m_row0 = row0;
        m_error = error;
    }
    bool isBefore(std::int64_t row0) const { return m_row0 < row0; }
    const std::optional<Error> &get() const { return m_error; }

private:
    std::mutex m_mutex;
    std::atomic<std::int64_t> m_row0 = std::numeric_limits<std::int64_t>::max();
    std::optional<Error> m_error;
};

/// Solves the tiles of one matrix, run by run.
/// `Cells`: made from `matrix` for each block.
template <class Cells, class MatrixView> class RunLoop
{
public:
    RunLoop(const MatrixView &matrix, const std::function<std::unique_ptr<RunSolver>()> &makeSolver,
            const Progress &progress, Solution &solution, std::int64_t blockTiles)
        : m_matrix(matrix), m_makeSolver(makeSolver), m_stop(progress.stop), m_solution(solution), m_grid(solution.grid),
          m_meter(progress, m_grid.count()), m_blockTiles(blockTiles > 0 ? blockTiles : tilesPerBlock(solution.options)),
          m_invalid(m_grid.count())
    {
        solution.mask = Mask(m_grid.rows, m_grid.cols);
        solution.tiles.clear();
        solution.tiles.reserve(std::size_t(m_grid.count()));
        preferHugePages(solution.tiles.data(), solution.tiles.capacity() * sizeof(TileResult));
        solution.tiles.resize(std::size_t(m_grid.count()));
    }

    /// Blocks are measured in the shortest possible runs. Those of a block that lie in the same row of tiles form one run.
    Status solveAll()
    {
        const std::int64_t shortest = TileRun::tilesPerWords(m_grid.m), tileCols = m_grid.tileCols();
        const std::int64_t inRow = (tileCols + shortest - 1) / shortest;
        const bool complete =
            parallelBlocks(m_grid.tileRows() * inRow, (m_blockTiles + shortest - 1) / shortest, m_solution.options.threads,
                           m_stop, [&](std::int64_t begin, std::int64_t end) {
                               const std::unique_ptr<RunSolver> solver = m_makeSolver();
                               Cells cells(m_matrix);
                               std::int64_t solved = 0;
                               while (begin < end && !m_stop.stop_requested()) {
                                   const std::int64_t tileRow = begin / inRow, next = std::min(end, (tileRow + 1) * inRow);
                                   solved += solveTiles(*solver, cells, tileRow, (begin - tileRow * inRow) * shortest,
                                                        std::min(tileCols, (next - tileRow * inRow) * shortest));
                                   begin = next;
                               }
                               m_meter.add(solved);
                           });
        return outcome(complete);
    }

    /// Blocks are whole rows of tiles.
    Status solveByRows(const RowWork &work)
    {
        const int threads = m_solution.options.threads > 0 ? m_solution.options.threads : hardwareThreads();
        const std::int64_t rowsOfBlock =
            std::min(m_blockTiles / std::max<std::int64_t>(1, m_grid.tileCols()), m_grid.tileRows() / (16 * threads));
        FirstError failure;
        const bool complete =
            parallelBlocks(m_grid.tileRows(), rowsOfBlock, threads, m_stop, [&](std::int64_t begin, std::int64_t end) {
                const std::unique_ptr<RunSolver> solver = m_makeSolver();
                Cells cells(m_matrix);
                for (std::int64_t tileRow = begin; tileRow < end && !m_stop.stop_requested(); ++tileRow) {
                    const std::int64_t row0 = tileRow * m_grid.m;
                    const std::int64_t rows = std::min<std::int64_t>(m_grid.m, m_grid.rows - row0);
                    if (failure.isBefore(row0))
                        return;
                    if (const Status filled = work.fill(row0, rows); !filled) {
                        failure.add(row0, filled.error());
                        return;
                    }
                    m_meter.add(solveTiles(*solver, cells, tileRow, 0, m_grid.tileCols()));
                    work.use(row0, rows, m_solution.mask);
                }
            });
        if (failure.get())
            return fail(*failure.get());
        return outcome(complete);
    }

private:
    /// Of a row of tiles those from `first` on, before `last`; returns how many.
    std::int64_t solveTiles(RunSolver &solver, Cells &cells, std::int64_t tileRow, std::int64_t first, std::int64_t last)
    {
        const std::int64_t most = Cells::mostTiles(m_grid);
        std::int64_t solved = 0;
        for (; first < last && !m_stop.stop_requested(); first += most) {
            const TileRun run = cells.run(m_grid, m_grid.index(tileRow, first), std::min(most, last - first));
            RunMask mask(m_solution.mask, run);
            const std::int64_t bad = solver.solveRun(run, m_stop, mask, m_solution.tiles.data() + run.first);
            for (std::int64_t known = m_invalid;
                 bad < run.end() && bad < known && !m_invalid.compare_exchange_weak(known, bad);) { }
            solved += run.count;
        }
        return solved;
    }
    Status outcome(bool complete) const
    {
        if (!complete || m_stop.stop_requested())
            return fail(ErrorKind::Cancelled, "solve", "stopped before all tiles were done");
        if (m_invalid < m_grid.count())
            return fail(ErrorKind::Input,
                        "tile (" + std::to_string(m_grid.rowOf(m_invalid)) + ", " + std::to_string(m_grid.colOf(m_invalid)) +
                            ")",
                        "holds a score that is negative or not finite",
                        "repair the weights: no mask can be chosen from such scores");
        return {};
    }

    const MatrixView &m_matrix;
    const std::function<std::unique_ptr<RunSolver>()> &m_makeSolver;
    const std::stop_token m_stop;
    Solution &m_solution;
    const TileGrid m_grid;
    ProgressMeter m_meter;
    const std::int64_t m_blockTiles;
    std::atomic<std::int64_t> m_invalid; // the first tile with an invalid score
};

} // namespace

std::int64_t tilesPerBlock(const SolveOptions &options)
{
    constexpr std::int64_t entriesPerBlock = std::int64_t(1) << 22; // at about one nanosecond each
    std::int64_t passes = passesOf(options.method, options.iterations);
    if (options.warmStart)
        passes += passesOf(*options.warmStart, SolveOptions().iterations);
    const std::int64_t entries = std::int64_t(options.pattern.m) * options.pattern.m * passes;
    return std::clamp<std::int64_t>(entriesPerBlock / entries, 1, 4096);
}

std::string matrixText(const TileGrid &grid)
{
    return std::to_string(grid.rows) + " × " + std::to_string(grid.cols) + " matrix";
}

Status solveTiles(Span2d<const float> score, const std::function<std::unique_ptr<RunSolver>()> &makeSolver,
                  const Progress &progress, Solution &solution, std::int64_t blockTiles)
{
    return RunLoop<MatrixCells, Span2d<const float>>(score, makeSolver, progress, solution, blockTiles).solveAll();
}

Status solveMagnitudes(const WeightsView &weights, const std::function<std::unique_ptr<RunSolver>()> &makeSolver,
                       const Progress &progress, Solution &solution, std::int64_t blockTiles, const RowWork *work)
{
    RunLoop<MagnitudeCells, WeightsView> loop(weights, makeSolver, progress, solution, blockTiles);
    return work != nullptr ? loop.solveByRows(*work) : loop.solveAll();
}

bool isDealtByRows(const TileGrid &grid, const SolveOptions &options)
{
    const int threads = options.threads > 0 ? options.threads : hardwareThreads();
    // A row takes a few milliseconds at most: of longer ones a thread would wait for another's last.
    return threads == 1 ||
        (grid.tileRows() >= std::int64_t(4) * threads && grid.tileCols() <= std::int64_t(4) * tilesPerBlock(options));
}

} // namespace nms
