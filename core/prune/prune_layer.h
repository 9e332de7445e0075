// SPDX-License-Identifier: Apache-2.0
// Pruning a layer with any framework, step by step or in one call.
#pragma once

#include "core/base/progress.h"
#include "core/prune/layer_run.h"

namespace nms {

/// Usage error for invalid options, Input error if H does not fit the layer or cannot be used (gram.h says how it is
/// checked).
Result<std::unique_ptr<LayerRun>> startLayer(const LayerProblem &layer, const PruneOptions &options, PruneParts parts);

/// Runs from start to end. `progress` counts thousandths.
///
///     const Result<PrunedLayer> pruned = pruneLayer({weights.span(), &gram}, options, {*backend, *algebra}, progress);
///     const auto error = reconstructionError(weights.span(), pruned->weights.span(), gram, *algebra, 0); // ->relative()
Result<PrunedLayer> pruneLayer(const LayerProblem &layer, const PruneOptions &options, PruneParts parts,
                               const Progress &progress);

} // namespace nms
