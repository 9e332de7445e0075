// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/jobs/tensor_selection.h"
#include "core/prune/calibration.h"
#include "core/prune/prune_options.h"

#include <optional>
#include <string>
#include <vector>

namespace nms::jobs {

struct PruneFileSettings {
    std::string file; // the weights
    std::string out; // the pruned model: a copy of the file in which only the selected tensors differ (WeightsCopy)
    std::string masks = {}; // a file for the masks; empty: none
    std::string calibration = {}; // activations (calibration.h); magnitude works without, but then reports no error
    std::vector<CalibrationRule> rules = {};
    TensorChoice tensors = {};
    PruneOptions options = {};
    bool copyRest = false; // if `file` is a folder: copy also the other files beside the weights

    /// Each tensor gets its own pattern: together they keep this fraction of the weights, and the sum of the tensors'
    /// errors, each multiplied by its weight in the file `sensitivity`, is close to the minimum for these patterns
    /// (budget.h). Every pattern is tried on every tensor first.
    std::optional<double> budget = {};
    std::string sensitivity = {}; // JSON, {"tensor path": weight ≥ 0, …}: how much a tensor's error harms the model
    std::vector<NmPattern> patterns = {}; // to choose from; empty: N in eighths of the pattern's M

    bool resume = false; // keep finished tensors beside `out` until it is written, and do not prune them again
};

} // namespace nms::jobs
