// SPDX-License-Identifier: Apache-2.0
// Solving what lies in a file, in bounded memory.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/solver/solution.h"
#include "core/solver/solver_backend.h"
#include "core/sparsity/mask_sums.h"

#include <functional>

namespace nms {

/// Gives rows [row0, row0 + out.rows) of the weights.
using ReadRows = std::function<Status(std::int64_t row0, Span2d<float> out)>;
/// Takes the mask of rows [row0, row0 + mask.rows()), together with those rows' weights.
using WriteRows = std::function<Status(std::int64_t row0, const Mask &mask, Span2d<const float> weights)>;

/// What is left when the mask has been handed on panel by panel.
struct StreamedSolution {
    TileGrid grid;
    SolutionTotals totals;
    MaskSums sums;
    double seconds = 0; // solving alone, without reading and writing
};

/// A = |W| by row panels of a multiple of m rows that hold at most `panelBytes` of float32; NaN and Inf are the reader's
/// to refuse. `unstructured` ranks the whole matrix and therefore needs it in one panel: Resource error if it does not
/// fit. Cancelled when progress.stop was requested.
Result<StreamedSolution> solveStreamed(SolverBackend &backend, std::int64_t rows, std::int64_t cols,
                                       const SolveOptions &options, std::int64_t panelBytes, const ReadRows &read,
                                       const WriteRows &write, const Progress &progress);

/// A = |W|, whole.
Matrix<float> magnitudeScore(Span2d<const float> weights);

/// The best objective that any transposable mask of each tile reaches (exact), for judging a mask from elsewhere.
/// objective = what `mask` keeps, upperBound = proven optimum.
Result<std::vector<TileResult>> certify(SolverBackend &backend, Span2d<const float> score, const Mask &mask,
                                        NmPattern pattern, const Progress &progress);

} // namespace nms
