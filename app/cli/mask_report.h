// SPDX-License-Identifier: Apache-2.0
// One mask of one tensor, as solve, compare and verify tell of it; scripts rely on the JSON keys.
#pragma once

#include "core/base/result.h"
#include "core/io/mask_file.h"
#include "core/solver/solution.h"

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

/// "not_converged", "worst_residual", "worst_gap", "iterations_mean", "iterations_max"; "tolerance" where one was given to a
/// method that heeds it, "warm_start" where there was one.
void addConvergence(nlohmann::ordered_json &entry, const SolutionTotals &totals, const SolveOptions &options);

/// What a mask file says of how a mask was made: "dykstra from capped, stopped at 0.1 %", "unknown" where it does not say by
/// what method.
std::string originOf(const MaskEntry &entry);
/// "tolerance" and "warm_start" where the file records them.
void addOrigin(nlohmann::ordered_json &object, const MaskEntry &entry);

/// How many tiles of one or several masks did not converge.
class ConvergenceCount
{
public:
    void add(const SolutionTotals &totals, const std::string &path);

    /// "312 of 65 536 tiles have not converged: worst residual 22 % (in PATH); …" with what to do; nothing where all have.
    std::optional<std::string> warning(const SolveOptions &options) const;

private:
    std::int64_t m_tiles = 0;
    std::int64_t m_notConverged = 0;
    double m_worstResidual = -1;
    std::string m_worstPath;
};

} // namespace nms::cli
