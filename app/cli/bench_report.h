// SPDX-License-Identifier: Apache-2.0
// What a bench measured, for people and for scripts.
#pragma once

#include "app/cli/bench_run.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace nms::cli {

/// {"rows": [{"pattern", "data", "method", "backend", …}], "left_out", "failed", "machine", "options", "version"}; null for
/// what is unknown. Scripts rely on the keys.
nlohmann::ordered_json benchToJson(const BenchResult &result);

/// A table for each pattern and data, then times and gaps of all patterns on the first data.
std::string benchToText(const BenchResult &result);

/// How many times faster `record` is than the contender `method` ("lemon", "dykstra", …) on the same tiles; none where that
/// one was not measured there.
std::optional<double> timesFaster(const BenchResult &result, const bench::Record &record, std::string_view method);

/// Three significant digits, never an exponent: "0.0123", "38.4", "1430".
std::string shortNumber(double value);

} // namespace nms::cli
