// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/view_sources.h"

#include "ui/models/prune_run.h"
#include "ui/models/training_view.h"

namespace nms {

ViewSources ViewSources::of(const Workspace &workspace)
{
    ViewSources sources;
    sources.view = workspace.view();
    sources.preview = workspace.preview();
    if (sources.preview)
        return sources;
    sources.tensor = workspace.tensor();
    if (!sources.tensor)
        return sources;
    sources.pattern = workspace.shownOptions().pattern;
    sources.grid = workspace.grid();
    sources.prunes = workspace.showsPruning();
    if (sources.prunes) {
        sources.pruned = workspace.pruning().shown();
        sources.scrubbing = workspace.pruning().scrubbedTo().has_value();
        return sources;
    }
    if (const TrainingView *training = TrainingView::shownIn(workspace)) {
        if (const auto mask = training->mask())
            return sources.withMask(mask, mask->grid == sources.grid ? workspace.tileScores() : nullptr);
        return sources;
    }
    sources.scrubbing = workspace.isScrubbing();
    if (auto snapshot = workspace.shownSnapshot(); snapshot && snapshot->grid == sources.grid)
        sources.snapshot = std::move(snapshot);
    if (auto solution = workspace.solution(); solution && solution->grid == sources.grid)
        sources.solution = std::move(solution);
    sources.tiles = TileFigures::of(workspace);
    return sources;
}

ViewSources ViewSources::withMask(std::shared_ptr<const Solution> mask,
                                  std::shared_ptr<const std::vector<double>> tileScores) const
{
    ViewSources sources;
    sources.view = view;
    sources.tensor = tensor;
    sources.pattern = mask->options.pattern;
    sources.grid = mask->grid;
    sources.tiles = TileFigures(mask->grid, nullptr, mask, std::move(tileScores));
    sources.solution = std::move(mask);
    return sources;
}

std::optional<Matrix<float>> ViewSources::planOf(std::int64_t row, std::int64_t col, std::int64_t blockRows,
                                                 std::int64_t blockCols) const
{
    if (!snapshot)
        return std::nullopt;
    const std::int64_t r = row - snapshot->region.tileRow0 * snapshot->grid.m;
    const std::int64_t c = col - snapshot->region.tileCol0 * snapshot->grid.m;
    if (r < 0 || c < 0 || r + blockRows > snapshot->plan.rows() || c + blockCols > snapshot->plan.cols())
        return std::nullopt;
    return snapshot->plan.block(r, c, blockRows, blockCols);
}

std::optional<bool> ViewSources::keptAt(std::int64_t row, std::int64_t col) const
{
    const Mask *mask = pruned ? &pruned->layer.mask : solution ? &solution->mask : nullptr;
    if (mask == nullptr || row >= mask->rows() || col >= mask->cols())
        return std::nullopt;
    return mask->at(row, col);
}

} // namespace nms
