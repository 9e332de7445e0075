// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile_loop.h"

#include "core/base/huge_pages.h"
#include "core/base/parallel.h"
#include "core/base/progress.h"

#include <algorithm>
#include <atomic>
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

/// `Cells`: made from `matrix` for each block.
template <class Cells, class MatrixView>
Status solveRuns(const MatrixView &matrix, const std::function<std::unique_ptr<RunSolver>()> &makeSolver,
                 const Progress &progress, Solution &solution, std::int64_t blockTiles)
{
    const TileGrid &grid = solution.grid;
    solution.mask = Mask(grid.rows, grid.cols);
    solution.tiles.clear();
    solution.tiles.reserve(std::size_t(grid.count()));
    preferHugePages(solution.tiles.data(), solution.tiles.capacity() * sizeof(TileResult));
    solution.tiles.resize(std::size_t(grid.count()));
    ProgressMeter meter(progress, grid.count());
    std::atomic<std::int64_t> invalid = grid.count(); // the first tile with an invalid score

    // Blocks are measured in the shortest possible runs. Those of a block that lie in the same row of tiles form one run.
    const std::int64_t shortest = TileRun::tilesPerWords(grid.m), tileCols = grid.tileCols();
    const std::int64_t inRow = (tileCols + shortest - 1) / shortest, most = Cells::mostTiles(grid);
    if (blockTiles == 0)
        blockTiles = tilesPerBlock(solution.options);
    const bool complete = parallelBlocks(
        grid.tileRows() * inRow, (blockTiles + shortest - 1) / shortest, solution.options.threads, progress.stop,
        [&](std::int64_t begin, std::int64_t end) {
            const std::unique_ptr<RunSolver> solver = makeSolver();
            Cells cells(matrix);
            std::int64_t solved = 0;
            while (begin < end && !progress.stop.stop_requested()) {
                const std::int64_t tileRow = begin / inRow, next = std::min(end, (tileRow + 1) * inRow);
                std::int64_t first = (begin - tileRow * inRow) * shortest;
                const std::int64_t last = std::min(tileCols, (next - tileRow * inRow) * shortest);
                for (; first < last && !progress.stop.stop_requested(); first += most) {
                    const TileRun run = cells.run(grid, grid.index(tileRow, first), std::min(most, last - first));
                    RunMask mask(solution.mask, run);
                    const std::int64_t bad = solver->solveRun(run, progress.stop, mask, solution.tiles.data() + run.first);
                    for (std::int64_t known = invalid;
                         bad < run.end() && bad < known && !invalid.compare_exchange_weak(known, bad);) { }
                    solved += run.count;
                }
                begin = next;
            }
            meter.add(solved);
        });
    if (!complete || progress.stop.stop_requested())
        return fail(ErrorKind::Cancelled, "solve", "stopped before all tiles were done");
    if (invalid < grid.count())
        return fail(ErrorKind::Input,
                    "tile (" + std::to_string(grid.rowOf(invalid)) + ", " + std::to_string(grid.colOf(invalid)) + ")",
                    "holds a score that is negative or not finite",
                    "repair the weights: no mask can be chosen from such scores");
    return {};
}

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
    return solveRuns<MatrixCells>(score, makeSolver, progress, solution, blockTiles);
}

Status solveMagnitudes(const WeightsView &weights, const std::function<std::unique_ptr<RunSolver>()> &makeSolver,
                       const Progress &progress, Solution &solution, std::int64_t blockTiles)
{
    return solveRuns<MagnitudeCells>(weights, makeSolver, progress, solution, blockTiles);
}

} // namespace nms
