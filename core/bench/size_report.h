// SPDX-License-Identifier: Apache-2.0
// The results of size_bench.h as a table and as JSON.
#pragma once

#include "core/bench/size_bench.h"
#include "core/bench/suite_tables.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace nms::bench {

/// A row for each side and backend.
Table sizeTableOf(const SizeResult &result);

/// Where and how it was measured, and from which size on each device is faster than the CPU: text for the user.
std::string sizeLegendOf(const SizeResult &result);

nlohmann::ordered_json sizesToJson(const SizeResult &result);

} // namespace nms::bench
