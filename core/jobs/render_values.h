// SPDX-License-Identifier: Apache-2.0
// The numbers that a picture of a tensor shows.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/methods/score.h"
#include "core/solver/solver_backend.h"
#include "core/view/matrix_view.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nms::jobs {

/// True if the view shows a solver's result.
bool needsSolver(MatrixView view);

/// Rows and columns of the matrix, half-open.
struct CellRegion {
    std::int64_t row0 = 0, row1 = 0, col0 = 0, col1 = 0;

    std::int64_t rows() const { return row1 - row0; }
    std::int64_t cols() const { return col1 - col0; }
    /// "r0:r1,c0:c1"; Usage error for other text and for an empty or reversed range.
    static Result<CellRegion> parse(std::string_view text);
    std::string text() const; // the same form
};

struct RenderedValues {
    Matrix<float> cells; // one value for each cell of the region
    SolutionTotals totals; // of a solve that ran to its end: convergence of its tiles; otherwise empty
};

/// Solves first if the view needs it (`backend` may be null if not). `iteration`: to which the live solve runs (none: to its
/// end). `score`: what is solved, for the whole matrix; empty: |W|. A tile that is partly in the region is solved as a
/// whole. Progress counts tiles, or iterations of a live solve. Cancelled if a stop was requested.
Result<RenderedValues> valuesOf(MatrixView view, const Matrix<float> &weights, const CellRegion &region,
                                SolverBackend *backend, const SolveOptions &options, std::optional<int> iteration,
                                const ScoreRows &score, const Progress &progress);

/// What is solved for a region: whole tiles, or the whole matrix for methods that rank all of it.
struct SolvedPart {
    std::shared_ptr<const Matrix<float>> score;
    CellRegion tiles;
};
Result<SolvedPart> partToSolve(const Matrix<float> &weights, const CellRegion &region, const SolveOptions &options,
                               const ScoreRows &score);

/// What a live solve of `part` shows of the region in its current state: the plan, the mask that it would be rounded to
/// (checked like any other), or the error of that mask.
Result<Matrix<float>> cellsOf(MatrixView view, LiveSolve &live, const SolvedPart &part, const Matrix<float> &weights,
                              const CellRegion &region, const SolveOptions &options, const Progress &progress);

} // namespace nms::jobs
