// SPDX-License-Identifier: Apache-2.0
// Layer-wise pruning of a whole model: weights and activations in, the model with pruned weights out.
#pragma once

#include "core/base/result.h"
#include "core/jobs/job.h"
#include "core/jobs/prune_settings.h"
#include "core/jobs/pruned_tensor.h"
#include "core/prune/layer_run.h"
#include "core/tensor/tensor_source.h"

#include <optional>
#include <string>
#include <vector>

namespace nms::jobs {

struct PruneFileReport {
    std::string file;
    std::string out;
    std::string masks;
    PruneOptions options;
    std::string backend; // id
    std::string algebra; // id
    std::vector<PrunedTensor> tensors; // in the order in which they were pruned
    std::vector<SkippedEntry> skipped;
    int resumed = 0; // number of tensors that an earlier run had finished
    std::optional<double> meanError() const; // over the tensors that have one
};

/// Prunes each selected tensor as a whole in memory and writes `out` (and `masks`) when all are done, or not at all.
/// Everything that can be checked without reading data is checked first: tensors, activations and their shapes, disk space.
/// Orientation: tensors whose axes are "in × out" are transposed to out × in for pruning; if the axes are unknown, rows are
/// outputs. Progress counts weights. Errors: those of openWeights, selectTensors, findCalibration, startLayer, WeightsCopy
/// and MaskWriter, with file and tensor; Input for NaN and Inf; Cancelled.
///
///     PruneFileSettings settings{.file = "model.safetensors", .out = "pruned.safetensors", .calibration = "x.h5"};
///     settings.options.tiles.pattern = {8, 16};
///     const auto report = pruneFile(settings, {*backend, *algebra}, {stop, showCounts});
Result<PruneFileReport> pruneFile(const PruneFileSettings &settings, PruneParts parts, const Progress &progress,
                                  const Events &events = {});

} // namespace nms::jobs
