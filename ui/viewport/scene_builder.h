// SPDX-License-Identifier: Apache-2.0
// What a heat map shows of the workspace: values, colours and ranges of each view.
#pragma once

#include "core/view/heatmap_scene.h"
#include "ui/overlay/legend.h"
#include "ui/overlay/minimap.h"
#include "ui/viewport/field_part.h"
#include "ui/viewport/tile_figures.h"
#include "ui/viewport/view_sources.h"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

/// Keeps what it made as long as its sources stay the same. GUI thread.
class SceneBuilder
{
public:
    /// Brings everything up to date; cheap when nothing has changed.
    void update(const ViewSources &sources, const Camera &camera);

    /// Field, tile map, colours and ranges; the caller sets camera, selection and hover.
    HeatmapScene scene(const Camera &camera) const;

    bool showsTiles(const Camera &camera) const; // far out: the tile map, not the entries
    overlay::LegendView legend(const Camera &camera) const;
    const overlay::MinimapView &minimap() const; // visible and selection are the caller's

    void setScale(const Camera &camera, const ValueScale &scale); // of what legend() tells about
    void resetScale(const Camera &camera);
    /// Ranges that end where so much of what is shown lies within: share and value.
    std::vector<std::pair<double, float>> percentiles(const Camera &camera) const;
    void setFigure(TileFigure figure); // of this view
    TileFigure figure() const;
    std::optional<float> flatTileValue(TileFigure figure) const; // which all tiles have; none where they differ

    /// Values of the shown field at matrix cells; none where any there is nothing, or not at full detail.
    std::optional<Matrix<float>> valuesOf(std::int64_t row, std::int64_t col, std::int64_t rows, std::int64_t cols) const;
    ColorMapId colors() const { return m_sources.showsErrorMap() ? ColorMapId::Diverging : colorsOf(m_sources.view); }
    ValueScale scale() const;

private:
    void updateField(const Camera &camera);
    void updateTileMap();
    std::shared_ptr<const Matrix<float>> levelOf(std::int64_t cellsPerTexel);
    Matrix<float> errorMapPart(const FieldPart &part) const;
    void updatePruned(const FieldPart &part);
    void updateErrorScale();
    Matrix<float> maskPart(const FieldPart &part) const;
    Matrix<float> errorPart(const FieldPart &part) const;
    /// Weights or scores; what the other views show is noise where single cells cannot be told apart.
    bool isOfValues() const { return m_sources.view == MatrixView::Weights || m_sources.view == MatrixView::Score; }
    ValueScale tileScale() const;
    ValueScale meanScale() const;
    void updateMeans();
    std::vector<std::pair<std::string, Rgba8>> specials() const;
    std::string rangeNote() const;
    std::pair<MatrixView, bool> scaleKey() const { return {m_sources.view, m_sources.prunes}; }
    WeightQuantile weightQuantile() const;
    WeightQuantile shownQuantile() const; // of the scores where the view is made of them
    static float axisEnd(const WeightQuantile &quantile);

    struct SpecialCounts {
        std::int64_t nans = 0, positiveInfinities = 0, negativeInfinities = 0;
    };
    static SpecialCounts countSpecials(const Matrix<float> &values);
    void updateSpecials();
    void findFlatTiles();

    ViewSources m_sources;
    ViewSources m_fieldSources; // those that m_field was made from
    HeatmapField m_field;
    FieldPart m_part;
    bool m_fieldStale = true;
    HeatmapField m_tileMap;
    ValueScale m_steadyScale;
    float m_errorEnd = 1; // of the error map's colours
    std::vector<TileFigure> m_figures;
    std::map<TileFigure, float> m_flatTiles; // figures of which all tiles have the same value
    SpecialCounts m_weightSpecials, m_scoreSpecials;
    std::shared_ptr<const Matrix<float>> m_specialsOf; // the weights counted
    std::uint64_t m_version = 0;

    std::map<std::int64_t, std::shared_ptr<const Matrix<float>>> m_scoreLevels; // of the tensor, by cells per texel
    std::map<std::int64_t, std::shared_ptr<const Matrix<float>>> m_weightLevels; // of the tensor, by cells per texel
    HeatmapField m_meanMap; // mean magnitudes of the tiles
    ValueScale m_meanScale;
    std::shared_ptr<const Matrix<float>> m_meansOf; // the values that they are of
    TileGrid m_meansGrid;
    std::map<MatrixView, ValueScale> m_chosenMeanScales;

    std::map<MatrixView, TileFigure> m_chosenFigures;
    std::map<std::pair<MatrixView, bool>, ValueScale>
        m_chosenScales; // by view and whether it prunes; dropped with the tensor
    std::map<TileFigure, ValueScale> m_chosenTileScales;
    mutable std::vector<float> m_histogram; // of the legend, for:
    mutable std::uint64_t m_histogramVersion = 0;
    mutable bool m_histogramLogarithmic = false;
    mutable overlay::MinimapView m_minimap; // for:
    mutable std::shared_ptr<const Matrix<float>> m_minimapOf;
    mutable ValueScale m_minimapScale;
};

} // namespace nms
