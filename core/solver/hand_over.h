// SPDX-License-Identifier: Apache-2.0
// Checks before a Solution is handed over (to a file, a session, a comparison, a picture): whether its mask keeps what its
// method guarantees, and whether the kept sum agrees with the reported figures.
#pragma once

#include "core/base/result.h"
#include "core/simd/weights_view.h"
#include "core/solver/solution.h"
#include "core/sparsity/metrics.h"

#include <cstdint>

namespace nms {

/// Counts every row and column of every tile of solution.mask (see MaskCounter). `threads` 0: all cores. An Internal error
/// names the tile and says that this is a bug of nmscope.
Status checkCounts(const Solution &solution, int threads = 0);

/// Compares the kept scores, summed again (`sums`, of these scores and solution.mask), with the sum of the tiles'
/// objectives: they must agree within 10⁻⁹ of ΣA. `scores` are the solver's input, A = |scores|: weights or scores of
/// another kind; `row0`, a multiple of m, is the row of the whole matrix at which the solution begins. An Internal error
/// names the tile that differs most.
Status checkObjective(const Solution &solution, const WeightsView &scores, const MaskSums &sums, std::int64_t row0 = 0);

/// Both checks.
Status checkSolution(const Solution &solution, const WeightsView &scores, int threads = 0);

} // namespace nms
