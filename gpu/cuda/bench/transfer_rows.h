// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/cuda/bench/rows.h"

namespace nms::warp::bench {

/// `bytes` of fp16 in the memory of the host (pinned, then as it comes) to masks, beside the speed of the link. True if all
/// that was found was right.
Result<bool> benchTransfers(Machine &machine, std::int64_t bytes, const Report &report);

} // namespace nms::warp::bench
