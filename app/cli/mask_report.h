// SPDX-License-Identifier: Apache-2.0
// One mask of one tensor, as solve, compare and verify tell of it; scripts rely on the JSON keys.
#pragma once

#include "core/base/result.h"
#include "core/sparsity/nm_pattern.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nms::cli {

struct MaskReport {
    std::string path;
    std::vector<std::int64_t> shape;
    NmPattern pattern;
    std::string method;
    std::int64_t tiles = 0;
    double seconds = 0; // solving alone
    double keptFraction = 0; // ones / elements
    // Without the weights the rest is unknown.
    std::optional<double> objective;
    std::optional<double> upperBound;
    std::optional<double> relativeGap;
    std::optional<double> keptMagnitude; // Σ|W|∘S / Σ|W|
    std::optional<double> relativeSquaredError; // ‖W − W∘S‖² / ‖W‖²
};

/// {"path", "shape", "pattern", "method", "objective", "upper_bound", "relative_gap", "kept_fraction", "tiles", "seconds",
/// "kept_magnitude", "relative_squared_error"}; null for what is unknown.
nlohmann::ordered_json toJson(const MaskReport &report);

} // namespace nms::cli
