// SPDX-License-Identifier: Apache-2.0
// Solving weights in a file, in bounded memory.
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

/// Shape and type of the weights of a stream, wherever they are stored.
struct StreamShape {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    WeightType type = WeightType::F32;
    bool readsInParallel = false; // several threads may read rows of their own at once
};

/// Reads rows [row0, row0 + rows), packed, in the shape's type.
using ReadRows = std::function<Status(std::int64_t row0, std::int64_t rows, std::span<std::byte> out)>;
/// Receives the mask of rows [row0, row0 + mask.rows()), together with the weights of these rows.
using WriteRows = std::function<Status(std::int64_t row0, const Mask &mask, const WeightsView &weights)>;

/// The result when the mask has been handed over panel by panel.
struct StreamedSolution {
    TileGrid grid;
    SolutionTotals totals;
    MaskSums sums; // of the weights
    double scores = 0; // ΣA
    double keptScores = 0; // ΣA∘S
    std::int64_t shortLines = 0; // rows and columns of full tiles below n; counted only for the paper's rounding
    double seconds = 0; // time spent solving; reading and writing overlap it, but for reading by the threads that solve

    StreamedSolution &operator+=(const StreamedSolution &following); // of another matrix; the grid is unchanged
};

/// Bytes of memory that solveStreamed needs for each weight of a panel, including its solver's; `scored`: with scores other
/// than |W|.
double streamedBytesPerWeight(const WeightsSolver &solver, const SolveOptions &options, WeightType type,
                              bool scored = false);

/// Solves by row panels of a multiple of m rows that hold at most `panelWeights`; the reader must refuse NaN and Inf. A =
/// |W|, or what `score` computes from each panel right after `read`, on the same thread. While a panel is solved on a
/// thread of its own, the calling thread writes the previous one and reads the next: `read` and `write` are only called on
/// the calling thread, from top to bottom. Where rows are read in parallel and the solver gains from it, each of its threads
/// reads, solves and sums rows of tiles that stay in its cache. `unstructured` ranks the whole matrix and therefore needs it
/// in one panel: Resource error if it does not fit. The sum that each panel keeps is compared with its objective before
/// `write` receives it (checkObjective); the writer must count its rows and columns. Cancelled when progress.stop was
/// requested. `options` must be the solver's.
Result<StreamedSolution> solveStreamed(WeightsSolver &solver, const StreamShape &shape, const SolveOptions &options,
                                       std::int64_t panelWeights, const ReadRows &read, const WriteRows &write,
                                       const Progress &progress, const ScoreRows &score = {});

/// The scores A = |W| of a whole matrix.
Matrix<float> magnitudeScore(Span2d<const float> weights);

/// For judging a mask from elsewhere: for each tile, objective = the sum that `mask` keeps, upperBound = the proven optimum
/// of all transposable masks (by exact).
Result<std::vector<TileResult>> certify(SolverBackend &backend, Span2d<const float> score, const Mask &mask,
                                        NmPattern pattern, const Progress &progress);

} // namespace nms
