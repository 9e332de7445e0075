// SPDX-License-Identifier: Apache-2.0
// What is handed over is checked first: whoever passes a Solution on (to a file, a session, a comparison, a picture) asks
// here whether its mask keeps what its method promises and is worth what its figures say.
#pragma once

#include "core/base/result.h"
#include "core/simd/weights_view.h"
#include "core/solver/solution.h"
#include "core/sparsity/metrics.h"

#include <cstdint>

namespace nms {

/// Every row and column of every tile of solution.mask counted (see MaskCounter). `threads` 0: all cores. An Internal error
/// names the tile and says that the fault is nmscope's.
Status checkCounts(const Solution &solution, int threads = 0);

/// The scores that the mask keeps, summed anew (`sums`, of these scores and solution.mask), against the sum of the tiles'
/// objectives: within 10⁻⁹ of ΣA. `scores` are what was solved, A = |scores|: weights or scores of another kind; `row0`, a
/// multiple of m, is the row of the whole matrix that the solution begins at. An Internal error names the tile that is
/// furthest off.
Status checkObjective(const Solution &solution, const WeightsView &scores, const MaskSums &sums, std::int64_t row0 = 0);

/// Both.
Status checkSolution(const Solution &solution, const WeightsView &scores, int threads = 0);

} // namespace nms
