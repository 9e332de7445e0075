// SPDX-License-Identifier: Apache-2.0
#include "app/cli/render_scene.h"

#include "app/cli/row_panels.h"
#include "core/solver/hand_over.h"
#include "core/solver/solve.h"
#include "core/tensor/overview.h"

#include <algorithm>
#include <array>
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
constexpr double robustShare = 0.995; // a few outliers do not flatten everything else; the window begins with the same

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
Result<RenderedValues> solved(RenderView view, SolverBackend &backend, const std::shared_ptr<const Matrix<float>> &score,
                              const SolveOptions &options, std::optional<int> iteration, const std::stop_token &stop)
{
    const Progress progress{stop, {}};
    const bool wantsPlan = view == RenderView::Plan;
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

std::optional<RenderView> renderViewByName(std::string_view name)
{
    constexpr std::array<std::pair<std::string_view, RenderView>, 5> views{{{"weights", RenderView::Weights},
                                                                            {"score", RenderView::Score},
                                                                            {"plan", RenderView::Plan},
                                                                            {"mask", RenderView::Mask},
                                                                            {"error", RenderView::Error}}};
    const auto *found = std::find_if(views.begin(), views.end(), [name](const auto &view) { return view.first == name; });
    return found == views.end() ? std::nullopt : std::optional(found->second);
}

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

bool needsSolver(RenderView view)
{
    return view == RenderView::Plan || view == RenderView::Mask || view == RenderView::Error;
}

Result<RenderedValues> valuesOf(RenderView view, const Matrix<float> &weights, const CellRegion &region,
                                SolverBackend *backend, const SolveOptions &options, std::optional<int> iteration,
                                const std::stop_token &stop)
{
    const Span2d<const float> seen = weights.span().block(region.row0, region.col0, region.rows(), region.cols());
    if (view == RenderView::Weights)
        return RenderedValues{part(seen), {}};
    if (view == RenderView::Score)
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
    if (view == RenderView::Error)
        for (std::int64_t row = 0; row < values.rows(); ++row)
            for (std::int64_t col = 0; col < values.cols(); ++col)
                values(row, col) = std::abs(seen(row, col)) * (1 - values(row, col));
    return RenderedValues{std::move(values), plan->totals};
}

HeatmapScene makeScene(RenderView view, const Matrix<float> &weights, const CellRegion &region, Matrix<float> values,
                       int tileSize)
{
    HeatmapScene scene;
    scene.rows = weights.rows();
    scene.cols = weights.cols();
    scene.tileSize = tileSize;

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

    const auto range = [&] {
        const ValueSummary summary = summarize(weights.span());
        const float low = std::abs(summary.quantile((1 - robustShare) / 2));
        const float high = std::abs(summary.quantile((1 + robustShare) / 2));
        return std::max(low, high);
    };
    switch (view) {
    case RenderView::Weights:
        scene.colors = ColorMapId::Diverging;
        scene.scale.high = range();
        scene.scale.low = -scene.scale.high;
        break;
    case RenderView::Score:
    case RenderView::Error:
        scene.colors = ColorMapId::Inferno;
        scene.scale.high = range();
        break;
    case RenderView::Plan:
        scene.colors = ColorMapId::Inferno;
        break;
    case RenderView::Mask:
        scene.colors = ColorMapId::MaskTones;
        break;
    }
    if (!(scene.scale.high > scene.scale.low))
        scene.scale.high = scene.scale.low + 1; // an all-zero matrix
    return scene;
}

} // namespace nms::cli
