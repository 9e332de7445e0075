// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/scene_builder.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <utility>

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

void SceneBuilder::update(const ViewSources &sources, const Camera &camera, FieldPreparer *preparer)
{
    const bool sameTensor = sources.tensor == m_sources.tensor;
    const bool same = sources == m_sources;
    if (!sameTensor) {
        m_levels = sources.tensor ? std::make_shared<DetailLevels>(sources.tensor) : nullptr;
        m_histogramSource = {};
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
    updateField(camera, preparer);
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

FieldPart SceneBuilder::wantedPart(const Camera &camera) const
{
    const ViewSources &s = m_sources;
    // The means of tiles are drawn instead, and there is nothing to copy.
    if (hasLevels() && m_meanMap.values && camera.pixelsPerCell < double(valuesFadeStart) && !isSmall(s.rows(), s.cols()))
        return coarsePart();
    std::vector<std::int64_t> levels{1};
    if (hasLevels())
        for (const OverviewLevel &level : s.tensor->weightOverview)
            levels.push_back(level.cellsPerTexel);
    const bool hidden = !isOfValues() && m_tileMap.values && camera.pixelsPerCell < double(HeatmapScene().fadeStart);
    return chooseFieldPart(s.rows(), s.cols(), camera, levels, hidden, m_fieldStale ? FieldPart{} : m_wanted);
}

/// All of the finest level that is copied and drawn at once without being noticed.
FieldPart SceneBuilder::coarsePart() const
{
    constexpr std::int64_t most = 1 << 20;
    FieldPart part;
    for (const OverviewLevel &level : m_sources.tensor->weightOverview) {
        part = {level.cellsPerTexel, 0, 0, level.minimum.rows(), level.minimum.cols()};
        if (level.minimum.size() <= most)
            break;
    }
    return part;
}

bool SceneBuilder::takesLong(const FieldPart &part) const
{
    constexpr std::int64_t atOnce = 1 << 18; // entries that are copied in much less than a frame
    if (!hasEntryValues(m_fieldSources))
        return false;
    if (!hasLevels())
        return part.size() > atOnce;
    const FieldPart whole = wholePart(m_sources.rows(), m_sources.cols(), part.cellsPerTexel);
    const bool isMade = m_levels->isMade(m_sources.view == MatrixView::Weights, part.cellsPerTexel);
    return isMade ? part != whole && part.size() > atOnce : whole.size() > 4 * atOnce;
}

void SceneBuilder::updateField(const Camera &camera, FieldPreparer *preparer)
{
    if (!m_sources.tensor) {
        m_field = {};
        m_part = m_wanted = {};
        return;
    }
    const FieldPart part = wantedPart(camera);
    const bool isNew = m_fieldStale || part != m_wanted;
    if (!isNew && isComplete())
        return;
    if (!isNew && preparer) {
        if (auto values = preparer->take(m_request))
            show(part, std::move(*values));
        else
            showMeanwhile(camera);
        return;
    }
    const bool fromOtherSources = std::exchange(m_fieldStale, false);
    m_wanted = part;
    m_request = 0;
    if (fromOtherSources && m_sources.showsErrorMap() && m_sources.pruned && m_sources.pruned->error)
        updateErrorScale();
    if (!hasEntryValues(m_fieldSources)) {
        if (fromOtherSources)
            showPlan();
        m_part = part; // of which the captured plan does not depend
        return;
    }
    // Entries of other sources must not be shown meanwhile; where there is nothing coarser, the frame waits.
    if (preparer && takesLong(part) && (hasLevels() || !fromOtherSources)) {
        if (fromOtherSources)
            m_part = {};
        m_request = preparer->start(
            [sources = m_fieldSources, part, levels = m_levels] { return entryValues(sources, part, *levels); });
        showMeanwhile(camera);
        return;
    }
    show(part, entryValues(m_fieldSources, part, *m_levels));
}

void SceneBuilder::show(const FieldPart &part, std::shared_ptr<const Matrix<float>> values)
{
    m_part = part;
    m_field = {std::move(values), part.row0 * part.cellsPerTexel, part.col0 * part.cellsPerTexel, part.cellsPerTexel,
               ++m_version};
}

/// Keeps what is shown while it covers what is visible, and where there are no coarser levels.
void SceneBuilder::showMeanwhile(const Camera &camera)
{
    if (!hasLevels() || covers(m_part, m_sources.rows(), m_sources.cols(), camera))
        return;
    const FieldPart coarse = coarsePart();
    if (m_part == coarse)
        return;
    show(coarse, entryValues(m_fieldSources, coarse, *m_levels));
}

/// The plan, or what it loses; nothing where there is none.
void SceneBuilder::showPlan()
{
    const ViewSources &s = m_sources;
    show(m_wanted, nullptr);
    if (!s.snapshot || s.snapshot->plan.empty() || s.view == MatrixView::Mask)
        return;
    if (s.view == MatrixView::Error)
        m_field.values = shared(planErrors(s));
    else if (s.snapshot->plan.onDevice())
        m_field.onDevice = s.snapshot->plan.onDevice();
    else
        m_field.values = sharing(s.snapshot, s.snapshot->plan.onHost());
    m_field.row0 = s.snapshot->region.tileRow0 * s.grid.m;
    m_field.col0 = s.snapshot->region.tileCol0 * s.grid.m;
    m_field.cellsPerTexel = 1;
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
    const OverviewLevel *level = nullptr; // the coarsest one of which tiles are whole texels
    if (!isPruned && !s.tensor->notFinite)
        for (const OverviewLevel &candidate : levels)
            level = s.grid.m % candidate.cellsPerTexel == 0 ? &candidate : level;
    Matrix<float> means = level ? meanMagnitudes(*level, s.grid) : meanMagnitudes(*values, s.grid);
    m_meanScale = spreadScale(means);
    const std::int64_t side = std::max(means.rows(), means.cols());
    const std::int64_t factor = (side + largestFieldSide - 1) / largestFieldSide;
    m_meanMap = {shared(factor > 1 ? minified(means.span(), factor) : std::move(means)), 0, 0, s.grid.m * factor,
                 ++m_version};
}

void SceneBuilder::findFlatTiles()
{
    m_flatTiles.clear();
    for (const TileFigure figure : m_figures)
        if (const std::optional<float> value = m_sources.tiles.common(figure))
            m_flatTiles[figure] = *value;
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
