// SPDX-License-Identifier: Apache-2.0
// What a mask keeps and loses of its weights, summed up.
#pragma once

#include "core/simd/weights_view.h"
#include "core/sparsity/mask.h"

#include <cstdint>

namespace nms {

/// Sums in double; NaN and Inf spread.
struct MaskSums {
    double magnitude = 0; // Σ|W|
    double keptMagnitude = 0; // Σ|W|∘S
    double squared = 0; // ‖W‖²
    double squaredLost = 0; // ‖W − W∘S‖²
    std::int64_t kept = 0; // ones of S
    std::int64_t elements = 0; // of W

    MaskSums &operator+=(const MaskSums &other);
};

/// Of all of W; S has its shape. Each row is summed in one order, and the rows from the top, so `threads` (0: all cores)
/// changes nothing.
MaskSums maskSums(const WeightsView &weights, const Mask &mask, int threads = 0);

} // namespace nms
