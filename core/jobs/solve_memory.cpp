// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/solve_memory.h"

#include "core/jobs/job.h"
#include "core/jobs/mask_memory.h"
#include "core/jobs/solve_tensor.h"
#include "core/jobs/tensor_selection.h"
#include "core/solver/hand_over.h"
#include "core/tensor/row_panels.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

namespace nms::jobs {

namespace {

constexpr std::int64_t worthwhile = 1 << 16; // weights of a matrix below which it is copied together with its neighbours

/// Rows of the stacked view as weights to solve.
class Panels
{
public:
    Panels(TensorSource &source, const TensorInfo &tensor, const MemoryTensor &memory)
        : m_source(source), m_tensor(tensor), m_memory(memory), m_stack(tensor.shape, tensor.axes.letters, memory.strides),
          m_type(solvedTypeOf(tensor))
    {
        m_step = m_stack.stackedRowStep();
        if (!m_step && m_stack.rows() * m_stack.cols() >= worthwhile) {
            m_step = m_stack.rowStep();
            m_byMatrix = true;
        }
        const bool aligned = reinterpret_cast<std::uintptr_t>(memory.data) % std::size_t(bytesOf(m_type)) == 0;
        m_inPlace = isSolvedAsStored(tensor.dtype) && aligned && m_stack.columnsAreNeighbours() && m_step &&
            (*m_step >= m_stack.cols() || m_stack.count() * m_stack.rows() == 1);
        m_byMatrix = m_byMatrix && m_inPlace;
    }

    /// True where no panel may hold rows of two matrices.
    bool byMatrix() const { return m_byMatrix; }

    /// Valid until the next call.
    Result<WeightsView> rows(std::int64_t row0, std::int64_t count)
    {
        const std::int64_t cols = m_stack.cols();
        if (m_inPlace) {
            WeightsView view(m_memory.data + m_stack.rowOffset(row0) * bytesOf(m_type), m_type, count, cols);
            view.stride = std::max(*m_step, cols); // of a single row it is told as 0
            return view;
        }
        m_copy.resize(std::size_t(count * cols * bytesOf(m_type)));
        Status read;
        if (isSolvedAsStored(m_tensor.dtype))
            read = m_source.readMatrixRows(m_tensor, row0, count, m_copy);
        else
            read = m_source.readRows(m_tensor, row0, Span2d<float>(reinterpret_cast<float *>(m_copy.data()), count, cols));
        if (!read)
            return fail(read.error());
        return WeightsView(m_copy.data(), m_type, count, cols);
    }

private:
    TensorSource &m_source;
    const TensorInfo &m_tensor;
    const MemoryTensor &m_memory;
    const Stack m_stack;
    const WeightType m_type;
    std::optional<std::int64_t> m_step; // from row to row
    bool m_byMatrix = false;
    bool m_inPlace = false;
    std::vector<std::byte> m_copy;
};

class MemorySolve
{
public:
    MemorySolve(TensorSource &source, const TensorInfo &tensor, const MemoryTensor &memory, const MaskMemory &out,
                const SolveMemorySettings &settings, WeightsSolver &solver, const Progress &progress)
        : m_tensor(tensor), m_out(out), m_settings(settings), m_solver(solver), m_progress(progress),
          m_panels(source, tensor, memory), m_outStack(tensor.shape, tensor.axes.letters, out.strides)
    {
        if (settings.score && !settings.score->isMagnitude())
            m_score = settings.score->rowsOf(tensor, settings.options.threads);
    }

