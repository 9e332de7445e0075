// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/bench_run.h"

#include <nlohmann/json_fwd.hpp>

namespace nms::cli {

/// {"rows": [{"pattern", "data", "method", "backend", …}], "left_out", "failed", "machine", "options", "version"}; null for
/// what is unknown. Scripts rely on the keys.
nlohmann::ordered_json benchToJson(const BenchResult &result);

} // namespace nms::cli
