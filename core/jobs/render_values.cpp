// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/render_values.h"

#include "core/jobs/job.h"
#include "core/jobs/solve_matrix.h"
#include "core/solver/hand_over.h"
#include "core/solver/solve.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nms::jobs {

namespace {

bool parseRange(std::string_view text, std::int64_t &begin, std::int64_t &end)
{
    const auto number = [](std::string_view digits, std::int64_t &value) {
        const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return error == std::errc() && rest == digits.data() + digits.size() && !digits.empty();
    };
    const std::size_t colon = text.find(':');
    return colon != std::string_view::npos && number(text.substr(0, colon), begin) && number(text.substr(colon + 1), end) &&
        begin >= 0 && begin < end;
}

/// The region extended to whole tiles: the part that is solved.
CellRegion wholeTiles(const CellRegion &region, const Matrix<float> &weights, int m)
{
    return {region.row0 / m * m, std::min(weights.rows(), (region.row1 + m - 1) / m * m), region.col0 / m * m,
            std::min(weights.cols(), (region.col1 + m - 1) / m * m)};
}

/// A live solve that has done `iteration` iterations, or all if none is given.
Result<std::unique_ptr<LiveSolve>> advanced(SolverBackend &backend, const std::shared_ptr<const Matrix<float>> &score,
                                            const SolveOptions &options, std::optional<int> iteration,
                                            const Progress &progress)
{
    Result<std::unique_ptr<LiveSolve>> live = backend.startLive(score, options, {progress.stop, {}});
    if (!live)
        return live;
    std::vector<IterationStats> stats;
    const int target = iteration.value_or(std::numeric_limits<int>::max());
    const int planned = std::min(target, (*live)->plannedIterations()); // −1: unknown
    while (!(*live)->finished() && (*live)->iteration() < target) {
        const Status done = (*live)->advance(std::min(16, target - (*live)->iteration()), progress.stop, stats);
        if (!done)
            return fail(done.error());
        if (progress.stop.stop_requested())
            return fail(cancelled());
        if (progress.report && planned > 0)
            progress.report((*live)->iteration(), planned);
    }
    return live;
}

/// How many tiles have not converged, and the worst residual of their plans.
Result<SolutionTotals> convergenceOf(LiveSolve &live, const SolvedPart &part, const SolveOptions &options)
{
    Snapshot snapshot;
    if (const Status captured = live.capture({}, snapshot); !captured)
        return fail(captured.error());
    SolutionTotals totals;
    totals.tiles = TileGrid{part.score->rows(), part.score->cols(), options.pattern.m}.count();
    totals.notConverged = snapshot.stats.openTiles;
    totals.worstResidual = std::max(snapshot.stats.rowResidual, snapshot.stats.columnResidual);
    return totals;
}

/// The mask as 0 and 1.
Matrix<float> cellsOf(const Mask &mask)
{
    Matrix<float> kept(mask.rows(), mask.cols());
    for (std::int64_t row = 0; row < kept.rows(); ++row)
        for (std::int64_t col = 0; col < kept.cols(); ++col)
            kept(row, col) = mask.at(row, col) ? 1.0F : 0.0F;
    return kept;
}

/// The region of what was solved; of a mask the error, if that is the view.
Matrix<float> shownOf(MatrixView view, const Matrix<float> &solved, const SolvedPart &part, const Matrix<float> &weights,
                      const CellRegion &region)
{
    Matrix<float> values = copyOf(
        solved.span().block(region.row0 - part.tiles.row0, region.col0 - part.tiles.col0, region.rows(), region.cols()));
    if (view == MatrixView::Error)
        for (std::int64_t row = 0; row < values.rows(); ++row)
            for (std::int64_t col = 0; col < values.cols(); ++col)
                values(row, col) = std::abs(weights(region.row0 + row, region.col0 + col)) * (1 - values(row, col));
    return values;
}

/// The scores of a part of the matrix.
Result<Matrix<float>> scoreOf(const Matrix<float> &weights, const CellRegion &part, const ScoreRows &scores, int threads)
{
    if (!scores)
        return magnitudeScore(weights.span().block(part.row0, part.col0, part.rows(), part.cols()));
    const Result<Matrix<float>> all = scoresOf(weights.span(), scores, threads);
    if (!all)
        return fail(all.error());
    return copyOf(all->span().block(part.row0, part.col0, part.rows(), part.cols()));
}

} // namespace

