// SPDX-License-Identifier: Apache-2.0
// The numbers of one mask of one tensor, as reported by solving, comparing and verifying.
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
    std::vector<std::int64_t> shape; // of the whole tensor of weights
    std::string axes; // "oihw", see Axes
    NmPattern pattern;
    std::string method; // as on the command line; "unknown" if a file does not say
    std::int64_t tiles = 0;
    double seconds = 0; // solving only
    double keptFraction = 0; // ones / elements
    // The rest is unknown without the weights.
    std::optional<double> objective; // ΣA∘S; A = |W| unless another score is given
    std::optional<double> upperBound; // no mask of this kind exceeds it
    std::optional<double> relativeGap; // (upperBound − objective) / upperBound
    std::optional<double> keptMagnitude; // Σ|W|∘S / Σ|W|
    std::optional<double> relativeSquaredError; // ‖W − W∘S‖² / ‖W‖²
    std::optional<double> keptScore = {}; // ΣA∘S / ΣA
    std::optional<std::int64_t> shortLines = {}; // rows and columns of full tiles below n (the paper's rounding)
};

/// A mask that a job solved itself, with the solver's figures for its tiles.
struct SolvedTensor {
    MaskReport report;
    SolutionTotals totals;
};

} // namespace nms::jobs
