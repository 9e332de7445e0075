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

/// The plan after the iterations.
Result<RenderedValues> planOf(SolverBackend &backend, const std::shared_ptr<const Matrix<float>> &score,
                              const SolveOptions &options, std::optional<int> iteration, const Progress &progress)
{
    const auto live = advanced(backend, score, options, iteration, progress);
    if (!live)
        return fail(live.error());
    Snapshot snapshot;
    const TileGrid grid{score->rows(), score->cols(), options.pattern.m};
    if (const Status captured = (*live)->capture(TileRegion::all(grid), snapshot); !captured)
        return fail(captured.error());
    RenderedValues plan{std::move(snapshot.plan.host()), {}};
    if (!iteration) {
        plan.totals.tiles = grid.count();
        plan.totals.notConverged = snapshot.stats.openTiles;
        plan.totals.worstResidual = std::max(snapshot.stats.rowResidual, snapshot.stats.columnResidual);
    }
    return plan;
}

/// The mask that a live solve has after `iteration` iterations, checked like any other.
Result<Solution> solutionAfter(int iteration, SolverBackend &backend, const std::shared_ptr<const Matrix<float>> &score,
                               const SolveOptions &options, const Progress &progress)
{
    const auto live = advanced(backend, score, options, iteration, progress);
    if (!live)
        return fail(live.error());
    Result<Solution> solution = (*live)->round({progress.stop, {}});
    if (solution)
        if (const Status checked = checkSolution(*solution, score->span(), options.threads); !checked)
            return fail(checked.error());
    return solution;
}

/// The mask as 0 and 1.
Result<RenderedValues> maskOf(SolverBackend &backend, const std::shared_ptr<const Matrix<float>> &score,
                              const SolveOptions &options, std::optional<int> iteration, const Progress &progress)
{
    const Result<Solution> solution = iteration ? solutionAfter(*iteration, backend, score, options, progress)
                                                : solveMatrix(backend, score->span(), options, progress);
    if (!solution)
        return fail(solution.error());
    Matrix<float> kept(score->rows(), score->cols());
    for (std::int64_t row = 0; row < kept.rows(); ++row)
        for (std::int64_t col = 0; col < kept.cols(); ++col)
            kept(row, col) = solution->mask.at(row, col) ? 1.0F : 0.0F;
    return RenderedValues{std::move(kept), iteration ? SolutionTotals() : solution->totals()};
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

Result<RenderedValues> valuesOf(MatrixView view, const Matrix<float> &weights, const CellRegion &region,
                                SolverBackend *backend, const SolveOptions &options, std::optional<int> iteration,
                                const ScoreRows &scores, const Progress &progress)
{
    const Span2d<const float> seen = weights.span().block(region.row0, region.col0, region.rows(), region.cols());
    if (view == MatrixView::Weights)
        return RenderedValues{copyOf(seen), {}};
    const auto scoreOf = [&](const CellRegion &part) -> Result<Matrix<float>> {
        if (!scores)
            return magnitudeScore(weights.span().block(part.row0, part.col0, part.rows(), part.cols()));
        const Result<Matrix<float>> all = scoresOf(weights.span(), scores, options.threads);
        if (!all)
            return fail(all.error());
        return copyOf(all->span().block(part.row0, part.col0, part.rows(), part.cols()));
    };
    if (view == MatrixView::Score) {
        Result<Matrix<float>> shown = scoreOf(region);
        if (!shown)
            return fail(shown.error());
        return RenderedValues{std::move(*shown), {}};
    }

    // `unstructured` ranks the whole matrix; the other methods only need the tiles of the region.
    const bool whole = traitsOf(options.method).takesWholeMatrix;
    const CellRegion tiles =
        whole ? CellRegion{0, weights.rows(), 0, weights.cols()} : wholeTiles(region, weights, options.pattern.m);
    Result<Matrix<float>> solvedScore = scoreOf(tiles);
    if (!solvedScore)
        return fail(solvedScore.error());
    const auto score = std::make_shared<const Matrix<float>>(std::move(*solvedScore));
    const Result<RenderedValues> solved = view == MatrixView::Plan ? planOf(*backend, score, options, iteration, progress)
                                                                   : maskOf(*backend, score, options, iteration, progress);
    if (!solved)
        return fail(solved.error());
    Matrix<float> values =
        copyOf(solved->cells.span().block(region.row0 - tiles.row0, region.col0 - tiles.col0, region.rows(), region.cols()));
    if (view == MatrixView::Error)
        for (std::int64_t row = 0; row < values.rows(); ++row)
            for (std::int64_t col = 0; col < values.cols(); ++col)
                values(row, col) = std::abs(seen(row, col)) * (1 - values(row, col));
    return RenderedValues{std::move(values), solved->totals};
}

} // namespace nms::jobs
