// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/jobs/mask_report.h"

#include <cstdint>
#include <map>
#include <optional>

namespace nms::jobs {

/// What became of one tensor. Of a stack (experts, a conv kernel's positions) all matrices together, each pruned with the
/// activations at its own path ("experts[3]").
struct PrunedTensor {
    MaskReport report; // objective, bound and gap: of the last choice of tiles, by the framework's own score
    SolutionTotals totals;
    std::optional<double> error; // ‖XW − XŴ‖²/‖XW‖² of the weights as they are written; nothing without activations
    std::optional<double> energy; // ‖XW‖²
    std::int64_t samples = 0; // 0: H itself was given, or nothing
    std::int64_t deadInputs = 0; // always 0
    int iterations = 0; // of the framework
    int refinements = 0; // of conjugate gradients, at most
    double calibrationSeconds = 0; // reading X and XᵀX
    double tileSeconds = 0; // of report.seconds, choosing entries
    std::map<int, std::int64_t> blocksByKeep = {}; // with blocks: how many keep each N
    std::int64_t tileSolves = 0; // so many times a tile was solved: ALPS does each in every iteration
    double microsecondsPerTile() const { return tileSolves > 0 ? 1e6 * tileSeconds / double(tileSolves) : 0; }
};

} // namespace nms::jobs
