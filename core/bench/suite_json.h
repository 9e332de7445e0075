// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bench/suite.h"

#include <nlohmann/json_fwd.hpp>

namespace nms::bench {

/// {"rows": [{"pattern", "data", "method", "backend", …}], "left_out", "failed", "machine", "options", "version"}; null for
/// what is unknown. Scripts rely on the keys.
nlohmann::ordered_json benchToJson(const BenchResult &result);

nlohmann::ordered_json machineToJson(const Machine &machine);

} // namespace nms::bench
