// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/cuda/bench/rows.h"

namespace nms::warp::bench {

/// Solves `count` fp16 matrices of 1024 × 1024 in pinned host memory to masks: one call of WeightsSolver::solveAll() against
/// a call of solve() for each. True if all masks are right, and the same both ways.
Result<bool> benchMany(Machine &machine, int count, const Report &report);

} // namespace nms::warp::bench
