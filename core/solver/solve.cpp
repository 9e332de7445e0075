// SPDX-License-Identifier: Apache-2.0
#include "core/solver/solve.h"

#include "core/solver/hand_over.h"
#include "core/solver/tile_loop.h"
#include "core/sparsity/metrics.h"
#include "core/tile/tile.h"

#include <algorithm>
#include <array>
#include <future>
#include <stop_token>
#include <system_error>

namespace nms {

namespace {

/// Rows of a panel: whole rows of tiles within `panelWeights`, the whole matrix where the method needs that; 0 if that does
/// not fit.
std::int64_t panelRows(const StreamShape &shape, const SolveOptions &options, std::int64_t panelWeights)
{
    const int m = options.pattern.m;
    const std::int64_t fitting = panelWeights / std::max<std::int64_t>(1, shape.cols);
    if (fitting >= shape.rows)
        return std::max<std::int64_t>(1, shape.rows);
    return traitsOf(options.method).takesWholeMatrix ? 0 : fitting / m * m;
}

/// One pass over the rows. There are two buffers for panels of weights: one is solved while the other is written and then
/// refilled.
class Stream
{
public:
    Stream(WeightsSolver &solver, const StreamShape &shape, const SolveOptions &options, std::int64_t height,
           const ReadRows &read, const WriteRows &write, const Progress &progress, const ScoreRows &score)
        : m_solver(solver), m_shape(shape), m_options(options), m_height(height), m_read(read), m_write(write),
          m_score(score), m_progress(progress),
          m_byRows(shape.readsInParallel && !score && solver.gainsFromRows({height, shape.cols, options.pattern.m}))
    { }

    Result<StreamedSolution> run()
    {
        m_out.grid = {m_shape.rows, m_shape.cols, m_options.pattern.m};
        if (m_shape.rows == 0)
            return m_out;
        const std::int64_t panels = (m_shape.rows + m_height - 1) / m_height;
        for (std::int64_t k = 0; k < std::min<std::int64_t>(panels, 2); ++k) {
            auto memory = m_solver.takeMemory(m_height * m_shape.cols * bytesOf(m_shape.type));
            if (!memory)
                return fail(memory.error());
            m_memory[k] = std::move(*memory);
            if (m_score) {
                auto scores = m_solver.takeMemory(m_height * m_shape.cols * std::int64_t(sizeof(float)));
                if (!scores)
                    return fail(scores.error());
                m_scores[k] = std::move(*scores);
            }
        }
        if (const Status status = readPanel(0); !status)
            return fail(status.error());
        Solved before;
        for (std::int64_t k = 0; k < panels; ++k) {
            // If no further thread can be started, these steps run one after the other.
            std::stop_source abandoned;
            std::future<Result<Solved>> solving = start(k, abandoned.get_token());
            if (k > 0)
                if (const Status status = writePanel(k - 1, before); !status) {
                    abandoned.request_stop();
                    solving.wait();
                    return fail(status.error());
                }
            const Status next = k + 1 < panels ? readPanel(k + 1) : Status();
            Result<Solved> solved = solving.get();
            if (!solved)
                return fail(solved.error());
            if (!next) // after an error of solving, as if one thread had done everything
                return fail(next.error());
            before = std::move(*solved);
            m_out.totals.add(before.solution.tiles);
            m_out.seconds += before.solution.seconds;
            m_out.sums += before.sums;
            m_out.scores += before.ofScores.magnitude;
            m_out.keptScores += before.ofScores.keptMagnitude;
            m_out.shortLines += before.shortLines;
        }
        if (const Status status = writePanel(panels - 1, before); !status)
            return fail(status.error());
        return m_out;
    }

private:
    struct Solved {
        Solution solution;
        MaskSums sums; // of the weights
        MaskSums ofScores;
        std::int64_t shortLines = 0;
    };

