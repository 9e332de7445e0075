// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/prune_memory.h"

#include "core/jobs/job.h"
#include "core/jobs/prune_tensor.h"
#include "core/jobs/tensor_selection.h"

#include <algorithm>
#include <string>
#include <utility>

namespace nms::jobs {

namespace {

/// Under the names by which a calibration file would have them.
Status useInputs(const LayerMemory &layer, const TensorInfo &tensor, CalibrationFile &calibration)
{
    if (layer.inputs.empty())
        return {};
    if (std::int64_t(layer.inputs.size()) != tensor.matrices())
        return fail(ErrorKind::Usage, "inputs",
                    "there are " + std::to_string(layer.inputs.size()) + ", but the weights are " + tensor.axesText(),
                    "give what goes into each matrix, in the order of the stack");
    std::vector<MemoryTensor> named = layer.inputs;
    for (std::size_t i = 0; i < named.size(); ++i) {
        named[i].path = inputsNameOf(tensor, std::int64_t(i)) + (layer.inputsAreGrams ? "/hessian" : "");
        if (named[i].shape.size() < 2)
            return fail(ErrorKind::Usage, named[i].path, "has fewer than two dimensions",
                        layer.inputsAreGrams ? "give inputs × inputs" : "give samples × inputs");
    }
    auto source = openMemory("inputs", std::move(named));
    if (!source)
        return fail(source.error());
    calibration.use(*std::move(source));
    return {};
}

Result<PrunedTensor> prune(const LayerMemory &layer, const PrunedMemory &out, const PruneOptions &options, PruneParts parts,
                           const Progress &progress)
{
    if (const Status valid = options.validate(); !valid)
        return fail(valid.error());
    const auto source = openMemory("memory", {layer.weights});
    if (!source)
        return fail(source.error());
    const TensorInfo tensor = (*source)->tensors().front();
    if (const std::string reason = whyNotCut(tensor, options.tiles.pattern.m); !reason.empty())
        return fail(ErrorKind::Input, tensor.path, reason,
                    "choose a smaller M, or say with axes which dimensions are the matrix");
    const std::vector<CalibrationRule> noRules;
    CalibrationFile calibration(noRules);
    if (const Status used = useInputs(layer, tensor, calibration); !used)
        return fail(used.error());
    if (const Status fits = checkPrunable(**source, tensor, calibration, options); !fits)
        return fail(fits.error());
    if (std::int64_t(out.weights.size()) != tensor.elements() * bytesOf(tensor.dtype))
        return fail(ErrorKind::Usage, "out", "has another size than the weights", "give memory of their shape and type");
    Result<FinishedLayer> finished = pruneTensor({**source, calibration, options, parts}, tensor, progress);
    if (!finished)
        return fail(finished.error());
    std::ranges::copy(finished->weights, out.weights.begin());
    writeMask(finished->mask, 0, Stack(tensor.shape, tensor.axes.letters, out.mask.strides), out.mask.data,
              options.tiles.threads);
    return std::move(finished->report);
}

} // namespace

Result<PrunedTensor> pruneMemory(const LayerMemory &layer, const PrunedMemory &out, const PruneOptions &options,
                                 PruneParts parts, const Progress &progress)
{
    return guarded([&] { return prune(layer, out, options, parts, progress); });
}

} // namespace nms::jobs
