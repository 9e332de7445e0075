// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/scene_builder.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

/// A pointer to a matrix that is a member of a larger object and keeps that object alive.
template <class Owner>
std::shared_ptr<const Matrix<float>> sharing(const std::shared_ptr<const Owner> &owner, const Matrix<float> &matrix)
{
    return {owner, &matrix};
}

std::shared_ptr<const Matrix<float>> shared(Matrix<float> &&matrix)
{
    return std::make_shared<const Matrix<float>>(std::move(matrix));
}

// Zoom range, in pixels per cell, over which the display fades from the means of tiles to single weights or scores. Below
// it, several cells share a pixel, and their colours would blend to grey.
constexpr float valuesFadeStart = 0.5F;
constexpr float valuesFadeEnd = 1;

/// The weight of largest magnitude in each block, which a pruner would keep first. Means of signed weights would cancel.
Matrix<float> extremes(const OverviewLevel &level)
{
    auto result = Matrix<float>::forOverwrite(level.minimum.rows(), level.minimum.cols());
    parallelBlocks(result.size(), 1 << 16, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const float low = level.minimum.data()[i], high = level.maximum.data()[i];
            result.data()[i] = -low > high ? low : high;
        }
    });
    return result;
}

Matrix<float> magnitudes(const OverviewLevel &level)
{
    Matrix<float> result = extremes(level);
    parallelBlocks(result.size(), 1 << 16, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            result.data()[i] = std::abs(result.data()[i]);
    });
    return result;
}

/// Only those sources that the entries of the view depend on, so that a new iteration does not upload the weights again.
ViewSources sourcesOfField(ViewSources sources)
{
    const bool fromMask = sources.showsSolution();
    const MatrixView view = sources.view;
    const bool plan = view == MatrixView::Plan || (view == MatrixView::Error && !fromMask);
    const bool mask = view == MatrixView::Mask || (view == MatrixView::Error && fromMask);
    if (!plan)
        sources.snapshot.reset();
    if (!mask)
        sources.solution.reset();
    if (view == MatrixView::Score)
        sources.pruned.reset();
    if (!plan && !mask) {
        sources.grid = {};
        sources.pattern = {};
    }
    sources.tiles = {};
    sources.scrubbing = false;
    return sources;
}

} // namespace

void SceneBuilder::update(const ViewSources &sources, const Camera &camera)
{
    const bool sameTensor = sources.tensor == m_sources.tensor;
    const bool same = sources == m_sources;
    if (!sameTensor) {
        m_scoreLevels.clear();
        m_weightLevels.clear();
        m_chosenScales.clear();
        m_chosenTileScales.clear();
        m_chosenMeanScales.clear();
    }
    m_sources = sources;
    updateSpecials();
    if (!same) {
        const ViewSources fieldSources = sourcesOfField(sources);
        m_fieldStale = m_fieldStale || fieldSources != m_fieldSources;
        m_fieldSources = fieldSources;
        updateTileMap();
    }
    updateField(camera);
}

/// Counts NaN and Inf, but only in tensors in which reading has found some.
void SceneBuilder::updateSpecials()
{
    const LoadedTensor *tensor = m_sources.tensor.get();
    if (m_specialsOf == (tensor ? tensor->weights : nullptr))
        return;
    m_specialsOf = tensor ? tensor->weights : nullptr;
    m_weightSpecials = m_scoreSpecials = {};
    if (!tensor || tensor->weightSummary.nans + tensor->weightSummary.infinities == 0)
        return;
    m_weightSpecials = countSpecials(*tensor->weights);
    m_scoreSpecials = countSpecials(*tensor->score);
}

SceneBuilder::SpecialCounts SceneBuilder::countSpecials(const Matrix<float> &values)
{
    SpecialCounts counts;
    for (std::int64_t i = 0; i < values.size(); ++i) {
        const float value = values.data()[i];
        if (std::isnan(value))
            ++counts.nans;
        else if (std::isinf(value))
            ++(value > 0 ? counts.positiveInfinities : counts.negativeInfinities);
    }
    return counts;
}

