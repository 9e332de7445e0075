// SPDX-License-Identifier: Apache-2.0
// What a view is made of, taken from the workspace at one moment.
#pragma once

#include "core/jobs/mask_difference.h"
#include "core/session/prune_types.h"
#include "ui/models/tile_figures.h"
#include "ui/models/workspace.h"

#include <memory>
#include <optional>

namespace nms {

struct ViewSources {
    MatrixView view = MatrixView::Weights;
    NmPattern pattern;
    TileGrid grid; // of the tensor and the chosen pattern; no rows without a tensor
    std::shared_ptr<const LoadedTensor> tensor;
    std::shared_ptr<const TensorPreview> preview; // of a tensor that is being read: then there is nothing else
    std::shared_ptr<const Snapshot> snapshot; // only if it belongs to `grid`
    std::shared_ptr<const Solution> solution; // only if it belongs to `grid`
    TileFigures tiles; // of snapshot and solution
    bool scrubbing = false;
    bool prunes = false; // the views are those of a pruning: no snapshot, no solution
    std::shared_ptr<const PruneSnapshot> pruned; // the step shown; null before step 0
    std::shared_ptr<const Solution> other; // with `difference`: the mask that `solution` is compared with
    std::shared_ptr<const jobs::MaskDifference> difference; // shown instead of the mask; null: no comparison

    static ViewSources of(const Workspace &workspace);
    /// The same view of another mask of the open tensor. `tileScores`: Σ of the scores of its tiles, or null.
    ViewSources withMask(std::shared_ptr<const Solution> mask, std::shared_ptr<const std::vector<double>> tileScores) const;

    /// Mask and figures come from the finished run, unless an earlier iteration is shown.
    bool showsSolution() const { return solution && !scrubbing; }
    bool showsErrorMap() const { return prunes && view == MatrixView::Error; }

    bool isThere() const { return tensor || preview; }
    /// The preview shows magnitudes, whichever of these two views it stands for.
    bool showsPreview() const { return preview && (view == MatrixView::Weights || view == MatrixView::Score); }
    std::int64_t rows() const { return preview ? preview->info.rows() : tensor ? tensor->weights->rows() : 0; }
    std::int64_t cols() const { return preview ? preview->info.cols() : tensor ? tensor->weights->cols() : 0; }
    /// There is an entry with a value.
    bool contains(std::int64_t row, std::int64_t col) const
    {
        return tensor && row >= 0 && col >= 0 && row < rows() && col < cols();
    }
    /// The plan's entries; empty without a plan or outside the captured region.
    std::optional<Matrix<float>> planOf(std::int64_t row, std::int64_t col, std::int64_t blockRows,
                                        std::int64_t blockCols) const;
    std::optional<bool> keptAt(std::int64_t row, std::int64_t col) const;

    friend bool operator==(const ViewSources &, const ViewSources &) = default;
};

} // namespace nms
