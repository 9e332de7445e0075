// SPDX-License-Identifier: Apache-2.0
// N that varies between blocks of M rows within a layer, with the same number of kept weights.
#pragma once

#include "core/prune/prune_layer.h"

namespace nms {

/// Prunes the layer with each N of PruneOptions::keeps(), then gives each block of M outputs its own N so that the layer's
/// error is as low as possible: once the masks are chosen, an output's error is independent of the other outputs. Only for
/// transposable and row-wise masks (else a Usage error). PrunedLayer::blockKeeps has the N of each block; as many weights
/// are kept as with the pattern, or a few less. Errors and progress as pruneLayer(), which is run once for each N.
Result<PrunedLayer> pruneByBlocks(const LayerProblem &layer, const PruneOptions &options, PruneParts parts,
                                  const Progress &progress);

} // namespace nms
