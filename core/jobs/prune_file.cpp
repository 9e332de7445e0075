// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/prune_file.h"

#include "core/io/mask_writer.h"
#include "core/io/weights_copy.h"
#include "core/jobs/finished_layers.h"
#include "core/jobs/finite_check.h"
#include "core/jobs/prune_budget.h"
#include "core/jobs/prune_tensor.h"

#include <algorithm>
#include <filesystem>

namespace nms::jobs {

namespace {

/// The largest M of the patterns that a tensor may get: each side of a tensor has to be at least as long.
int largestM(const PruneFileSettings &settings)
{
    int m = settings.options.tiles.pattern.m;
    if (settings.budget)
        for (const NmPattern pattern : patternsOf(settings))
            m = std::max(m, pattern.m);
    return m;
}

/// The files that are read and written must all be different.
Status checkNames(const PruneFileSettings &settings)
{
    std::error_code ignored;
    if (!settings.masks.empty() &&
        (settings.masks == settings.out || std::filesystem::equivalent(settings.masks, settings.out, ignored)))
        return fail(ErrorKind::Usage, "masks", "cannot be the file of the pruned weights", "give another name");
    if (!settings.calibration.empty() && std::filesystem::equivalent(settings.calibration, settings.file, ignored))
        return fail(ErrorKind::Usage, "calibration", "is the file of the weights themselves",
                    "give the inputs of the layers with --calibration");
    for (const std::string *written : {&settings.out, &settings.masks})
        if (!written->empty() && !settings.calibration.empty() &&
            std::filesystem::equivalent(*written, settings.calibration, ignored))
            return fail(ErrorKind::Usage, *written, "is the calibration file, which is not written to", "give another name");
    return {};
}

Status leaveOutInvalid(OpenedTensors &opened, const std::stop_token &stop)
{
    std::vector<TensorInfo> valid;
    for (const TensorInfo &tensor : opened.selection.taken) {
        auto place = invalidPlaceOf(*opened.source, tensor, {stop, {}});
        if (!place)
            return fail(place.error());
        if (*place)
            opened.selection.skipped.push_back({tensor.path, std::move(**place)});
        else
            valid.push_back(tensor);
    }
    if (valid.empty())
        return fail(
            nothingFinite(opened.source->fileName(), opened.selection.skipped.back(), opened.selection.taken.size()));
    opened.selection.taken = std::move(valid);
    return {};
}

struct Outputs {
    std::unique_ptr<WeightsCopy> copy;
    std::unique_ptr<MaskWriter> masks; // null: none
};

Result<Outputs> createOutputs(const PruneFileSettings &settings, const OpenedTensors &opened, const Events &events,
                              const std::stop_token &stop)
{
    Outputs outputs;
    const std::vector<TensorInfo> &tensors = opened.selection.taken;
    auto copy = WeightsCopy::create(settings.out, opened.source->fileName(), tensors, {settings.copyRest}, stop);
    if (!copy)
        return fail(copy.error());
    outputs.copy = std::move(*copy);
    if (const Status room = outputs.copy->requireRoom(); !room)
        return fail(room.error());
    if (settings.masks.empty())
        return outputs;
    auto masks = MaskWriter::create(settings.masks, opened.source->fileName(), MaskFormat::Bytes);
    if (!masks)
        return fail(masks.error());
    outputs.masks = std::move(*masks);
    for (const Status &fits : {outputs.masks->requireFit(tensors), outputs.masks->requireRoom(tensors)})
        if (!fits)
            return fail(fits.error());
    if (const auto doubt = outputs.masks->roomWarning(tensors, settings.options.tiles.pattern); doubt && events.warning)
        events.warning(*doubt);
    return outputs;
}

Status commit(const PruneFileSettings &settings, Outputs &outputs, const Progress &progress, const Events &events)
{
    const Progress silent = {progress.stop, {}};
    if (const Status committed = outputs.copy->commit(silent); !committed)
        return committed;
    if (outputs.masks) {
        const auto source = identityOf(settings.file, progress.stop);
        if (!source)
            return fail(source.error());
        if (const Status committed = outputs.masks->commit(*source); !committed)
            return committed;
    }
    if (events.warning)
        for (const std::string &note : outputs.copy->notes())
            events.warning(note);
    return {};
}

/// The options of each tensor; with a budget, each has its own pattern.
Result<std::vector<PruneOptions>> optionsOf(const PruneFileSettings &settings, const PruneTensorParts &parts,
                                            const std::vector<TensorInfo> &tensors, JobProgress &counts,
                                            const Events &events)
{
    std::vector<PruneOptions> options(tensors.size(), settings.options);
    if (!settings.budget)
        return options;
    const auto patterns = choosePatterns(settings, parts, tensors, counts, events);
    if (!patterns)
        return fail(patterns.error());
    for (std::size_t i = 0; i < options.size(); ++i)
        options[i].tiles.pattern = (*patterns)[i];
    return options;
}

/// Loads a tensor that an earlier run finished, or prunes it now.
Result<FinishedLayer> layerOf(const PruneTensorParts &parts, const TensorInfo &tensor, const FinishedLayers *finished,
                              JobProgress &counts, int &resumed)
{
    if (finished != nullptr)
        if (auto found = finished->find(tensor, parts.options)) {
            ++resumed;
            return std::move(*found);
        }
    auto pruned = pruneTensor(parts, tensor, counts.step());
    if (pruned && finished != nullptr)
        if (const Status saved = finished->save(tensor, parts.options, *pruned); !saved)
            return fail(saved.error());
    return pruned;
}

Result<PruneFileReport> pruneOpened(const PruneFileSettings &settings, PruneParts pruning, OpenedTensors opened,
                                    CalibrationFile &calibration, const Progress &progress, const Events &events)
{
    for (const TensorInfo &tensor : opened.selection.taken)
        if (const Status prunable = checkPrunable(*opened.source, tensor, calibration, settings.options); !prunable)
            return fail(prunable.error());
    if (settings.tensors.skipInvalid)
        if (const Status left = leaveOutInvalid(opened, progress.stop); !left)
            return fail(left.error());
    const std::vector<TensorInfo> &tensors = opened.selection.taken;
    auto outputs = createOutputs(settings, opened, events, progress.stop);
    if (!outputs)
        return fail(outputs.error());
    std::optional<FinishedLayers> finished;
    if (settings.resume) {
        auto folder = FinishedLayers::open(settings, *opened.source);
        if (!folder)
            return fail(folder.error());
        finished = std::move(*folder);
    }
    const std::int64_t passes = settings.budget ? std::int64_t(patternsOf(settings).size()) + 1 : 1;
    std::int64_t total = 0;
    for (const TensorInfo &tensor : tensors)
        total += tensor.elements() * passes;
    JobProgress counts(progress, total);
    if (const Status begun = outputs->copy->begin({progress.stop, {}}); !begun)
        return fail(begun.error());
    PruneFileReport report{.file = settings.file,
                           .out = settings.out,
                           .masks = settings.masks,
                           .options = settings.options,
                           .backend = pruning.backend.id(),
                           .algebra = pruning.algebra.id(),
                           .tensors = {},
                           .skipped = {}};
    const auto options =
        optionsOf(settings, {*opened.source, calibration, settings.options, pruning}, tensors, counts, events);
    if (!options)
        return fail(progress.stop.stop_requested() ? cancelled() : options.error());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        if (events.tensor)
            events.tensor(tensors[i].path);
        auto layer = layerOf({*opened.source, calibration, (*options)[i], pruning}, tensors[i],
                             finished ? &*finished : nullptr, counts, report.resumed);
        if (!layer)
            return fail(progress.stop.stop_requested() ? cancelled() : layer.error());
        if (const Status written = writeLayer(*layer, tensors[i], (*options)[i], opened.source->fileName(), *outputs->copy,
                                              outputs->masks.get());
            !written)
            return fail(written.error());
        counts.endStep(tensors[i].elements());
        report.tensors.push_back(std::move(layer->report));
    }
    if (progress.stop.stop_requested())
        return fail(cancelled());
    if (const Status committed = commit(settings, *outputs, progress, events); !committed)
        return fail(committed.error());
    if (finished)
        finished->remove();
    report.skipped = std::move(opened.selection.skipped);
    return report;
}

} // namespace

std::optional<double> PruneFileReport::meanError() const
{
    double sum = 0;
    int count = 0;
    for (const PrunedTensor &tensor : tensors)
        if (tensor.error) {
            sum += *tensor.error;
            ++count;
        }
    return count > 0 ? std::optional(sum / count) : std::nullopt;
}

Result<PruneFileReport> pruneFile(const PruneFileSettings &settings, PruneParts parts, const Progress &progress,
                                  const Events &events)
{
    return guarded([&]() -> Result<PruneFileReport> {
        for (const Status &valid : {settings.options.validate(), checkBudget(settings), checkNames(settings)})
            if (!valid)
                return fail(valid.error());
        auto opened = openTensors(settings.file, settings.tensors, largestM(settings), progress.stop);
        if (!opened)
            return fail(opened.error());
        CalibrationFile calibration(settings.rules);
        if (!settings.calibration.empty())
            if (const Status read = calibration.open(settings.calibration, progress.stop); !read)
                return fail(read.error());
        return pruneOpened(settings, parts, std::move(*opened), calibration, progress, events);
    });
}

} // namespace nms::jobs
