// SPDX-License-Identifier: Apache-2.0
// Summaries of a pruning in words.
#pragma once

#include "ui/models/prune_run.h"
#include "ui/models/verdict.h"

namespace nms {

/// On the step that is shown: "error 0.63 %, keeps 73.1 % of |W|".
Verdict pruneVerdict(const PruneRun &run);

/// The activations that the calibration file has for the open tensor: "4 096 samples × 384 inputs", or what is wrong and
/// what to do.
Verdict inputsVerdict(const PruneRun &run);

} // namespace nms
