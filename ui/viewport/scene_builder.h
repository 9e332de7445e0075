// SPDX-License-Identifier: Apache-2.0
// Builds the heat map of the workspace: values, colours and ranges of each view.
#pragma once

#include "core/view/heatmap_scene.h"
#include "ui/overlay/legend.h"
#include "ui/overlay/minimap.h"
#include "ui/viewport/entry_values.h"
#include "ui/viewport/field_part.h"
#include "ui/viewport/field_preparer.h"
#include "ui/viewport/tile_figures.h"
#include "ui/viewport/view_sources.h"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

/// Caches its results until their sources change. GUI thread.
class SceneBuilder
{
public:
    /// Brings everything up to date; cheap when nothing has changed. With a preparer, the entries of a part of a large
    /// matrix are not copied here: until they have come, those of the part before are shown, or weights and scores from
    /// farther away.
    void update(const ViewSources &sources, const Camera &camera, FieldPreparer *preparer = nullptr);
    /// False while entries are being prepared.
    bool isComplete() const { return m_part == m_wanted; }

    /// Field, tile map, colours and ranges; the caller sets camera, selection and hover.
    HeatmapScene scene(const Camera &camera) const;

    /// True if zoomed out so far that the tile map is shown instead of the entries.
    bool showsTiles(const Camera &camera) const;
    /// Values of tiles are coloured by a range that also covers this one.
    void shareTileScale(const std::optional<ValueScale> &other);
    ValueScale steadyTileScale() const { return m_steadyScale; }
    overlay::LegendView legend(const Camera &camera) const;
    const overlay::MinimapView &minimap() const; // the caller fills in `visible` and `selection`

    void setScale(const Camera &camera, const ValueScale &scale); // of the values that legend() describes
    void resetScale(const Camera &camera);
    /// Suggested ends of the range: (share, value) such that this share of the values shown lies within.
    std::vector<std::pair<double, float>> percentiles(const Camera &camera) const;
    void setFigure(TileFigure figure); // for the current view
    TileFigure figure() const;
    std::optional<float> flatTileValue(TileFigure figure) const; // the value that all tiles share; empty if they differ

    /// Values of the shown field at matrix cells; empty if a cell has no value, or the field is not at full detail.
    std::optional<Matrix<float>> valuesOf(std::int64_t row, std::int64_t col, std::int64_t rows, std::int64_t cols) const;
    ColorMapId colors() const
    {
        return m_sources.showsErrorMap() || m_sources.difference ? ColorMapId::Diverging : colorsOf(m_sources.view);
    }
    ColorMapId tileColors() const { return m_sources.difference ? ColorMapId::Diverging : ColorMapId::Viridis; }
    ValueScale scale() const;

private:
    void updateField(const Camera &camera, FieldPreparer *preparer);
    FieldPart wantedPart(const Camera &camera) const;
    bool takesLong(const FieldPart &part) const;
    void show(const FieldPart &part, std::shared_ptr<const Matrix<float>> values);
    void showMeanwhile(const Camera &camera);
    void showPlan();
    FieldPart coarsePart() const;
    void updateTileMap();
    void updateErrorScale();
    void updateGains();
    overlay::LegendView differenceLegend(const Camera &camera) const;
    /// Weights or scores; zoomed out so far that cells cannot be distinguished, the entries of the other views are only
    /// noise.
    bool isOfValues() const { return m_sources.view == MatrixView::Weights || m_sources.view == MatrixView::Score; }
    /// They have coarser levels: those of the tensor, but not those of a layer that is being pruned.
    bool hasLevels() const { return isOfValues() && !(m_sources.prunes && m_fieldSources.pruned); }
    ValueScale tileScale() const;
    ValueScale meanScale() const;
    void updateMeans();
    std::vector<std::pair<std::string, Rgba8>> specials() const;
    std::string rangeNote() const;
    std::pair<MatrixView, bool> scaleKey() const { return {m_sources.view, m_sources.prunes}; }
    WeightQuantile weightQuantile() const;
    WeightQuantile shownQuantile() const; // of the scores, if the view shows them
    static float axisEnd(const WeightQuantile &quantile);

    struct SpecialCounts {
        std::int64_t nans = 0, positiveInfinities = 0, negativeInfinities = 0;
    };
    static SpecialCounts countSpecials(const Matrix<float> &values);
    void updateSpecials();
    void findFlatTiles();

    ViewSources m_sources;
    ViewSources m_fieldSources; // the sources of m_field
    HeatmapField m_field;
    FieldPart m_part; // of m_field
    FieldPart m_wanted; // that m_field is to show
    std::uint64_t m_request = 0; // to the preparer, for m_wanted; 0: none
    bool m_fieldStale = true;
    HeatmapField m_tileMap;
    ValueScale m_steadyScale;
    std::optional<ValueScale> m_otherTileScale;
    float m_errorEnd = 1; // end of the error map's colour range
    std::vector<TileFigure> m_figures;
    std::map<TileFigure, float> m_flatTiles; // figures of which all tiles have the same value
    SpecialCounts m_weightSpecials, m_scoreSpecials;
    std::shared_ptr<const Matrix<float>> m_specialsOf; // the weights that were counted
    std::uint64_t m_version = 0;

    std::shared_ptr<DetailLevels> m_levels; // of the tensor
    HeatmapField m_meanMap; // mean magnitudes of the tiles
    ValueScale m_meanScale;
    std::shared_ptr<const Matrix<float>> m_meansOf; // the values that m_meanMap was made from
    TileGrid m_meansGrid;
    std::map<MatrixView, ValueScale> m_chosenMeanScales;

    std::map<MatrixView, TileFigure> m_chosenFigures;
    std::map<std::pair<MatrixView, bool>, ValueScale>
        m_chosenScales; // by view and whether it prunes; dropped with the tensor
    std::map<TileFigure, ValueScale> m_chosenTileScales;
    mutable std::vector<float> m_histogram; // of the legend; for m_histogramSource
    struct HistogramSource {
        const std::vector<float> *sample = nullptr; // of the tensor, or the field of this version
        std::uint64_t version = 0;
        bool logarithmic = false;
        friend bool operator==(const HistogramSource &, const HistogramSource &) = default;
    };
    mutable HistogramSource m_histogramSource;
    mutable overlay::MinimapView m_minimap; // cached for the two below
    mutable std::shared_ptr<const Matrix<float>> m_minimapOf;
    mutable ValueScale m_minimapScale;
};

} // namespace nms
