// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/jobs/mask_report.h"

#include <cstdint>
#include <map>
#include <optional>

namespace nms::jobs {

/// Results of one tensor. For a stack (experts, positions of a conv kernel) those of all matrices together, each pruned with
/// the activations at its own path ("experts[3]").
struct PrunedTensor {
    MaskReport report; // objective, bound and gap are of the last choice of tiles, by the framework's own score
    SolutionTotals totals;
    std::optional<double> error; // ‖XW − XŴ‖²/‖XW‖² of the weights as written; none without activations
    std::optional<double> energy; // ‖XW‖²
    std::int64_t samples = 0; // 0: unknown, as H itself was given, or no activations
    std::int64_t deadInputs = 0; // inputs that are always 0
    int iterations = 0; // of the framework
    int refinements = 0; // of conjugate gradients: the maximum
    double calibrationSeconds = 0; // reading X and computing XᵀX
    double tileSeconds = 0; // spent choosing entries, included in report.seconds
    std::map<int, std::int64_t> blocksByKeep = {}; // with blocks: how many blocks keep each N
    std::int64_t tileSolves = 0; // number of tile solves: ALPS solves each tile in every iteration
    double microsecondsPerTile() const { return tileSolves > 0 ? 1e6 * tileSeconds / double(tileSolves) : 0; }
};

} // namespace nms::jobs
