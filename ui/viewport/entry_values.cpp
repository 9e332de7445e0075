// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/entry_values.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nms {

namespace {

constexpr std::int64_t rowsAtOnce = 64;

std::shared_ptr<const Matrix<float>> shared(Matrix<float> &&matrix)
{
    return std::make_shared<const Matrix<float>>(std::move(matrix));
}

Matrix<float> extremes(const OverviewLevel &level, bool ofMagnitudes)
{
    auto result = Matrix<float>::forOverwrite(level.minimum.rows(), level.minimum.cols());
    parallelBlocks(result.size(), 1 << 16, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const float low = level.minimum.data()[i], high = level.maximum.data()[i];
            const float value = -low > high ? low : high;
            result.data()[i] = ofMagnitudes ? std::abs(value) : value;
        }
    });
    return result;
}

/// value(row, col) of each entry of the matrix in `part`.
template <class Value> Matrix<float> filled(const FieldPart &part, const Value &value)
{
    auto result = Matrix<float>::forOverwrite(part.row1 - part.row0, part.col1 - part.col0);
    parallelBlocks(result.rows(), rowsAtOnce, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row)
            for (std::int64_t col = 0; col < result.cols(); ++col)
                result(row, col) = value(part.row0 + row, part.col0 + col);
    });
    return result;
}

Matrix<float> maskValues(const Mask &mask, const FieldPart &part)
{
    return filled(part, [&](std::int64_t row, std::int64_t col) { return mask.at(row, col) ? 1.F : 0.F; });
}

Matrix<float> maskErrors(const Matrix<float> &score, const Mask &mask, const FieldPart &part)
{
    return filled(
        part, [&](std::int64_t row, std::int64_t col) { return score(row, col) * (1 - (mask.at(row, col) ? 1.F : 0.F)); });
}

/// The score of every entry that only A keeps; minus the score where only B keeps it; otherwise 0.
Matrix<float> differences(const Matrix<float> &score, const Mask &a, const Mask &b, const FieldPart &part)
{
    return filled(part, [&](std::int64_t row, std::int64_t col) {
        const bool inA = a.at(row, col), inB = b.at(row, col);
        return inA == inB ? 0.F : inA ? score(row, col) : -score(row, col);
    });
}

std::shared_ptr<const Matrix<float>> partOf(const std::shared_ptr<const Matrix<float>> &values, const FieldPart &part)
{
    const bool whole = part.row1 - part.row0 == values->rows() && part.col1 - part.col0 == values->cols();
    return whole ? values : shared(cropped(values->span(), part));
}

/// Weights, mask or error of the layer at the step shown of a pruning; none before the pruning has begun.
std::shared_ptr<const Matrix<float>> prunedValues(const ViewSources &sources, const FieldPart &part)
{
    const auto &pruned = sources.pruned;
    if (!pruned)
        return nullptr;
    switch (sources.view) {
    case MatrixView::Weights:
        return partOf({pruned, &pruned->layer.weights}, part);
    case MatrixView::Mask:
        return shared(maskValues(pruned->layer.mask, part));
    case MatrixView::Error: {
        if (!pruned->error)
            return nullptr;
        constexpr float millionths = 1e6F; // of the layer's output, because an entry's share is small
        Matrix<float> errors = cropped(pruned->error->entries.span(), part);
        std::for_each_n(errors.data(), errors.size(), [](float &entry) { entry *= millionths; });
        return shared(std::move(errors));
    }
    case MatrixView::Score:
    case MatrixView::Plan:
        break;
    }
    return nullptr;
}

} // namespace

std::shared_ptr<const Matrix<float>> DetailLevels::levelOf(Levels &made, const std::vector<OverviewLevel> &levels,
                                                           std::int64_t cellsPerTexel, bool ofMagnitudes)
{
    {
        const std::scoped_lock lock(m_mutex);
        if (const auto found = made.find(cellsPerTexel); found != made.end())
            return found->second;
    }
    const auto level = std::find_if(levels.begin(), levels.end(), [&](const OverviewLevel &candidate) {
        return candidate.cellsPerTexel == cellsPerTexel;
    });
    auto values = shared(extremes(*level, ofMagnitudes));
    const std::scoped_lock lock(m_mutex);
    return made.emplace(cellsPerTexel, std::move(values)).first->second;
}

std::shared_ptr<const Matrix<float>> DetailLevels::weights(std::int64_t cellsPerTexel)
{
    return cellsPerTexel == 1 ? m_tensor->weights : levelOf(m_weights, m_tensor->weightOverview, cellsPerTexel, false);
}

std::shared_ptr<const Matrix<float>> DetailLevels::scores(std::int64_t cellsPerTexel)
{
    const std::vector<OverviewLevel> &levels = m_tensor->scoreSummary ? m_tensor->scoreOverview : m_tensor->weightOverview;
    return cellsPerTexel == 1 ? m_tensor->score : levelOf(m_scores, levels, cellsPerTexel, true);
}

bool DetailLevels::isMade(bool ofWeights, std::int64_t cellsPerTexel)
{
    const std::scoped_lock lock(m_mutex);
    return cellsPerTexel == 1 || (ofWeights ? m_weights : m_scores).contains(cellsPerTexel);
}

bool hasEntryValues(const ViewSources &sources)
{
    if (sources.prunes && (sources.pruned || sources.view != MatrixView::Weights))
        return true;
    return sources.difference || sources.view == MatrixView::Weights || sources.view == MatrixView::Score ||
        (sources.view == MatrixView::Mask && sources.solution) ||
        (sources.view == MatrixView::Error && sources.showsSolution());
}

std::shared_ptr<const Matrix<float>> entryValues(const ViewSources &sources, const FieldPart &part, DetailLevels &levels)
{
    const bool isPruned = sources.prunes && sources.view != MatrixView::Score;
    if (isPruned && (sources.pruned || sources.view != MatrixView::Weights))
        return prunedValues(sources, part);
    const LoadedTensor &tensor = *sources.tensor;
    if (sources.difference)
        return shared(differences(*tensor.score, sources.solution->mask, sources.other->mask, part));
    switch (sources.view) {
    case MatrixView::Weights:
        return partOf(levels.weights(part.cellsPerTexel), part);
    case MatrixView::Score:
        return partOf(levels.scores(part.cellsPerTexel), part);
    case MatrixView::Mask:
        return shared(maskValues(sources.solution->mask, part));
    case MatrixView::Error:
        return shared(maskErrors(*tensor.score, sources.solution->mask, part));
    case MatrixView::Plan:
        break;
    }
    return nullptr;
}

Matrix<float> planErrors(const ViewSources &sources)
{
    const Matrix<float> &score = *sources.tensor->score, &plan = sources.snapshot->plan.onHost();
    const std::int64_t row0 = sources.snapshot->region.tileRow0 * sources.grid.m;
    const std::int64_t col0 = sources.snapshot->region.tileCol0 * sources.grid.m;
    return filled({1, row0, col0, row0 + plan.rows(), col0 + plan.cols()}, [&](std::int64_t row, std::int64_t col) {
        return score(row, col) * (1 - std::min(1.F, plan(row - row0, col - col0)));
    });
}

} // namespace nms
