// SPDX-License-Identifier: Apache-2.0
// Least squares on a fixed support: finds the best values of each output's kept weights. Private to core/prune.
#pragma once

#include "core/prune/linear_algebra.h"
#include "core/sparsity/mask.h"

#include <cstdint>
#include <stop_token>

namespace nms {

struct SupportSolve {
    int mostIterations = 100;
    double tolerance = 5e-5; // stops when a step lowers the error, summed over all rows, by less than this fraction of it
    int threads = 0;
};

/// Minimises (w − w₀) H (w − w₀)ᵀ over the entries that the mask keeps, for each row separately, starting from `values`
/// (which are 0 outside of the mask and stay so). `target` holds w₀; both are rows × C and belong to the rows of the mask
/// from maskRow0 on. H has a unit diagonal, which is therefore its own Jacobi preconditioner. Returns the number of steps
/// done, or −1 if `stop` was requested: `values` are then those of an unfinished solve.
Result<int> solveOnSupport(SymmetricOperator &h, Span2d<const float> target, const Mask &mask, std::int64_t maskRow0,
                           const SupportSolve &settings, const std::stop_token &stop, Span2d<float> values);

} // namespace nms
