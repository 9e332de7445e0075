// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/cuda/bench/rows.h"

namespace nms::warp::bench {

/// Prunes layers with linear algebra and tiles on device `device`, from matrices in host memory and back: every framework at
/// 8:16 on 384 × 1536 and `side` × `side`, 4096 correlated samples. True if each mask satisfies its pattern.
Result<bool> benchPruning(Machine &machine, int device, std::int64_t side, const Report &report);

} // namespace nms::warp::bench
