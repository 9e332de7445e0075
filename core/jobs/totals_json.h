// SPDX-License-Identifier: Apache-2.0
// The totals of a solution in the headers of a parts folder. Private to core/jobs.
#pragma once

#include "core/solver/solution.h"

#include <nlohmann/json.hpp>

namespace nms::jobs {

nlohmann::json totalsToJson(const SolutionTotals &totals);

/// Throws nlohmann::json::exception if a key is missing or has another type.
SolutionTotals totalsFromJson(const nlohmann::json &object);

} // namespace nms::jobs
