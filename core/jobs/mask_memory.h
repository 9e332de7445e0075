// SPDX-License-Identifier: Apache-2.0
// Masks in somebody's memory.
#pragma once

#include "core/sparsity/mask.h"
#include "core/tensor/axes.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nms::jobs {

/// Where a mask goes: one byte, 0 or 1, for each weight, of the weights' shape.
struct MaskMemory {
    std::byte *data = nullptr;
    std::vector<std::int64_t> strides = {}; // in elements, one for each dimension
};

/// Writes `mask` as rows of the stacked view from row0 on; `stack` is of the memory that begins at `data`. `threads` 0: all
/// cores. Returns how many entries were another byte before if `compare`, which reads the memory first; else 0.
std::int64_t writeMask(const Mask &mask, std::int64_t row0, const Stack &stack, std::byte *data, int threads,
                       bool compare = false);

} // namespace nms::jobs