    Result<StreamedSolution> run()
    {
        const SolveOptions &options = m_settings.options;
        const std::int64_t together = m_panels.byMatrix() ? m_tensor.matrixRows() : rowsTogether(m_tensor, options);
        const std::int64_t m = options.pattern.m;
        const std::int64_t fitting = std::max<std::int64_t>(1, m_solver.weightsAtOnce() / m_tensor.cols() / m) * m;
        const std::int64_t height = traitsOf(options.method).takesWholeMatrix ? together : fitting;
        m_all.grid = {m_tensor.rows(), m_tensor.cols(), options.pattern.m};
        m_tileCount = TileGrid{m_tensor.matrixRows(), m_tensor.cols(), options.pattern.m}.count() * m_tensor.matrices();
        for (std::int64_t first = 0; first < m_tensor.rows(); first += together)
            for (std::int64_t row = 0; row < together; row += height)
                if (const Status solved = solvePanel(first, row, std::min(height, together - row)); !solved)
                    return fail(solved.error());
        return m_all;
    }

    std::int64_t changed() const { return m_changed; }
    std::vector<TileResult> takeTiles() { return std::move(m_tiles); }

private:
    /// Input error naming the first NaN or Inf.
    Status checkFinite(const WeightsView &weights, std::int64_t row0) const
    {
        for (std::int64_t row = 0; row < weights.rows; ++row) {
            if (isFiniteRow(weights, row))
                continue;
            std::vector<float> cells(std::size_t(weights.cols));
            rowToFloat(weights, row, cells);
            const auto bad = std::find_if(cells.begin(), cells.end(), [](float cell) { return !std::isfinite(cell); });
            const std::string name = std::isnan(*bad) ? "NaN" : *bad > 0 ? "+Inf" : "-Inf";
            const std::int64_t matrix = (row0 + row) / m_tensor.matrixRows();
            const std::string where = m_tensor.matrices() > 1 ? matrixOf(m_tensor, matrix).path : m_tensor.path;
            return fail(ErrorKind::Input, where,
                        name + " at (" + std::to_string((row0 + row) % m_tensor.matrixRows()) + ", " +
                            std::to_string(bad - cells.begin()) + ")",
                        "masks need finite weights");
        }
        return {};
    }

    Status solvePanel(std::int64_t first, std::int64_t row, std::int64_t count)
    {
        const std::int64_t row0 = first + row;
        const Result<WeightsView> weights = m_panels.rows(row0, count);
        if (!weights)
            return fail(weights.error());
        WeightsView scores = *weights;
        if (m_score) {
            if (const Status finite = checkFinite(*weights, row0); !finite)
                return finite;
            if (m_scores.rows() != count)
                m_scores = Matrix<float>(count, m_tensor.cols());
            if (const Status filled = m_score(row0, *weights, m_scores.span()); !filled)
                return filled;
            scores = m_scores.span();
        }
        const auto report = [&, before = m_all.totals.tiles](std::int64_t done, std::int64_t) {
            m_progress.report(before + done, m_all.grid.count());
        };
        Result<Solution> solution = m_settings.potentials != nullptr
            ? solveAgain(scores)
            : m_solver.solve(scores, m_progress.report ? Progress{m_progress.stop, report} : m_progress);
        if (!solution) {
            if (const Status finite = checkFinite(*weights, row0); !finite)
                return finite;
            return fail(solution.error());
        }
        return handOver(*solution, *weights, scores, first, row);
    }

    /// From the potentials of the last solve, by the CPU.
    Result<Solution> solveAgain(const WeightsView &scores)
    {
        if (m_magnitudes.rows() != scores.rows)
            m_magnitudes = Matrix<float>(scores.rows, scores.cols);
        toMagnitudes(scores, m_settings.options.threads, m_magnitudes.span());
        const SolveOptions &options = m_settings.options;
        return solveFromPotentials(m_magnitudes.span(), options, options.residualLimit(), m_all.totals.tiles, m_tileCount,
                                   m_progress.stop, *m_settings.potentials);
    }

