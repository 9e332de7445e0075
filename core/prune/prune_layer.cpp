// SPDX-License-Identifier: Apache-2.0
#include "core/prune/prune_layer.h"

#include "core/base/number_text.h"
#include "core/prune/frameworks.h"

#include <cmath>

namespace nms {

namespace {

/// Checks that H fits the layer and that the framework can use it.
Status checkProblem(const LayerProblem &layer, const PruneOptions &options, LinearAlgebra &algebra)
{
    const FrameworkTraits &traits = traitsOf(options.framework);
    if (!traits.usesInputs)
        return {};
    const std::int64_t inputs = layer.weights.cols;
    if (layer.gram == nullptr)
        return fail(ErrorKind::Usage, "calibration", std::string(traits.title) + " needs the inputs of the layer",
                    "give --calibration");
    if (layer.gram->inputs() != inputs)
        return fail(ErrorKind::Input, "H",
                    "is of " + formatCount(layer.gram->inputs()) + " inputs, but the layer has " + formatCount(inputs),
                    "give the activations of this layer");
    if (!traits.usesGram)
        return {};
    if (!options.acceptSingular)
        return checkFullRank(*layer.gram, algebra, options.tiles.threads);
    return {};
}

} // namespace

Result<std::unique_ptr<LayerRun>> startLayer(const LayerProblem &layer, const PruneOptions &options, PruneParts parts)
{
    if (const Status valid = options.validate(); !valid)
        return fail(valid.error());
    if (const Status fits = checkProblem(layer, options, parts.algebra); !fits)
        return fail(fits.error());
    switch (options.framework) {
    case Framework::Magnitude:
    case Framework::Wanda:
        return startScored(layer, options, parts);
    case Framework::SparseGpt:
        return startSparseGpt(layer, options, parts);
    case Framework::Alps:
        return startAlps(layer, options, parts);
    }
    return fail(ErrorKind::Internal, "framework", "is unknown");
}

Result<PrunedLayer> pruneLayer(const LayerProblem &layer, const PruneOptions &options, PruneParts parts,
                               const Progress &progress)
{
    constexpr std::int64_t thousandths = 1000;
    Result<std::unique_ptr<LayerRun>> run = startLayer(layer, options, parts);
    if (!run)
        return fail(run.error());
    std::vector<PruneStep> steps;
    while (!(*run)->finished()) {
        if (progress.stop.stop_requested())
            return fail(ErrorKind::Cancelled, "prune", "was stopped");
        if (const Status advanced = (*run)->advance(1, progress.stop, steps); !advanced)
            return fail(advanced.error());
        if (progress.report)
            progress.report(std::llround((*run)->fraction() * double(thousandths)), thousandths);
    }
    return (*run)->takeLayer();
}

} // namespace nms
