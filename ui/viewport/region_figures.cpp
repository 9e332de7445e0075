// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/region_figures.h"

#include "core/base/number_text.h"
#include "core/base/parallel.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <mutex>

namespace nms {

std::optional<CellRegion> regionBetween(CellPoint a, CellPoint b, std::int64_t rows, std::int64_t cols)
{
    const auto range = [](double from, double to, std::int64_t size) {
        const double first = std::floor(std::min(from, to)), last = std::floor(std::max(from, to));
        return std::pair(std::int64_t(std::clamp(first, 0., double(size))),
                         std::int64_t(std::clamp(last + 1, 0., double(size))));
    };
    const auto [row0, row1] = range(a.row, b.row, rows);
    const auto [col0, col1] = range(a.col, b.col, cols);
    if (row0 >= row1 || col0 >= col1)
        return std::nullopt;
    return CellRegion{row0, col0, row1, col1};
}

namespace {

struct Sums {
    std::int64_t notFinite = 0;
    double weights = 0, scores = 0, kept = 0, keptScores = 0;

    void add(const Sums &other)
    {
        notFinite += other.notFinite;
        weights += other.weights;
        scores += other.scores;
        kept += other.kept;
        keptScores += other.keptScores;
    }
};

const Mask *maskOf(const ViewSources &sources)
{
    return sources.pruned ? &sources.pruned->layer.mask : sources.showsSolution() ? &sources.solution->mask : nullptr;
}

void addGap(RegionFigures &figures, const ViewSources &sources, const CellRegion &region)
{
    const TileGrid &grid = sources.grid;
    if (grid.m <= 0)
        return;
    const std::int64_t row0 = region.row0 / grid.m, row1 = (region.row1 - 1) / grid.m + 1;
    const std::int64_t col0 = region.col0 / grid.m, col1 = (region.col1 - 1) / grid.m + 1;
    figures.tiles = (row1 - row0) * (col1 - col0);
    const std::size_t count = std::size_t(grid.count());
    const Solution *solution =
        sources.showsSolution() && sources.solution->tiles.size() == count ? sources.solution.get() : nullptr;
    const Snapshot *snapshot =
        sources.snapshot && sources.snapshot->tiles.size() == count ? sources.snapshot.get() : nullptr;
    if (!solution && !snapshot)
        return;
    double bound = 0, missing = 0, largest = 0;
    for (std::int64_t row = row0; row < row1; ++row)
        for (std::int64_t col = col0; col < col1; ++col) {
            const std::size_t tile = std::size_t(grid.index(row, col));
            if (solution) {
                bound += solution->tiles[tile].upperBound;
                missing += solution->tiles[tile].upperBound - solution->tiles[tile].objective;
            } else {
                largest = std::max(largest, double(snapshot->tiles[tile].gap));
            }
        }
    figures.gap = !solution ? largest : bound > 0 ? missing / bound : 0;
}

} // namespace

RegionFigures regionFigures(const ViewSources &sources, const CellRegion &region, const std::optional<Matrix<float>> &plan,
                            const std::stop_token &stop)
{
    RegionFigures figures;
    figures.entries = region.count();
    const Matrix<float> &weights = *sources.tensor->weights, &score = *sources.tensor->score;
    const Mask *mask = maskOf(sources);
    figures.fromMask = mask != nullptr;
    Sums all;
    std::mutex mutex;
    const std::int64_t grain = std::max<std::int64_t>(1, (1 << 18) / region.cols());
    parallelBlocks(region.rows(), grain, 0, stop, [&](std::int64_t begin, std::int64_t end) {
        Sums sums;
        for (std::int64_t row = region.row0 + begin; row < region.row0 + end; ++row)
            for (std::int64_t col = region.col0; col < region.col1; ++col) {
                const float w = weights(row, col), a = score(row, col);
                const double share = mask != nullptr ? double(mask->at(row, col))
                    : plan                           ? double((*plan)(row - region.row0, col - region.col0))
                                                     : 0;
                sums.kept += share;
                if (!std::isfinite(w) || !std::isfinite(a)) {
                    ++sums.notFinite;
                    continue;
                }
                sums.weights += double(w);
                sums.scores += double(a);
                sums.keptScores += share * double(a);
            }
        const std::lock_guard lock(mutex);
        all.add(sums);
    });
    figures.notFinite = all.notFinite;
    figures.weightSum = all.weights;
    figures.scoreSum = all.scores;
    if (mask != nullptr || plan) {
        figures.kept = all.kept;
        if (all.scores > 0)
            figures.keptShare = all.keptScores / all.scores;
    }
    addGap(figures, sources, region);
    return figures;
}

std::vector<std::pair<std::string, std::string>> figureLines(const RegionFigures &figures)
{
    std::vector<std::pair<std::string, std::string>> lines;
    const double finite = double(std::max<std::int64_t>(1, figures.entries - figures.notFinite));
    lines.emplace_back("entries", formatCount(figures.entries));
    if (figures.notFinite > 0)
        lines.emplace_back("NaN or Inf, in no sum", formatCount(figures.notFinite));
    lines.emplace_back("sum of W", formatNumber(figures.weightSum, 5));
    lines.emplace_back("mean of W", formatNumber(figures.weightSum / finite, 4));
    lines.emplace_back("sum of A", formatNumber(figures.scoreSum, 5));
    lines.emplace_back("mean of A", formatNumber(figures.scoreSum / finite, 4));
    if (figures.kept)
        lines.emplace_back(figures.fromMask ? "kept entries" : "Σ S of the plan",
                           formatNumber(*figures.kept, 7) + " (" + formatPercent(*figures.kept / double(figures.entries)) +
                               ")");
    if (figures.keptShare)
        lines.emplace_back("kept of A", formatPercent(*figures.keptShare, 2));
    if (figures.gap)
        lines.emplace_back(figures.fromMask ? "mask gap of its tiles" : "largest plan gap",
                           formatPercent(*figures.gap) + " (" + formatCount(figures.tiles) +
                               (figures.tiles == 1 ? " tile)" : " tiles)"));
    return lines;
}

QString regionText(const ViewSources &sources, const CellRegion &region)
{
    const LoadedTensor &tensor = *sources.tensor;
    std::optional<Matrix<float>> plan;
    const Mask *mask = maskOf(sources);
    const bool needsPlan = sources.view == MatrixView::Plan || (sources.view == MatrixView::Error && mask == nullptr);
    if (needsPlan) {
        plan = sources.planOf(region.row0, region.col0, region.rows(), region.cols());
        if (!plan)
            return {};
    }
    if (sources.view == MatrixView::Mask && mask == nullptr)
        return {};
    if (sources.showsErrorMap() && !(sources.pruned && sources.pruned->error))
        return {};
    const auto valueAt = [&](std::int64_t row, std::int64_t col) -> float {
        switch (sources.view) {
        case MatrixView::Weights:
            return sources.pruned ? sources.pruned->layer.weights(row, col) : (*tensor.weights)(row, col);
        case MatrixView::Score:
            return (*tensor.score)(row, col);
        case MatrixView::Plan:
            return (*plan)(row - region.row0, col - region.col0);
        case MatrixView::Mask:
            return mask->at(row, col) ? 1.F : 0.F;
        case MatrixView::Error:
            break;
        }
        if (sources.showsErrorMap())
            return sources.pruned->error->entries(row, col);
        const float kept = mask != nullptr ? (mask->at(row, col) ? 1.F : 0.F)
                                           : std::min(1.F, (*plan)(row - region.row0, col - region.col0));
        return (*tensor.score)(row, col) * (1 - kept);
    };
    std::string text;
    text.reserve(std::size_t(region.count()) * 10);
    std::array<char, 32> digits{};
    for (std::int64_t row = region.row0; row < region.row1; ++row)
        for (std::int64_t col = region.col0; col < region.col1; ++col) {
            const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                           valueAt(row, col)); // the shortest form that reads back as the same float
            text.append(digits.data(), end.ptr);
            text += col + 1 < region.col1 ? '\t' : '\n';
        }
    return QString::fromLatin1(text.data(), qsizetype(text.size()));
}

} // namespace nms
