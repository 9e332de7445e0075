// SPDX-License-Identifier: Apache-2.0
// From a tensor to the picture of one of its views.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/solver/solver_backend.h"
#include "core/view/heatmap_scene.h"
#include "core/view/matrix_view.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string_view>

namespace nms::cli {

/// Rows and columns of the matrix, half-open.
struct CellRegion {
    std::int64_t row0 = 0, row1 = 0, col0 = 0, col1 = 0;

    std::int64_t rows() const { return row1 - row0; }
    std::int64_t cols() const { return col1 - col0; }
    /// "r0:r1,c0:c1"; Usage error for other text and for an empty or reversed range.
    static Result<CellRegion> parse(std::string_view text);
};

/// True where the view shows what a solver made.
bool needsSolver(MatrixView view);

struct RenderedValues {
    Matrix<float> cells; // one value for each cell of the region
    SolutionTotals totals; // of a solve that went to its end: how many of its tiles converged; else empty
};

/// Solves first where the view needs it. `iteration`: how far the live solve goes (none: to its end). A tile that the region
/// cuts is solved whole. Cancelled when `stop` is requested.
Result<RenderedValues> valuesOf(MatrixView view, const Matrix<float> &weights, const CellRegion &region,
                                SolverBackend *backend, const SolveOptions &options, std::optional<int> iteration,
                                const std::stop_token &stop);

/// The picture of those values: whole pixels a cell where they fit into 8192 a side, several cells a pixel (their mean)
/// beyond. Colours and range are those that the window begins with; the range comes from the whole matrix, so that pictures
/// of its parts match. `showsTiles`: with the borders of the pattern's tiles.
HeatmapScene makeScene(MatrixView view, const Matrix<float> &weights, const CellRegion &region, Matrix<float> values,
                       NmPattern pattern, bool showsTiles);

} // namespace nms::cli
