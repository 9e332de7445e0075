// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/picture.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/jobs/tensor_selection.h"
#include "core/tensor/overview.h"
#include "core/tensor/row_panels.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace nms::jobs {

namespace {

constexpr std::int64_t largestSide = 8192; // pixels

/// The mean of each k × k block of cells; blocks are clipped at the edge.
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

Result<CellRegion> regionOf(const RenderSettings &settings, const std::string &where, const TensorInfo &tensor)
{
    if (!settings.region)
        return CellRegion{0, tensor.rows(), 0, tensor.cols()};
    if (settings.region->row1 > tensor.rows() || settings.region->col1 > tensor.cols())
        return fail(ErrorKind::Usage, where,
                    "--region " + settings.region->text() + " reaches beyond its " + std::to_string(tensor.rows()) +
                        " rows and " + std::to_string(tensor.cols()) + " columns",
                    "choose a region inside");
    return *settings.region;
}

} // namespace

Result<PictureSource> readPicture(const RenderSettings &settings, const SolverBackend *backend, std::int64_t frames,
                                  const Progress &progress, const Events &events, std::optional<JobProgress> &counts)
{
    const SolveOptions &options = settings.options;
    const bool solves = needsSolver(settings.view);
    if (const Status valid = options.validate(); !valid)
        return fail(valid.error());
    if (settings.iteration && *settings.iteration < 0)
        return fail(ErrorKind::Usage, "--iteration", "is negative", "count from 0, the start");
    if (solves && backend == nullptr)
        return fail(ErrorKind::Usage, "view", "shows a solver's result, but there is no backend", "pass a backend");
    auto opened = openTensors(settings.file, {.named = {settings.tensor}, .axes = settings.axes},
                              solves ? options.pattern.m : 1, progress.stop);
    if (!opened)
        return fail(opened.error());
    const std::string &fileName = opened->source->fileName();
    if (opened->selection.taken.size() > 1)
        return fail(ErrorKind::Usage, fileName,
                    "--tensor \"" + settings.tensor + "\" matches " +
                        formatCount(std::int64_t(opened->selection.taken.size())) + " tensors",
                    "a picture shows one: name it, as " + opened->selection.taken.front().path);
    TensorInfo &tensor = opened->selection.taken.front();
    if (tensor.matrices() > 1) {
        TensorInfo first = matrixOf(tensor, 0);
        if (events.warning)
            events.warning("shows " + first.path + " of " + formatCount(tensor.matrices()) +
                           " matrices: name another as --tensor does");
        tensor = std::move(first);
    }
    const auto region = regionOf(settings, fileName + ": " + tensor.path, tensor);
    if (!region)
        return fail(region.error());

    counts.emplace(progress, saturatingSum(tensor.elements(), frames * region->rows() * region->cols()));
    if (events.tensor)
        events.tensor(tensor.path);
    auto score = ScoreSource::open(settings.score, progress.stop);
    if (!score)
        return fail(score.error());
    if (const Status found = score->check(tensor); !found)
        return fail(found.error());
    auto weights = readMatrix(*opened->source, tensor, settings.memoryLimit / 4,
                              needsSolver(settings.view) ? NonFinite::Refused : NonFinite::Allowed, progress.stop);
    if (!weights)
        return fail(weights.error());
    counts->endStep(tensor.elements());
    return PictureSource{fileName, std::move(tensor), *region, std::move(*score), std::move(*weights)};
}

HeatmapScene makeScene(MatrixView view, const Matrix<float> &weights, const CellRegion &region, Matrix<float> values,
                       NmPattern pattern, bool showsTiles, std::int64_t wantedSide)
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
    // The top left corner of the region is at the top left corner of the picture, even if the last pixel is cut.
    scene.camera.center = {static_cast<double>(region.row0) + scene.camera.height / pixelsPerCell / 2,
                           static_cast<double>(region.col0) + scene.camera.width / pixelsPerCell / 2};
    scene.field = {std::make_shared<const Matrix<float>>(std::move(values)), region.row0, region.col0, cellsPerTexel, 1};

    const ValueSummary summary = summarize(weights.span());
    scene.colors = colorsOf(view);
    scene.scale = scaleOf(
        view, [&](double share) { return summary.quantile(share); }, pattern.keptFraction());
    return scene;
}

} // namespace nms::jobs
