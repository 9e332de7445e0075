// SPDX-License-Identifier: Apache-2.0
// Whether the numbers of an entropic solve are sound: NaN, underflow, no progress.
#pragma once

#include "core/base/matrix.h"
#include "core/methods/solve_options.h"
#include "core/solver/snapshot.h"

#include <cstdint>
#include <span>
#include <string>

namespace nms::jobs {

/// Counts over tiles of the snapshot's region: all of them, or about `most` evenly spaced ones. Padding is not counted.
struct PlanHealth {
    std::int64_t tiles = 0; // examined
    std::int64_t entries = 0;
    std::int64_t notFinite = 0; // NaN or Inf
    std::int64_t underflowed = 0; // the score is positive, but the entry is 0 or subnormal in single precision
    std::int64_t emptyLines = 0; // rows and columns of full tiles in which all entries are 0
};

/// `score`: the whole matrix. Fetches the examined tiles of a plan that lies on a device.
PlanHealth planHealth(const Snapshot &snapshot, Span2d<const float> score, std::int64_t most = 256);

enum class HealthLevel { Sound, Noted, Broken };

/// A finding and what usually helps.
struct HealthNote {
    HealthLevel level = HealthLevel::Sound;
    std::string text; // "62 % of the plan underflows"
    std::string remedy; // "lower τ"; may be empty
};

/// The most serious finding. `stats`: all iterations so far, of which the residual's fall is judged; a residual that has not
/// fallen by a tenth since half as many iterations, over at least 50, and is above the limit, makes no progress.
HealthNote healthNote(const PlanHealth &health, std::span<const IterationStats> stats, const SolveOptions &options);

} // namespace nms::jobs
