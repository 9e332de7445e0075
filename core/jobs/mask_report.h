// SPDX-License-Identifier: Apache-2.0
// The numbers of one mask of one tensor, as solving, comparing and verifying tell them.
#pragma once

#include "core/solver/solution.h"
#include "core/sparsity/nm_pattern.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nms::jobs {

struct MaskReport {
    std::string path; // of the weights
    std::vector<std::int64_t> shape; // likewise, of the whole tensor
    std::string axes; // "oihw", see Axes
    NmPattern pattern;
    std::string method; // as on the command line; "unknown" where a file does not say
    std::int64_t tiles = 0;
    double seconds = 0; // solving alone
    double keptFraction = 0; // ones / elements
    // Without the weights the rest is unknown.
    std::optional<double> objective; // ΣA∘S; A = |W| where nothing else is said
    std::optional<double> upperBound; // that no mask of this kind exceeds
    std::optional<double> relativeGap; // (upperBound − objective) / upperBound
    std::optional<double> keptMagnitude; // Σ|W|∘S / Σ|W|
    std::optional<double> relativeSquaredError; // ‖W − W∘S‖² / ‖W‖²
    std::optional<double> keptScore = {}; // ΣA∘S / ΣA
    std::optional<std::int64_t> shortLines = {}; // rows and columns of full tiles below n, of the paper's rounding
};

/// A mask that a job solved itself: with what the solver says of its tiles.
struct SolvedTensor {
    MaskReport report;
    SolutionTotals totals;
};

} // namespace nms::jobs