void SceneBuilder::updateField(const Camera &camera)
{
    const ViewSources &s = m_sources;
    if (!s.tensor) {
        m_field = {};
        m_part = {};
        return;
    }
    std::vector<std::int64_t> levels{1};
    const bool isPruned = s.prunes && s.view != MatrixView::Score;
    if (isOfValues() && !(isPruned && s.pruned))
        for (const OverviewLevel &level : s.tensor->weightOverview)
            levels.push_back(level.cellsPerTexel);
    const bool hidden = !isOfValues() && m_tileMap.values && camera.pixelsPerCell < double(HeatmapScene().fadeStart);
    const FieldPart part = chooseFieldPart(s.rows(), s.cols(), camera, levels, hidden, m_fieldStale ? FieldPart{} : m_part);
    if (!m_fieldStale && part == m_part)
        return;
    m_fieldStale = false;
    m_part = part;
    m_field = {nullptr, part.row0 * part.cellsPerTexel, part.col0 * part.cellsPerTexel, part.cellsPerTexel, ++m_version};
    if (isPruned && (s.pruned || s.view != MatrixView::Weights)) {
        updatePruned(part);
        return;
    }
    if (s.difference) {
        m_field.values = shared(differencePart(part));
        return;
    }
    switch (s.view) {
    case MatrixView::Weights:
    case MatrixView::Score: {
        const auto level = levelOf(part.cellsPerTexel);
        const bool whole = part.row1 - part.row0 == level->rows() && part.col1 - part.col0 == level->cols();
        m_field.values = whole ? level : shared(cropped(level->span(), part));
        break;
    }
    case MatrixView::Plan:
        if (s.snapshot && !s.snapshot->plan.empty()) {
            if (s.snapshot->plan.onDevice())
                m_field.onDevice = s.snapshot->plan.onDevice();
            else
                m_field.values = sharing(s.snapshot, s.snapshot->plan.onHost());
            m_field.row0 = s.snapshot->region.tileRow0 * s.grid.m;
            m_field.col0 = s.snapshot->region.tileCol0 * s.grid.m;
        }
        break;
    case MatrixView::Mask:
        if (s.solution)
            m_field.values = shared(maskPart(part));
        break;
    case MatrixView::Error:
        if (s.showsSolution()) {
            m_field.values = shared(errorPart(part));
        } else if (s.snapshot && !s.snapshot->plan.empty()) {
            const TileRegion &region = s.snapshot->region;
            const std::int64_t row0 = region.tileRow0 * s.grid.m;
            const std::int64_t col0 = region.tileCol0 * s.grid.m;
            m_field.row0 = row0;
            m_field.col0 = col0;
            m_field.values =
                shared(errorPart({1, row0, col0, row0 + s.snapshot->plan.rows(), col0 + s.snapshot->plan.cols()}));
        }
        break;
    }
}

std::shared_ptr<const Matrix<float>> SceneBuilder::levelOf(std::int64_t cellsPerTexel)
{
    const LoadedTensor &tensor = *m_sources.tensor;
    const bool weights = m_sources.view == MatrixView::Weights;
    if (cellsPerTexel == 1)
        return weights ? tensor.weights : tensor.score;
    const bool ofScore = !weights && tensor.scoreSummary;
    const std::vector<OverviewLevel> &levels = ofScore ? tensor.scoreOverview : tensor.weightOverview;
    const auto level =
        std::find_if(levels.begin(), levels.end(), [&](const OverviewLevel &l) { return l.cellsPerTexel == cellsPerTexel; });
    auto &values = (weights ? m_weightLevels : m_scoreLevels)[cellsPerTexel];
    if (!values)
        values = shared(weights ? extremes(*level) : magnitudes(*level));
    return values;
}

Matrix<float> SceneBuilder::maskPart(const FieldPart &part) const
{
    const Mask &mask = m_sources.pruned ? m_sources.pruned->layer.mask : m_sources.solution->mask;
    auto result = Matrix<float>::forOverwrite(part.row1 - part.row0, part.col1 - part.col0);
    parallelBlocks(result.rows(), 64, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row)
            for (std::int64_t col = 0; col < result.cols(); ++col)
                result(row, col) = mask.at(part.row0 + row, part.col0 + col) ? 1.F : 0.F;
    });
    return result;
}

Matrix<float> SceneBuilder::errorPart(const FieldPart &part) const
{
    const Matrix<float> &score = *m_sources.tensor->score;
    const bool fromMask = m_sources.showsSolution();
    const Matrix<float> *plan = fromMask ? nullptr : &m_sources.snapshot->plan.onHost();
    auto result = Matrix<float>::forOverwrite(part.row1 - part.row0, part.col1 - part.col0);
    parallelBlocks(result.rows(), 64, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row)
            for (std::int64_t col = 0; col < result.cols(); ++col) {
                const float kept = fromMask ? (m_sources.solution->mask.at(part.row0 + row, part.col0 + col) ? 1.F : 0.F)
                                            : std::min(1.F, (*plan)(row, col));
                result(row, col) = score(part.row0 + row, part.col0 + col) * (1 - kept);
            }
    });
    return result;
}

void SceneBuilder::updateTileMap()
{
    const ViewSources &s = m_sources;
    m_figures = s.tiles.available();
    m_tileMap = {};
    if (!s.tensor)
        return;
    if (s.difference) {
        m_flatTiles.clear();
        updateGains();
        return;
    }
    if (isOfValues() || m_figures.empty())
        updateMeans();
    if (m_figures.empty())
        return;
    findFlatTiles();
    Matrix<float> map = tileFigureMap(s.tiles, figure());
    m_steadyScale = steadyScale(figure(), map);
    const std::int64_t side = std::max(map.rows(), map.cols());
    const std::int64_t factor = (side + largestFieldSide - 1) / largestFieldSide;
    m_tileMap = {shared(factor > 1 ? minified(map.span(), factor) : std::move(map)), 0, 0, s.grid.m * factor, ++m_version};
}

