// SPDX-License-Identifier: Apache-2.0
// What copying costs without solving: for the benchmark that tells transfers apart.
#pragma once

#include "core/base/result.h"
#include "core/simd/weights_view.h"
#include "gpu/cuda/queue.h"

namespace nms::warp {

/// Wall time in seconds of copying the weights to the queue's memory and one bit for each back, in panels as a solve copies
/// them, but one after the other and without a launch. Resource error where not even one row fits.
Result<double> copySeconds(Queue &queue, const WeightsView &weights);

} // namespace nms::warp