    std::int64_t rowsOf(std::int64_t panel) const { return std::min(m_height, m_shape.rows - panel * m_height); }
    WeightsView weightsOf(std::int64_t panel) const
    {
        return {m_memory[panel % 2].get(), m_shape.type, rowsOf(panel), m_shape.cols};
    }
    /// Where the solver's threads do not read the rows themselves.
    Status readPanel(std::int64_t panel)
    {
        if (m_byRows)
            return {};
        if (m_progress.stop.stop_requested())
            return fail(ErrorKind::Cancelled, "solve", "stopped before all rows were done");
        const Status status = readRows(panel, 0, rowsOf(panel));
        if (!status || !m_score)
            return status;
        return m_score(panel * m_height, weightsOf(panel), scoresOf(panel));
    }
    Status readRows(std::int64_t panel, std::int64_t row0, std::int64_t rows) const
    {
        const auto rowBytes = std::size_t(m_shape.cols * bytesOf(m_shape.type));
        return m_read(panel * m_height + row0, rows,
                      {m_memory[panel % 2].get() + std::size_t(row0) * rowBytes, std::size_t(rows) * rowBytes});
    }
    Span2d<float> scoresOf(std::int64_t panel) const
    {
        return {reinterpret_cast<float *>(m_scores[panel % 2].get()), rowsOf(panel), m_shape.cols};
    }
    Status writePanel(std::int64_t panel, const Solved &solved) const
    {
        return m_write(panel * m_height, solved.solution.mask, weightsOf(panel));
    }
    std::future<Result<Solved>> start(std::int64_t panel, std::stop_token abandoned)
    {
        const auto work = [this, panel, abandoned = std::move(abandoned), tilesBefore = m_out.totals.tiles] {
            return solve(panel, abandoned, tilesBefore);
        };
        try {
            return std::async(std::launch::async, work);
        } catch (const std::system_error &) {
            return std::async(std::launch::deferred, work);
        }
    }
    Result<Solved> solve(std::int64_t panel, const std::stop_token &abandoned, std::int64_t tilesBefore) const
    {
        std::stop_source stop; // requested by the user or by this class
        const auto forward = [&stop] {
            stop.request_stop();
        };
        const std::stop_callback byUser(m_progress.stop, forward);
        const std::stop_callback byUs(abandoned, forward);
        Progress ofPanel;
        ofPanel.stop = stop.get_token();
        if (m_progress.report)
            ofPanel.report = [&](std::int64_t done, std::int64_t) {
                m_progress.report(tilesBefore + done, m_out.grid.count());
            };
        const WeightsView weights = weightsOf(panel);
        const WeightsView scores = m_score ? WeightsView(scoresOf(panel)) : weights; // |A| = A
        MaskSums sums;
        Result<Solution> solution = m_byRows ? solveRows(panel, ofPanel, sums) : m_solver.solve(scores, ofPanel);
        if (!solution)
            return fail(solution.error());
        if (!m_byRows)
            sums = maskSums(weights, solution->mask, m_options.threads);
        const MaskSums ofScores = m_score ? maskSums(scores, solution->mask, m_options.threads) : sums;
        if (const Status checked = checkObjective(*solution, scores, ofScores, panel * m_height); !checked)
            return fail(checked.error());
        const std::int64_t missing = m_options.paperSwaps ? shortLines(solution->mask, m_options.pattern) : 0;
        return Solved{std::move(*solution), sums, ofScores, missing};
    }
    /// The solver's threads read and sum the rows that they solve.
    Result<Solution> solveRows(std::int64_t panel, const Progress &progress, MaskSums &sums) const
    {
        const WeightsView weights = weightsOf(panel);
        std::vector<MaskSums> ofRows(std::size_t(weights.rows));
        const RowWork work{[&](std::int64_t row0, std::int64_t rows) { return readRows(panel, row0, rows); },
                           [&](std::int64_t row0, std::int64_t rows, const Mask &mask) {
                               sumRows(weights, mask, row0, rows,
                                       std::span(ofRows).subspan(std::size_t(row0), std::size_t(rows)));
                           }};
        Result<Solution> solution = m_solver.solveRows(weights, work, progress);
        for (const MaskSums &row : ofRows)
            sums += row;
        return solution;
    }

