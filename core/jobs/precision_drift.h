// SPDX-License-Identifier: Apache-2.0
// What single precision does to Dykstra's iterates.
#pragma once

#include "core/base/matrix.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/methods/solve_options.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace nms::jobs {

struct DriftStep {
    int iteration = 0;
    double largest = 0; // max |S₃₂ − S₆₄| over all entries of the tiles; S is in [0, 1]
    double mean = 0;
};

struct PrecisionDrift {
    std::vector<std::int64_t> tiles; // that were examined, ascending, in the matrix's grid
    std::vector<DriftStep> steps; // from iteration 1 on
    std::int64_t otherMasks = 0; // tiles that the two plans round to different masks

    DriftStep largest() const; // the step with the largest difference; iteration 0 without steps
};

/// Runs the iterations of dykstra (TSENOR, algorithm 1, in the log domain, as it is published) in float32, as common
/// implementations do, and in float64, as nmscope does, on up to `most` tiles of the matrix, evenly spaced, and on `tile` if
/// it is set; all iterations, whatever the tolerance. Only tiles without padding are examined.
/// Errors: Unsupported for a method other than dykstra, Input if no tile is without padding, Cancelled. `progress` counts
/// iterations. Blocks; any thread.
Result<PrecisionDrift> precisionDrift(Span2d<const float> score, const SolveOptions &options, int most,
                                      std::optional<std::int64_t> tile, const Progress &progress);

} // namespace nms::jobs