/// The tile map of weights and scores; the minimap shows it, too, until there are figures of tiles.
void SceneBuilder::updateMeans()
{
    const ViewSources &s = m_sources;
    const bool isPruned = s.view == MatrixView::Weights && s.pruned;
    // Scores |W| have the means of the weights: nothing is summed again when the view changes between the two.
    const bool hasOwnScores = s.tensor->scoreSummary.has_value();
    const std::shared_ptr<const Matrix<float>> values = isPruned ? sharing(s.pruned, s.pruned->layer.weights)
        : s.view == MatrixView::Weights && hasOwnScores          ? s.tensor->weights
                                                                 : s.tensor->score;
    if (s.grid.m <= 0 || (m_meansOf == values && m_meansGrid == s.grid))
        return;
    m_meansOf = values;
    m_meansGrid = s.grid;
    const std::vector<OverviewLevel> &levels =
        hasOwnScores && values == s.tensor->score ? s.tensor->scoreOverview : s.tensor->weightOverview;
    const bool fromOverview =
        !isPruned && !s.tensor->notFinite && !levels.empty() && s.grid.m % levels[0].cellsPerTexel == 0;
    Matrix<float> means = fromOverview ? meanMagnitudes(levels[0], s.grid) : meanMagnitudes(*values, s.grid);
    m_meanScale = spreadScale(means);
    const std::int64_t side = std::max(means.rows(), means.cols());
    const std::int64_t factor = (side + largestFieldSide - 1) / largestFieldSide;
    m_meanMap = {shared(factor > 1 ? minified(means.span(), factor) : std::move(means)), 0, 0, s.grid.m * factor,
                 ++m_version};
}

void SceneBuilder::findFlatTiles()
{
    m_flatTiles.clear();
    for (const TileFigure figure : m_figures) {
        const float first = m_sources.tiles.of(0, figure);
        std::int64_t tile = 1;
        while (tile < m_sources.tiles.grid().count() && m_sources.tiles.of(tile, figure) == first)
            ++tile;
        if (tile > 1 && tile == m_sources.tiles.grid().count())
            m_flatTiles[figure] = first;
    }
}

TileFigure SceneBuilder::figure() const
{
    TileFigure wanted = TileFigure::Undecided;
    if (m_sources.view == MatrixView::Mask)
        wanted = TileFigure::MaskGap;
    if (m_sources.view == MatrixView::Error)
        wanted = m_sources.showsSolution() ? TileFigure::MaskLost : TileFigure::PlanLost;
    const auto isAvailable = [this](TileFigure figure) {
        return std::find(m_figures.begin(), m_figures.end(), figure) != m_figures.end();
    };
    if (const auto chosen = m_chosenFigures.find(m_sources.view);
        chosen != m_chosenFigures.end() && isAvailable(chosen->second))
        return chosen->second;
    // A figure with the same value in all tiles is shown only if the user has chosen it.
    if (isAvailable(wanted) && !m_flatTiles.contains(wanted))
        return wanted;
    for (const TileFigure figure : m_figures)
        if (!m_flatTiles.contains(figure))
            return figure;
    return isAvailable(wanted) || m_figures.empty() ? wanted : m_figures.front();
}

void SceneBuilder::setFigure(TileFigure figure)
{
    m_chosenFigures[m_sources.view] = figure;
    updateTileMap();
}

bool SceneBuilder::showsTiles(const Camera &camera) const
{
    const HeatmapScene defaults;
    if (isOfValues())
        return m_meanMap.values && camera.pixelsPerCell < double(valuesFadeStart + valuesFadeEnd) / 2;
    return m_tileMap.values && camera.pixelsPerCell < double(defaults.fadeStart + defaults.fadeEnd) / 2;
}

HeatmapScene SceneBuilder::scene(const Camera &camera) const
{
    HeatmapScene scene;
    scene.camera = camera;
    scene.rows = m_sources.rows();
    scene.cols = m_sources.cols();
    scene.field = m_field;
    scene.colors = colors();
    scene.scale = scale();
    // Without entries, no tile map is shown either: it could be mistaken for entries of this view.
    if (m_field.isThere() && isOfValues()) {
        scene.tileMap = m_meanMap;
        scene.tileScale = meanScale();
        scene.fadeStart = valuesFadeStart;
        scene.fadeEnd = valuesFadeEnd;
    } else if (m_field.isThere()) {
        scene.tileMap = m_tileMap;
        scene.tileColors = tileColors();
        scene.tileScale = tileScale();
    }
    // A heat map of one colour is useless; legend and a message in the middle state the value instead.
    if (showsTiles(camera) && !isOfValues() && m_flatTiles.contains(figure()))
        scene.field = scene.tileMap = {};
    scene.tileSize = m_sources.tensor ? m_sources.grid.m : 0;
    return scene;
}

std::optional<Matrix<float>> SceneBuilder::valuesOf(std::int64_t row, std::int64_t col, std::int64_t rows,
                                                    std::int64_t cols) const
{
    if (!m_field.isThere() || m_field.cellsPerTexel != 1)
        return std::nullopt;
    const std::int64_t r = row - m_field.row0;
    const std::int64_t c = col - m_field.col0;
    if (r < 0 || c < 0 || r + rows > m_field.texelRows() || c + cols > m_field.texelCols())
        return std::nullopt;
    return m_field.block(r, c, rows, cols);
}

} // namespace nms
