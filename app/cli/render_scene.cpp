// SPDX-License-Identifier: Apache-2.0
#include "app/cli/render_scene.h"

#include "app/cli/row_panels.h"
#include "core/solver/hand_over.h"
#include "core/solver/solve.h"
#include "core/tensor/overview.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nms::cli {

namespace {

constexpr std::int64_t largestSide = 8192; // pixels
constexpr std::int64_t wantedSide = 1536;

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

Matrix<float> part(Span2d<const float> values)
{
    Matrix<float> copy(values.rows, values.cols);
    for (std::int64_t row = 0; row < values.rows; ++row)
        std::copy_n(values.row(row).data(), values.cols, copy.span().row(row).data());
    return copy;
}

/// The mean of each k × k cells; clipped at the edge.
Matrix<float> shrink(const Matrix<float> &values, std::int64_t k)
{
    Matrix<float> small((values.rows() + k - 1) / k, (values.cols() + k - 1) / k);
    for (std::int64_t r = 0; r < small.rows(); ++r) {
        for (std::int64_t c = 0; c < small.cols(); ++c) {
            const std::int64_t rowEnd = std::min(values.rows(), (r + 1) * k), colEnd = std::min(values.cols(), (c + 1) * k);
            double sum = 0;
            for (std::int64_t row = r * k; row < rowEnd; ++row)
                for (std::int64_t col = c * k; col < colEnd; ++col)
                    sum += values(row, col);
            small(r, c) = static_cast<float>(sum / static_cast<double>((rowEnd - r * k) * (colEnd - c * k)));
        }
    }
    return small;
}

/// The region grown to whole tiles; what the solver sees.
CellRegion wholeTiles(const CellRegion &region, const Matrix<float> &weights, int m)
{
    return {region.row0 / m * m, std::min(weights.rows(), (region.row1 + m - 1) / m * m), region.col0 / m * m,
            std::min(weights.cols(), (region.col1 + m - 1) / m * m)};
}

Result<std::unique_ptr<LiveSolve>> advanced(SolverBackend &backend, const std::shared_ptr<const Matrix<float>> &score,
                                            const SolveOptions &options, std::optional<int> iteration,
                                            const std::stop_token &stop)
{
    Result<std::unique_ptr<LiveSolve>> live = backend.startLive(score, options, {stop, {}});
    if (!live)
        return live;
    std::vector<IterationStats> stats;
    const int target = iteration.value_or(std::numeric_limits<int>::max());
    while (!(*live)->finished() && (*live)->iteration() < target) {
        const Status done = (*live)->advance(std::min(16, target - (*live)->iteration()), stop, stats);
        if (!done)
            return fail(done.error());
        if (stop.stop_requested())
            return fail(cancelled());
    }
    return live;
}

/// Plan, or 0 and 1 of the mask, of the score's cells.
Result<RenderedValues> solved(MatrixView view, SolverBackend &backend, const std::shared_ptr<const Matrix<float>> &score,
                              const SolveOptions &options, std::optional<int> iteration, const std::stop_token &stop)
{
    const Progress progress{stop, {}};
    const bool wantsPlan = view == MatrixView::Plan;
    Result<Solution> solution;
    if (wantsPlan || iteration) {
        const auto live = advanced(backend, score, options, iteration, stop);
        if (!live)
            return fail(live.error());
        if (wantsPlan) {
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
        solution = (*live)->round(progress);
    } else {
        solution = backend.solve(score->span(), options, progress);
    }
    if (!solution)
        return fail(solution.error());
    if (const Status checked = checkSolution(*solution, score->span(), options.threads); !checked)
        return fail(checked.error());
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

bool needsSolver(MatrixView view)
{
    return view == MatrixView::Plan || view == MatrixView::Mask || view == MatrixView::Error;
}

Result<RenderedValues> valuesOf(MatrixView view, const Matrix<float> &weights, const CellRegion &region,
                                SolverBackend *backend, const SolveOptions &options, std::optional<int> iteration,
                                const std::stop_token &stop)
{
    const Span2d<const float> seen = weights.span().block(region.row0, region.col0, region.rows(), region.cols());
    if (view == MatrixView::Weights)
        return RenderedValues{part(seen), {}};
    if (view == MatrixView::Score)
        return RenderedValues{magnitudeScore(seen), {}};

    // `unstructured` ranks the whole matrix; the others need the tiles of the region alone.
    const bool whole = traitsOf(options.method).takesWholeMatrix;
    const CellRegion tiles =
        whole ? CellRegion{0, weights.rows(), 0, weights.cols()} : wholeTiles(region, weights, options.pattern.m);
    const auto score = std::make_shared<const Matrix<float>>(
        magnitudeScore(weights.span().block(tiles.row0, tiles.col0, tiles.rows(), tiles.cols())));
    const Result<RenderedValues> plan = solved(view, *backend, score, options, iteration, stop);
    if (!plan)
        return fail(plan.error());
    Matrix<float> values =
        part(plan->cells.span().block(region.row0 - tiles.row0, region.col0 - tiles.col0, region.rows(), region.cols()));
    if (view == MatrixView::Error)
        for (std::int64_t row = 0; row < values.rows(); ++row)
            for (std::int64_t col = 0; col < values.cols(); ++col)
                values(row, col) = std::abs(seen(row, col)) * (1 - values(row, col));
    return RenderedValues{std::move(values), plan->totals};
}

HeatmapScene makeScene(MatrixView view, const Matrix<float> &weights, const CellRegion &region, Matrix<float> values,
                       NmPattern pattern, bool showsTiles)
{
    HeatmapScene scene;
    scene.rows = weights.rows();
    scene.cols = weights.cols();
    scene.tileSize = showsTiles ? pattern.m : 0;

    const std::int64_t side = std::max(region.rows(), region.cols());
    const std::int64_t cellsPerTexel = (side + largestSide - 1) / largestSide;
    const double pixelsPerCell = cellsPerTexel > 1 ? 1.0 / static_cast<double>(cellsPerTexel)
                                                   : static_cast<double>(std::clamp<std::int64_t>(wantedSide / side, 1, 64));
    if (cellsPerTexel > 1)
        values = shrink(values, cellsPerTexel);
    scene.camera.pixelsPerCell = pixelsPerCell;
    const auto pixels = [&](std::int64_t cells) {
        return static_cast<int>(std::ceil(static_cast<double>(cells) * pixelsPerCell));
    };
    scene.camera.width = pixels(region.cols());
    scene.camera.height = pixels(region.rows());
    // The top left corner of the region lies in the top left corner of the picture, also where the last pixel is cut.
    scene.camera.center = {static_cast<double>(region.row0) + scene.camera.height / pixelsPerCell / 2,
                           static_cast<double>(region.col0) + scene.camera.width / pixelsPerCell / 2};
    scene.field = {std::make_shared<const Matrix<float>>(std::move(values)), region.row0, region.col0, cellsPerTexel, 1};

    const ValueSummary summary = summarize(weights.span());
    scene.colors = colorsOf(view);
    scene.scale = scaleOf(
        view, [&](double share) { return summary.quantile(share); }, pattern.keptFraction());
    return scene;
}

} // namespace nms::cli
