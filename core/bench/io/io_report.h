// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bench/io/io_result.h"
#include "core/bench/suite_tables.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace nms::bench {

/// One row for each step.
Table ioTableOf(const IoResult &result);

/// Where and how it was measured, and the ratio of processor times: text for the user.
std::string ioLegendOf(const IoResult &result);

/// {"steps": [{"name", "seconds", "processor_seconds", "bytes_per_second", …}], "over_solving", "resident_bytes", "machine",
/// …}; null for what is unknown. Scripts rely on the keys.
nlohmann::ordered_json ioToJson(const IoResult &result);

} // namespace nms::bench
