// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/solve_file.h"

#include "core/base/checked.h"
#include "core/base/number_text.h"
#include "core/io/mask_writer.h"
#include "core/jobs/solve_tensor.h"
#include "core/jobs/tensor_selection.h"
#include "core/solver/solve.h"
#include "core/sparsity/tile_grid.h"

#include <algorithm>
#include <memory>

namespace nms::jobs {

namespace {

/// How many weights a panel may have. Resource error where that is less than one row of tiles.
Result<std::int64_t> panelWeightsWithin(std::int64_t limit, const TensorSource &source, const TensorInfo &tensor,
                                        const SolveOptions &options, MaskFormat format, bool scored, WeightsSolver &solver)
{
    // What is moved of a block of rows: weights or 0/1 before and after compression, f64 and f8 as they are read.
    const double moved = !isSolvedAsStored(tensor.dtype) ? 3.0 * bytesOf(tensor.dtype)
        : format == MaskFormat::Applied                  ? 2.0 * bytesOf(tensor.dtype)
                                                         : 2.0;
    const double bytesPerWeight = streamedBytesPerWeight(solver, options, solvedTypeOf(tensor), scored) + moved;
    // In floating point, as the shapes of a hostile file may overflow anything else.
    const double fitting = static_cast<double>(limit) / bytesPerWeight;
    const double least = static_cast<double>(tensor.cols()) * options.pattern.m;
    if (fitting < least)
        return fail(ErrorKind::Resource, source.fileName() + ": " + tensor.path,
                    "one row of tiles takes " + formatBytes(least * bytesPerWeight) + ", more than the limit of " +
                        formatBytes(static_cast<double>(limit)),
                    "raise --memory-limit");
    // More than a solver wants makes everything slower, a stop included. Unstructured ranks the whole matrix at once.
    const bool whole = traitsOf(options.method).takesWholeMatrix;
    const double enough = std::max(static_cast<double>(solver.weightsAtOnce()), least);
    return static_cast<std::int64_t>(whole ? fitting : std::min(fitting, enough));
}

/// By tensor. Also looks for its scores, before the first is solved.
Result<std::vector<std::int64_t>> panelsOf(const SolveFileSettings &settings, const OpenedTensors &opened,
                                           const ScoreSource &score, WeightsSolver &solver)
{
    std::vector<std::int64_t> panels;
    for (const TensorInfo &tensor : opened.selection.taken) {
        if (const Status found = score.check(tensor); !found)
            return fail(found.error());
        const auto weights = panelWeightsWithin(settings.memoryLimit, *opened.source, tensor, settings.options,
                                                settings.format, !score.isMagnitude(), solver);
        if (!weights)
            return fail(weights.error());
        panels.push_back(*weights);
    }
    return panels;
}

/// The new file, for which there is room and whose names fit together.
Result<std::unique_ptr<MaskWriter>> openWriter(const SolveFileSettings &settings, const std::vector<TensorInfo> &tensors,
                                               const Events &events)
{
    Result<std::unique_ptr<MaskWriter>> writer = MaskWriter::create(settings.out, settings.file, settings.format);
    if (!writer)
        return writer;
    if (const Status fits = (*writer)->requireFit(tensors); !fits)
        return fail(fits.error());
    if (const Status fits = (*writer)->requireRoom(tensors); !fits)
        return fail(fits.error());
    if (const auto doubt = (*writer)->roomWarning(tensors, settings.options.pattern); doubt && events.warning)
        events.warning(*doubt);
    return writer;
}

Result<SolveFileReport> solveOpened(const SolveFileSettings &settings, SolverBackend &backend, OpenedTensors opened,
                                    const ScoreSource &score, const Progress &progress, const Events &events)
{
    const SolveOptions &options = settings.options;
    const auto solver = backend.startWeights(options);
    if (!solver)
        return fail(solver.error());
    const auto panels = panelsOf(settings, opened, score, **solver);
    if (!panels)
        return fail(panels.error());
    const std::vector<TensorInfo> &tensors = opened.selection.taken;
    const auto writer = openWriter(settings, tensors, events);
    if (!writer)
        return fail(writer.error());

    const auto tilesOf = [&](const TensorInfo &tensor) {
        return TileGrid{tensor.rows(), tensor.cols(), options.pattern.m}.count();
    };
    std::int64_t total = 0;
    for (const TensorInfo &tensor : tensors)
        total = saturatingSum(total, tilesOf(tensor));
    JobProgress counts(progress, total);
    SolveFileReport report{settings.file, settings.out, options, backend.id(), {}, {}, score.name()};
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        if (events.tensor)
            events.tensor(tensors[i].path);
        auto solved =
            solveTensor({*opened.source, **solver, **writer, options, score}, tensors[i], (*panels)[i], counts.step());
        if (!solved)
            return fail(solved.error());
        counts.endStep(tilesOf(tensors[i]));
        report.tensors.push_back(std::move(*solved));
    }
    if (progress.stop.stop_requested())
        return fail(cancelled());
    if (const Status committed = (*writer)->commit(); !committed)
        return fail(committed.error());
    report.skipped = std::move(opened.selection.skipped);
    return report;
}

} // namespace

Result<SolveFileReport> solveFile(const SolveFileSettings &settings, SolverBackend &backend, const Progress &progress,
                                  const Events &events)
{
    return guarded([&]() -> Result<SolveFileReport> {
        if (const Status valid = settings.options.validate(); !valid)
            return fail(valid.error());
        auto opened = openTensors(settings.file, settings.tensors, settings.options.pattern.m, progress.stop);
        if (!opened)
            return fail(opened.error());
        const auto score = ScoreSource::open(settings.score, progress.stop);
        if (!score)
            return fail(score.error());
        return solveOpened(settings, backend, std::move(*opened), *score, progress, events);
    });
}

} // namespace nms::jobs