    WeightsSolver &m_solver;
    const StreamShape m_shape;
    const SolveOptions &m_options;
    const std::int64_t m_height; // rows of a panel
    const ReadRows &m_read;
    const WriteRows &m_write;
    const ScoreRows &m_score;
    const Progress &m_progress;
    const bool m_byRows; // the solver's threads read
    std::array<HostMemory, 2> m_memory;
    std::array<HostMemory, 2> m_scores; // where the scores are not |W|
    StreamedSolution m_out;
};

} // namespace

StreamedSolution &StreamedSolution::operator+=(const StreamedSolution &following)
{
    totals += following.totals;
    sums += following.sums;
    scores += following.scores;
    keptScores += following.keptScores;
    shortLines += following.shortLines;
    seconds += following.seconds;
    return *this;
}

Matrix<float> magnitudeScore(Span2d<const float> weights)
{
    Matrix<float> score(weights.rows, weights.cols);
    toMagnitudes(WeightsView(weights), 0, score.span());
    return score;
}

double streamedBytesPerWeight(const WeightsSolver &solver, const SolveOptions &options, WeightType type, bool scored)
{
    constexpr double panels = 2; // of weights, and also of masks and results: one being solved, one being written
    const double perTile = double(options.pattern.m) * options.pattern.m;
    const double score = scored ? double(sizeof(float)) : 0;
    return panels * (double(bytesOf(type)) + score + 0.125 + double(sizeof(TileResult)) / perTile) +
        double(solver.bytesPerWeight());
}

Result<StreamedSolution> solveStreamed(WeightsSolver &solver, const StreamShape &shape, const SolveOptions &options,
                                       std::int64_t panelWeights, const ReadRows &read, const WriteRows &write,
                                       const Progress &progress, const ScoreRows &score)
{
    const std::int64_t height = panelRows(shape, options, panelWeights);
    if (height == 0)
        return fail(ErrorKind::Resource, std::to_string(shape.rows) + " × " + std::to_string(shape.cols) + " matrix",
                    traitsOf(options.method).takesWholeMatrix
                        ? "unstructured ranks the whole matrix, which does not fit the memory limit"
                        : "not even one row of tiles fits the memory limit",
                    "allow more memory");
    return withMemoryErrors(matrixText({shape.rows, shape.cols, options.pattern.m}), solveByPanels,
                            [&] { return Stream(solver, shape, options, height, read, write, progress, score).run(); });
}

Result<std::vector<TileResult>> certify(SolverBackend &backend, Span2d<const float> score, const Mask &mask,
                                        NmPattern pattern, const Progress &progress)
{
    if (mask.rows() != score.rows || mask.cols() != score.cols)
        return fail(ErrorKind::Input, "mask",
                    "is " + std::to_string(mask.rows()) + " × " + std::to_string(mask.cols()) + ", the weights are " +
                        std::to_string(score.rows) + " × " + std::to_string(score.cols),
                    "give the weights that the mask was made for");
    SolveOptions options;
    options.pattern = pattern;
    options.method = provingMethod();
    Result<Solution> optimum = backend.solve(score, options, progress);
    if (!optimum)
        return fail(optimum.error());
    const auto scores = std::make_unique<TileScores>();
    for (std::size_t tile = 0; tile < optimum->tiles.size(); ++tile) {
        if (progress.stop.stop_requested())
            return fail(ErrorKind::Cancelled, "certify", "stopped before all tiles were judged");
        scores->gather(score, optimum->grid, std::int64_t(tile));
        optimum->tiles[tile].objective = keptScore(*scores, loadTile(mask, optimum->grid, std::int64_t(tile)), simdLevel());
    }
    return std::move(optimum->tiles);
}

} // namespace nms
