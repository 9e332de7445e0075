// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/cuda/bench/rows.h"

namespace nms::warp::bench {

/// Solves `bytes` of fp16 in host memory (pinned, then pageable) to masks, and measures the speed of the link for
/// comparison. True if all results were correct.
Result<bool> benchTransfers(Machine &machine, std::int64_t bytes, const Report &report);

} // namespace nms::warp::bench
