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
    std::string out; // the pruned model: the file again, of which only the taken tensors differ (WeightsCopy)
    std::string masks = {}; // a file for the masks, too; empty: none
    std::string calibration = {}; // activations (calibration.h); magnitude can do without, and then tells no error
    std::vector<CalibrationRule> rules = {};
    TensorChoice tensors = {};
    PruneOptions options = {};
    bool copyRest = false; // of a folder: what lies beside the weights, too

    /// Each tensor gets its own pattern: together they keep this part of the weights, and the sum of their errors, each
    /// times its weight in the file `sensitivity`, is near the least that such patterns reach (budget.h). Every pattern is
    /// tried on every tensor first.
    std::optional<double> budget = {};
    std::string sensitivity = {}; // JSON, {"tensor path": weight ≥ 0, …}: what a tensor's error costs the model
    std::vector<NmPattern> patterns = {}; // to choose from; none: N in eighths of the pattern's M

    bool resume = false; // finished tensors are kept beside `out` until it is written, and not pruned again
};

} // namespace nms::jobs
