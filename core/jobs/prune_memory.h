// SPDX-License-Identifier: Apache-2.0
// A layer in somebody's memory, pruned with what goes into it.
#pragma once

#include "core/base/result.h"
#include "core/io/memory_source.h"
#include "core/jobs/mask_memory.h"
#include "core/jobs/pruned_tensor.h"
#include "core/prune/layer_run.h"

#include <cstddef>
#include <span>
#include <vector>

namespace nms::jobs {

struct LayerMemory {
    MemoryTensor weights;
    /// What goes into each matrix of the stack, in its order: X (samples × inputs; of more dimensions the last are the
    /// inputs), or H = XᵀX (inputs × inputs). None: only for frameworks that do without. Names do not matter.
    std::vector<MemoryTensor> inputs = {};
    bool inputsAreGrams = false;
};

/// Where the result goes.
struct PrunedMemory {
    std::span<std::byte> weights; // packed, in the shape's order and the weights' type; may be the weights' own memory
    MaskMemory mask;
};

/// Prunes every matrix; of an in × out tensor the layer is its transpose. Usage error where there are not as many inputs as
/// matrices, or `weights` has another size; Unsupported where pruned values are not kept in that type (8-bit floats);
/// other errors as pruneLayer and checkGram. Nothing is written before all is done. Progress counts weights.
Result<PrunedTensor> pruneMemory(const LayerMemory &layer, const PrunedMemory &out, const PruneOptions &options,
                                 PruneParts parts, const Progress &progress);

} // namespace nms::jobs
