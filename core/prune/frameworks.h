// SPDX-License-Identifier: Apache-2.0
// One function for each family of frameworks; startLayer() chooses. Private to core/prune.
#pragma once

#include "core/prune/layer_run.h"

namespace nms {

/// Magnitude and Wanda: choose by scores, without updating the weights.
Result<std::unique_ptr<LayerRun>> startScored(const LayerProblem &layer, const PruneOptions &options, PruneParts parts);
Result<std::unique_ptr<LayerRun>> startSparseGpt(const LayerProblem &layer, const PruneOptions &options, PruneParts parts);
Result<std::unique_ptr<LayerRun>> startAlps(const LayerProblem &layer, const PruneOptions &options, PruneParts parts);

} // namespace nms
