// SPDX-License-Identifier: Apache-2.0
// Least squares on a fixed support: what the kept weights of each output have to be. Private to core/prune.
#pragma once

#include "core/prune/linear_algebra.h"
#include "core/sparsity/mask.h"

#include <cstdint>
#include <stop_token>

namespace nms {

struct SupportSolve {
    int mostIterations = 100;
    double tolerance = 5e-5; // ends when a step lowers the error of all rows together by less than this part of it
    int threads = 0;
};

/// Minimises (w − w₀) H (w − w₀)ᵀ over the entries that the mask keeps, for each row by itself, from `values` on (0 outside
/// of the mask, and so they stay). `target` holds w₀; both rows × C, and rows [maskRow0, …) of the mask are theirs. H has a
/// diagonal of ones, which makes it its own Jacobi preconditioner. Returns the steps done, or −1 where `stop` was requested:
/// then `values` are somewhere in between.
Result<int> solveOnSupport(SymmetricOperator &h, Span2d<const float> target, const Mask &mask, std::int64_t maskRow0,
                           const SupportSolve &settings, const std::stop_token &stop, Span2d<float> values);

} // namespace nms
