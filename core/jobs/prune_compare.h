// SPDX-License-Identifier: Apache-2.0
// The error of pruning one layer by framework, kind of mask and pattern; this includes the price of transposability.
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
    double keptMagnitude = 1; // Σ|W| of the kept entries divided by Σ|W|
    int steps = 0;
    double seconds = 0;
};

/// All cases that are possible for `layer`, framework by framework: without H, frameworks that need activations are left
/// out, and so are patterns whose M exceeds a side of the layer.
std::vector<PruneCase> pruneCases(const LayerProblem &layer, std::span<const Framework> frameworks,
                                  std::span<const Kind> kinds, std::span<const NmPattern> patterns);

/// Prunes a copy of the layer for each case in order and calls onResult after each, on the calling thread. `base` gives the
/// tile method, threads and damping. `progress` counts thousandths of all cases. Returns the first error of a case (as
/// pruneLayer), or Cancelled.
Status comparePruning(const LayerProblem &layer, std::span<const PruneCase> cases, const PruneOptions &base,
                      PruneParts parts, const Progress &progress,
                      const std::function<void(const PruneCaseResult &)> &onResult);

/// Error of the transposable mask divided by that of row N:M, with the same framework and pattern: about 1 or more. None if
/// one of the two results is missing.
std::optional<double> priceOfTransposability(std::span<const PruneCaseResult> results, Framework framework,
                                             NmPattern pattern);

} // namespace nms::jobs
