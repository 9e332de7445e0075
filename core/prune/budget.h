// SPDX-License-Identifier: Apache-2.0
// Which pattern each part of a model gets when all parts share one budget of kept weights.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nms {

/// How many weights one choice for a part keeps, and the error that it causes.
struct BudgetChoice {
    std::int64_t kept = 0; // weights
    double error = 0; // weighted, so that errors can be added over the parts
};

/// The choices of each part ascend by `kept`. Returns for each part the index of its choice, such that Σkept ≤ budget and
/// Σerror is close to the minimum: starting from the fewest weights, the step along a part's convex hull that lowers the
/// error most per weight is taken repeatedly, then any single step that still fits and lowers the error. Within 2 % of the
/// optimum in the cases tried. Usage error if even the fewest weights exceed the budget.
///
///     const std::vector<std::vector<BudgetChoice>> parts = {{{25, 1.0}, {50, 0.2}}, {{25, 0.3}, {50, 0.1}}};
///     shareBudget(parts, 75); // {1, 0}
Result<std::vector<std::size_t>> shareBudget(std::span<const std::vector<BudgetChoice>> parts, std::int64_t budget);

} // namespace nms