Result<CellRegion> CellRegion::parse(std::string_view text)
{
    CellRegion region;
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos || !parseRange(text.substr(0, comma), region.row0, region.row1) ||
        !parseRange(text.substr(comma + 1), region.col0, region.col1))
        return fail(ErrorKind::Usage, "--region", "\"" + std::string(text) + "\" is no region",
                    "write it as r0:r1,c0:c1, half-open, as in 0:128,0:256");
    return region;
}

std::string CellRegion::text() const
{
    return std::to_string(row0) + ":" + std::to_string(row1) + "," + std::to_string(col0) + ":" + std::to_string(col1);
}

bool needsSolver(MatrixView view)
{
    return view == MatrixView::Plan || view == MatrixView::Mask || view == MatrixView::Error;
}

Result<SolvedPart> partToSolve(const Matrix<float> &weights, const CellRegion &region, const SolveOptions &options,
                               const ScoreRows &score)
{
    const bool whole = traitsOf(options.method).takesWholeMatrix;
    const CellRegion tiles =
        whole ? CellRegion{0, weights.rows(), 0, weights.cols()} : wholeTiles(region, weights, options.pattern.m);
    Result<Matrix<float>> solvedScore = scoreOf(weights, tiles, score, options.threads);
    if (!solvedScore)
        return fail(solvedScore.error());
    return SolvedPart{std::make_shared<const Matrix<float>>(std::move(*solvedScore)), tiles};
}

Result<Matrix<float>> cellsOf(MatrixView view, LiveSolve &live, const SolvedPart &part, const Matrix<float> &weights,
                              const CellRegion &region, const SolveOptions &options, const Progress &progress)
{
    if (view == MatrixView::Plan) {
        Snapshot snapshot;
        const TileGrid grid{part.score->rows(), part.score->cols(), options.pattern.m};
        if (const Status captured = live.capture(TileRegion::all(grid), snapshot); !captured)
            return fail(captured.error());
        return shownOf(view, snapshot.plan.host(), part, weights, region);
    }
    const Result<Solution> solution = live.round({progress.stop, {}});
    if (!solution)
        return fail(solution.error());
    if (const Status checked = checkSolution(*solution, part.score->span(), options.threads); !checked)
        return fail(checked.error());
    return shownOf(view, cellsOf(solution->mask), part, weights, region);
}

Result<RenderedValues> valuesOf(MatrixView view, const Matrix<float> &weights, const CellRegion &region,
                                SolverBackend *backend, const SolveOptions &options, std::optional<int> iteration,
                                const ScoreRows &scores, const Progress &progress)
{
    if (view == MatrixView::Weights)
        return RenderedValues{copyOf(weights.span().block(region.row0, region.col0, region.rows(), region.cols())), {}};
    if (view == MatrixView::Score) {
        Result<Matrix<float>> shown = scoreOf(weights, region, scores, options.threads);
        if (!shown)
            return fail(shown.error());
        return RenderedValues{std::move(*shown), {}};
    }
    const Result<SolvedPart> part = partToSolve(weights, region, options, scores);
    if (!part)
        return fail(part.error());
    if (view != MatrixView::Plan && !iteration) {
        const Result<Solution> solution = solveMatrix(*backend, part->score->span(), options, progress);
        if (!solution)
            return fail(solution.error());
        return RenderedValues{shownOf(view, cellsOf(solution->mask), *part, weights, region), solution->totals()};
    }
    const auto live = advanced(*backend, part->score, options, iteration, progress);
    if (!live)
        return fail(live.error());
    Result<Matrix<float>> cells = cellsOf(view, **live, *part, weights, region, options, progress);
    if (!cells)
        return fail(cells.error());
    if (iteration)
        return RenderedValues{std::move(*cells), {}};
    const Result<SolutionTotals> totals = convergenceOf(**live, *part, options);
    if (!totals)
        return fail(totals.error());
    return RenderedValues{std::move(*cells), *totals};
}

} // namespace nms::jobs