    Status handOver(const Solution &solution, const WeightsView &weights, const WeightsView &scores, std::int64_t first,
                    std::int64_t row)
    {
        const int threads = m_settings.options.threads;
        if (const Status counted = checkCounts(solution, threads); !counted)
            return counted;
        const MaskSums sums = maskSums(weights, solution.mask, threads);
        const MaskSums ofScores = m_score ? maskSums(scores, solution.mask, threads) : sums;
        if (const Status checked = checkObjective(solution, scores, ofScores, row); !checked)
            return checked;
        m_changed += writeMask(solution.mask, first + row, m_outStack, m_out.data, threads, m_settings.compare);
        m_all.totals.add(solution.tiles);
        m_all.seconds += solution.seconds;
        m_all.sums += sums;
        m_all.scores += ofScores.magnitude;
        m_all.keptScores += ofScores.keptMagnitude;
        m_all.shortLines += m_settings.options.paperSwaps ? shortLines(solution.mask, m_settings.options.pattern) : 0;
        if (m_settings.tiles)
            m_tiles.insert(m_tiles.end(), solution.tiles.begin(), solution.tiles.end());
        return {};
    }

    const TensorInfo &m_tensor;
    const MaskMemory &m_out;
    const SolveMemorySettings &m_settings;
    WeightsSolver &m_solver;
    const Progress &m_progress;
    Panels m_panels;
    const Stack m_outStack;
    ScoreRows m_score; // empty: |W|
    Matrix<float> m_scores, m_magnitudes;
    std::int64_t m_tileCount = 0; // of all matrices
    StreamedSolution m_all;
    std::int64_t m_changed = 0;
    std::vector<TileResult> m_tiles;
};

Result<SolvedMemory> solve(const MemoryTensor &weights, const MaskMemory &out, const SolveMemorySettings &settings,
                           SolverBackend &backend, const Progress &progress)
{
    const SolveOptions &options = settings.options;
    const auto solver = backend.startWeights(options);
    if (!solver)
        return fail(solver.error());
    const auto source = openMemory("memory", {weights});
    if (!source)
        return fail(source.error());
    TensorInfo tensor = (*source)->tensors().front();
    if (const std::string reason = whyNotCut(tensor, options.pattern.m); !reason.empty())
        return fail(ErrorKind::Input, tensor.path, reason,
                    "choose a smaller M, or say with axes which dimensions are the matrix");
    if (settings.score)
        if (const Status fits = settings.score->check(tensor); !fits)
            return fail(fits.error());
    if (const Status fitted = fitToFloat(**source, tensor, progress.stop); !fitted)
        return fail(fitted.error());
    SolveMemorySettings used = settings;
    if (!backend.supportsWarmStart() || !gainsFromPotentials(options))
        used.potentials = nullptr;
    MemorySolve work(**source, tensor, weights, out, used, **solver, progress);
    Result<StreamedSolution> all = work.run();
    if (!all)
        return fail(all.error());
    if (settings.score) {
        all->totals.objective *= settings.score->unit(tensor);
        all->totals.upperBound *= settings.score->unit(tensor);
    } else if (tensor.exponent != 0) {
        all->totals.objective = std::ldexp(all->totals.objective, tensor.exponent);
        all->totals.upperBound = std::ldexp(all->totals.upperBound, tensor.exponent);
    }
    const TileGrid each{tensor.matrixRows(), tensor.cols(), options.pattern.m};
    SolvedMemory solved;
    solved.solved = solvedOf(tensor, options, *all);
    solved.axes = tensor.axesText();
    solved.tiles = work.takeTiles();
    solved.matrices = tensor.matrices();
    solved.tileRows = each.tileRows();
    solved.tileCols = each.tileCols();
    solved.backend = backend.id();
    solved.changed = work.changed();
    return solved;
}

} // namespace

Result<SolvedMemory> solveMemory(const MemoryTensor &weights, const MaskMemory &out, const SolveMemorySettings &settings,
                                 SolverBackend &backend, const Progress &progress)
{
    const auto start = std::chrono::steady_clock::now();
    auto solved = guarded([&] { return solve(weights, out, settings, backend, progress); });
    if (solved)
        solved->totalSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return solved;
}

} // namespace nms::jobs
