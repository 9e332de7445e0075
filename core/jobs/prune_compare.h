// SPDX-License-Identifier: Apache-2.0
// What pruning one layer costs by framework, kind of mask and pattern: among others the price of transposability.
#pragma once

#include "core/base/progress.h"
#include "core/prune/layer_run.h"

#include <functional>
#include <span>
#include <vector>

namespace nms::jobs {

struct PruneCase {
    Framework framework = Framework::Alps;
    Kind kind = Kind::Transposable;
    NmPattern pattern;
    friend bool operator==(const PruneCase &, const PruneCase &) = default;
};

struct PruneCaseResult {
    PruneCase which;
    double error = PruneStep::none; // ‖X(W − Ŵ)ᵀ‖² / ‖XWᵀ‖²; NaN without activations
    double keptMagnitude = 1; // Σ|W| of the entries kept, over all
    int steps = 0;
    double seconds = 0;
};

/// All that `layer` has what it takes for, framework by framework: those that need activations are left out without H, and
/// patterns whose M is more than a side of it.
std::vector<PruneCase> pruneCases(const LayerProblem &layer, std::span<const Framework> frameworks,
                                  std::span<const Kind> kinds, std::span<const NmPattern> patterns);

/// Prunes a copy of the layer by each case in order and calls onResult after each, on the calling thread. `base` says how
/// tiles are solved, threads and damping. `progress` counts thousandths of all cases. Errors as pruneLayer, of the first
/// case that has one; Cancelled.
Status comparePruning(const LayerProblem &layer, std::span<const PruneCase> cases, const PruneOptions &base,
                      PruneParts parts, const Progress &progress,
                      const std::function<void(const PruneCaseResult &)> &onResult);

/// Error of transposable over that of row N:M, by the same framework and pattern: at least about 1. None where one of the
/// two is not there.
std::optional<double> priceOfTransposability(std::span<const PruneCaseResult> results, Framework framework,
                                             NmPattern pattern);

} // namespace nms::jobs
