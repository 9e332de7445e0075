// SPDX-License-Identifier: Apache-2.0
// N that varies by block of M rows inside a layer, at the same number of kept weights.
#pragma once

#include "core/prune/prune_layer.h"

namespace nms {

/// Prunes the layer with each N of PruneOptions::keeps(), and gives each block of M outputs the N that serves the layer
/// best: an output's error depends on no other output once the masks are chosen. Of transposable and row-wise masks (Usage
/// error else). PrunedLayer::blockKeeps has the N of each block; as many weights are kept as the pattern keeps, or a few
/// less. Errors and progress as pruneLayer(); takes as long as that for each N tried.
Result<PrunedLayer> pruneByBlocks(const LayerProblem &layer, const PruneOptions &options, PruneParts parts,
                                  const Progress &progress);

} // namespace nms
