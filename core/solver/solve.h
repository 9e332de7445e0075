// SPDX-License-Identifier: Apache-2.0
// Solving what lies in a file, in bounded memory.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/methods/score.h"
#include "core/solver/solution.h"
#include "core/solver/solver_backend.h"
#include "core/sparsity/metrics.h"

#include <cstddef>
#include <functional>
#include <span>

namespace nms {

/// Rows of weights of one type, wherever they are kept.
struct StreamShape {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    WeightType type = WeightType::F32;
};

/// Gives rows [row0, row0 + rows), packed, in the shape's type.
using ReadRows = std::function<Status(std::int64_t row0, std::int64_t rows, std::span<std::byte> out)>;
/// Takes the mask of rows [row0, row0 + mask.rows()), together with those rows' weights.
using WriteRows = std::function<Status(std::int64_t row0, const Mask &mask, const WeightsView &weights)>;

/// What is left when the mask has been handed on panel by panel.
struct StreamedSolution {
    TileGrid grid;
    SolutionTotals totals;
    MaskSums sums; // of the weights
    double scores = 0; // ΣA
    double keptScores = 0; // ΣA∘S
    std::int64_t shortLines = 0; // rows and columns of full tiles below n, counted where the paper's rounding may leave some
    double seconds = 0; // solving alone; reading and writing go on meanwhile

    StreamedSolution &operator+=(const StreamedSolution &following); // of another matrix; the grid stays
};

/// Bytes of memory that solveStreamed takes for each weight of a panel, its solver's included; `scored`: with scores that
/// are not |W|.
double streamedBytesPerWeight(const WeightsSolver &solver, const SolveOptions &options, WeightType type,
                              bool scored = false);

/// By row panels of a multiple of m rows that hold at most `panelWeights`; NaN and Inf are the reader's to refuse. A = |W|,
/// or what `score` makes of each panel right after `read`, on the same thread. While a panel is solved, on a thread of its
/// own, this thread writes the one before and reads the next: `read` and `write` are called here alone, top to bottom.
/// `unstructured` ranks the whole matrix and therefore needs it in one panel: Resource error if it does not fit. What each
/// panel keeps is summed and held against its objective before `write` sees it (checkObjective); its lines are for the
/// writer to count. Cancelled when progress.stop was requested. `options` are the solver's.
Result<StreamedSolution> solveStreamed(WeightsSolver &solver, const StreamShape &shape, const SolveOptions &options,
                                       std::int64_t panelWeights, const ReadRows &read, const WriteRows &write,
                                       const Progress &progress, const ScoreRows &score = {});

/// A = |W|, whole.
Matrix<float> magnitudeScore(Span2d<const float> weights);

/// The best objective that any transposable mask of each tile reaches (exact), for judging a mask from elsewhere.
/// objective = what `mask` keeps, upperBound = proven optimum.
Result<std::vector<TileResult>> certify(SolverBackend &backend, Span2d<const float> score, const Mask &mask,
                                        NmPattern pattern, const Progress &progress);

} // namespace nms
