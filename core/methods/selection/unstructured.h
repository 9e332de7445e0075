// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/mask.h"
#include "core/sparsity/nm_pattern.h"

#include <stop_token>

namespace nms {

/// Keeps the ⌊elements·n/m⌋ largest scores of the whole matrix, the first in row-major order on ties. `out` must be all 0.
/// False when it was stopped.
bool keepLargest(Span2d<const float> score, NmPattern pattern, int threads, const std::stop_token &stop, Mask &out);

} // namespace nms
