// SPDX-License-Identifier: Apache-2.0
// SceneBuilder: colours and ranges of each view, and the contents of legend and minimap.
#include "ui/viewport/scene_builder.h"

#include "core/base/number_text.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace nms {

namespace {

/// Heights of 48 bars along the legend's axis: square roots of counts, so that rare values stay visible.
std::vector<float> histogramOf(std::span<const float> values, const overlay::LegendView &axis)
{
    constexpr int bins = 48;
    std::vector<float> counts(bins);
    for (const float value : values) {
        const bool onAxis = value >= axis.axisLow && value <= axis.axisHigh && !(axis.scale.logarithmic && value <= 0);
        if (onAxis)
            ++counts[std::size_t(std::min(float(bins - 1), overlay::axisPosition(axis, value) * float(bins)))];
    }
    const float most = *std::max_element(counts.begin(), counts.end());
    for (float &count : counts)
        count = most > 0 ? std::sqrt(count / most) : 0;
    return counts;
}

} // namespace

WeightQuantile SceneBuilder::weightQuantile() const
{
    return [&summary = m_sources.tensor->weightSummary](double share) {
        return summary.quantile(share);
    };
}

WeightQuantile SceneBuilder::shownQuantile() const
{
    const LoadedTensor &tensor = *m_sources.tensor;
    const bool isOfScores =
        m_sources.view == MatrixView::Score || m_sources.view == MatrixView::Error || m_sources.difference;
    if (!tensor.scoreSummary || !isOfScores)
        return weightQuantile();
    return [&summary = *tensor.scoreSummary](double share) {
        return summary.quantile(share);
    };
}

/// End of the axis, without the far tail: otherwise a few outliers would squeeze everything else into one bar.
float SceneBuilder::axisEnd(const WeightQuantile &quantile)
{
    return std::min(magnitudeQuantile(quantile, 1), 2 * magnitudeQuantile(quantile, robustShare));
}

ValueScale SceneBuilder::scale() const
{
    const auto chosen = m_chosenScales.find(scaleKey());
    if (chosen != m_chosenScales.end() && !m_sources.difference)
        return chosen->second;
    if (m_sources.showsErrorMap())
        return {-m_errorEnd, m_errorEnd, false};
    if (m_sources.difference) {
        const float end = magnitudeQuantile(shownQuantile(), robustShare);
        return {-end, end, false};
    }
    return m_sources.tensor ? scaleOf(m_sources.view, shownQuantile(), m_sources.pattern.keptFraction()) : ValueScale();
}

/// Explains where the colour range of single entries ends.
std::string SceneBuilder::rangeNote() const
{
    if (m_chosenScales.contains(scaleKey()))
        return "set by hand";
    if (m_sources.showsErrorMap() || m_sources.view == MatrixView::Plan || !m_sources.tensor)
        return {};
    const std::string of = " of " + m_sources.tensor->scoreTitle.toStdString();
    switch (m_sources.view) {
    case MatrixView::Weights:
        return formatPercent(robustShare, 1) + " of |W|";
    case MatrixView::Score:
        return formatPercent(robustShare, 1) + of;
    case MatrixView::Error:
        return withoutTrailingZeros(formatPercent(1 - 0.2 * m_sources.pattern.keptFraction(), 1)) + of;
    case MatrixView::Plan:
    case MatrixView::Mask:
        break;
    }
    return {};
}

/// Legend entries for values outside the colour map (NaN, ±Inf), if there are any.
std::vector<std::pair<std::string, Rgba8>> SceneBuilder::specials() const
{
    std::vector<std::pair<std::string, Rgba8>> keys;
    if (!m_sources.tensor || (m_sources.view != MatrixView::Weights && m_sources.view != MatrixView::Score))
        return keys;
    const SpecialCounts counts = m_sources.view == MatrixView::Weights ? m_weightSpecials : m_scoreSpecials;
    const auto add = [&keys](const char *name, std::int64_t count, Rgba8 color) {
        if (count > 0)
            keys.emplace_back(std::string(name) + "  " + formatCount(count), color);
    };
    add("NaN", counts.nans, nanColor);
    add("+Inf", counts.positiveInfinities, positiveInfinityColor);
    add("−Inf", counts.negativeInfinities, negativeInfinityColor);
    return keys;
}

