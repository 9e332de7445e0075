// SPDX-License-Identifier: Apache-2.0
// Which pattern each part of a model gets when all of them share one budget of kept weights.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nms {

/// What one choice for a part costs and leaves.
struct BudgetChoice {
    std::int64_t kept = 0; // weights
    double error = 0; // in units that can be added over the parts: weighted
};

/// Choices ascending by `kept`. For each part the index of its choice, such that Σkept ≤ budget and Σerror is near the
/// least: from the fewest on, always the step along a part's convex hull that lowers the error most for each weight, then
/// whatever single step still fits and helps. Within 2 % of the best in what was tried. Usage error where even the fewest
/// are too many.
///
///     const std::vector<std::vector<BudgetChoice>> parts = {{{25, 1.0}, {50, 0.2}}, {{25, 0.3}, {50, 0.1}}};
///     shareBudget(parts, 75); // {1, 0}
Result<std::vector<std::size_t>> shareBudget(std::span<const std::vector<BudgetChoice>> parts, std::int64_t budget);

} // namespace nms
