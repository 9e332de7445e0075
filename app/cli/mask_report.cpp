// SPDX-License-Identifier: Apache-2.0
#include "app/cli/mask_report.h"

#include <nlohmann/json.hpp>

namespace nms::cli {

namespace {

nlohmann::ordered_json numberOrNull(const std::optional<double> &number)
{
    return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
}

} // namespace

nlohmann::ordered_json toJson(const MaskReport &report)
{
    return {
        {"path", report.path},
        {"shape", report.shape},
        {"pattern", report.pattern.text()},
        {"method", report.method},
        {"objective", numberOrNull(report.objective)},
        {"upper_bound", numberOrNull(report.upperBound)},
        {"relative_gap", numberOrNull(report.relativeGap)},
        {"kept_fraction", report.keptFraction},
        {"tiles", report.tiles},
        {"seconds", report.seconds},
        {"kept_magnitude", numberOrNull(report.keptMagnitude)},
        {"relative_squared_error", numberOrNull(report.relativeSquaredError)},
    };
}

} // namespace nms::cli