std::optional<float> SceneBuilder::flatTileValue(TileFigure figure) const
{
    const auto found = m_flatTiles.find(figure);
    return found == m_flatTiles.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::pair<double, float>> SceneBuilder::percentiles(const Camera &camera) const
{
    std::vector<std::pair<double, float>> result;
    if (!m_sources.tensor || showsTiles(camera) || m_sources.view == MatrixView::Plan || m_sources.showsErrorMap())
        return result;
    const WeightQuantile quantile = shownQuantile();
    for (const double share : {0.9, 0.95, 0.99, 0.995, 0.999, 1.})
        result.emplace_back(share, magnitudeQuantile(quantile, share));
    return result;
}

ValueScale SceneBuilder::meanScale() const
{
    const auto chosen = m_chosenMeanScales.find(m_sources.view);
    return chosen != m_chosenMeanScales.end() ? chosen->second : m_meanScale;
}

ValueScale SceneBuilder::tileScale() const
{
    if (m_sources.difference)
        return m_steadyScale;
    if (const auto chosen = m_chosenTileScales.find(figure()); chosen != m_chosenTileScales.end())
        return chosen->second;
    ValueScale both = m_steadyScale;
    if (m_otherTileScale) {
        both.low = std::min(both.low, m_otherTileScale->low);
        both.high = std::max(both.high, m_otherTileScale->high);
    }
    return both;
}

overlay::LegendView SceneBuilder::legend(const Camera &camera) const
{
    if (m_sources.difference)
        return differenceLegend(camera);
    overlay::LegendView view;
    const Matrix<float> *values = nullptr; // instead of the field's, with a sample of them if there is one
    const std::vector<float> *sample = nullptr;
    const HeatmapField *field = &m_field;
    if (showsTiles(camera) && isOfValues()) {
        const bool isOfWeights = m_sources.view == MatrixView::Weights;
        view.title = "mean " + (isOfWeights ? std::string("|W|") : m_sources.tensor->scoreTitle.toStdString()) + " by tile";
        view.colors = ColorMapId::Viridis;
        view.scale = meanScale();
        view.axisLow = std::min(m_meanScale.low, view.scale.low);
        view.axisHigh = std::max(m_meanScale.high, view.scale.high);
        view.canBeLogarithmic = true;
        view.rangeNote = m_chosenMeanScales.contains(m_sources.view) ? "set by hand" : "99 % of all tiles";
        view.specials = specials();
        field = &m_meanMap;
    } else if (showsTiles(camera)) {
        view.title = std::string(nameOf(figure())) + " by tile";
        view.colors = ColorMapId::Viridis;
        view.scale = tileScale();
        view.axisLow = std::min(m_steadyScale.low, view.scale.low);
        view.axisHigh = std::max(m_steadyScale.high, view.scale.high);
        view.canBeLogarithmic = true;
        view.asPercent = true;
        view.figures = m_figures;
        view.figure = figure();
        if (const auto value = flatTileValue(figure()))
            view.flat = "all tiles: " + withoutTrailingZeros(formatPercent(*value));
        else if (m_chosenTileScales.contains(figure()))
            view.rangeNote = "set by hand";
        field = &m_tileMap;
    } else {
        view.colors = colors();
        view.scale = scale();
        view.canBeLogarithmic = true;
        switch (m_sources.view) {
        case MatrixView::Weights:
            view.title = m_sources.pruned ? "pruned weights" : "weights W";
            // Use the original values: zoomed out, the field holds the extremes of blocks.
            values = m_sources.pruned ? &m_sources.pruned->layer.weights : m_sources.tensor->weights.get();
            sample = m_sources.pruned ? nullptr : &m_sources.tensor->weightSample;
            view.axisHigh = axisEnd(shownQuantile());
            view.axisLow = -view.axisHigh;
            view.canBeLogarithmic = false;
            view.symmetric = true;
            break;
        case MatrixView::Score:
            view.title = "score " + m_sources.tensor->scoreTitle.toStdString();
            values = m_sources.tensor->score.get();
            sample = &m_sources.tensor->scoreSample;
            view.axisHigh = axisEnd(shownQuantile());
            break;
        case MatrixView::Plan:
            view.title = "plan S";
            break;
        case MatrixView::Mask:
            view.title = "mask";
            view.swatches = {{"kept", colorOf(1, {0, 1, false}, ColorMapId::MaskTones)},
                             {"pruned", colorOf(0, {0, 1, false}, ColorMapId::MaskTones)}};
            return view;
        case MatrixView::Error:
            view.title = "lost " + m_sources.tensor->scoreTitle.toStdString();
            view.axisHigh = axisEnd(shownQuantile());
            if (m_sources.showsErrorMap()) {
                view.title = "error, ppm of |XW|²";
                view.axisHigh = 2 * m_errorEnd;
                view.axisLow = -view.axisHigh;
                view.canBeLogarithmic = false;
                view.symmetric = true;
            }
            break;
        }
    }
    if (!showsTiles(camera)) {
        view.rangeNote = rangeNote();
        view.specials = specials();
    }
    const bool isThere = values || field->isThere();
    // The same values have the same histogram, whichever part of them is copied into the field.
    const HistogramSource source{sample, sample ? 0 : field->version, view.scale.logarithmic};
    if (isThere && m_histogramSource != source) {
        if (sample)
            m_histogram = histogramOf(*sample, view);
        else if (!values && field->onDevice) // a hundred rows are enough; odd stride, because tiles have even sides
            m_histogram = histogramOf(evenSample(field->onDevice->everyRow(field->texelRows() / 100 | 1)), view);
        else
            m_histogram = histogramOf(evenSample(values ? *values : *field->values), view);
        m_histogramSource = source;
    }
    if (isThere)
        view.histogram = m_histogram;
    return view;
}

const overlay::MinimapView &SceneBuilder::minimap() const
{
    const bool tiles = m_tileMap.values != nullptr;
    const auto &map = tiles ? m_tileMap.values : m_meanMap.values;
    const ValueScale range = tiles ? tileScale() : m_meanScale;
    if (m_minimapOf == map && m_minimapScale == range)
        return m_minimap;
    m_minimapOf = map;
    m_minimapScale = range;
    m_minimap = {};
    m_minimap.rows = m_sources.rows();
    m_minimap.cols = m_sources.cols();
    m_minimap.figures = m_figures;
    m_minimap.figure = figure();
    if (!map)
        return m_minimap;
    m_minimap.title = m_sources.difference ? "A − B" : tiles ? nameOf(figure()) : "mean |W|";
    const Matrix<float> small = minimapValues(*map);
    m_minimap.mapRows = int(small.rows());
    m_minimap.mapCols = int(small.cols());
    m_minimap.colors.reserve(std::size_t(small.size()));
    for (std::int64_t i = 0; i < small.size(); ++i)
        m_minimap.colors.push_back(colorOf(small.data()[i], range, tileColors()));
    return m_minimap;
}

void SceneBuilder::setScale(const Camera &camera, const ValueScale &scale)
{
    if (showsTiles(camera) && isOfValues())
        m_chosenMeanScales[m_sources.view] = scale;
    else if (showsTiles(camera))
        m_chosenTileScales[figure()] = scale;
    else
        m_chosenScales[scaleKey()] = scale;
}

void SceneBuilder::resetScale(const Camera &camera)
{
    if (showsTiles(camera) && isOfValues())
        m_chosenMeanScales.erase(m_sources.view);
    else if (showsTiles(camera))
        m_chosenTileScales.erase(figure());
    else
        m_chosenScales.erase(scaleKey());
}

} // namespace nms
