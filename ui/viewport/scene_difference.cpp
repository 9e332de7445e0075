// SPDX-License-Identifier: Apache-2.0
// SceneBuilder: where two masks differ, entry by entry and tile by tile.
#include "ui/viewport/scene_builder.h"

#include <algorithm>
#include <cmath>

namespace nms {

/// How much more A keeps than B in each tile.
void SceneBuilder::updateGains()
{
    const jobs::MaskDifference &difference = *m_sources.difference;
    const TileGrid &grid = difference.grid;
    Matrix<float> gains(grid.tileRows(), grid.tileCols());
    float largest = 0;
    for (std::int64_t tile = 0; tile < grid.count(); ++tile) {
        gains.data()[tile] = float(difference.tiles[std::size_t(tile)].gain());
        largest = std::max(largest, std::abs(gains.data()[tile]));
    }
    const float end = largest > 0 ? largest : 1;
    m_steadyScale = {-end, end, false};
    const std::int64_t side = std::max(gains.rows(), gains.cols());
    const std::int64_t factor = (side + largestFieldSide - 1) / largestFieldSide;
    m_tileMap = {std::make_shared<const Matrix<float>>(factor > 1 ? minified(gains.span(), factor) : std::move(gains)), 0, 0,
                 grid.m * factor, ++m_version};
}

overlay::LegendView SceneBuilder::differenceLegend(const Camera &camera) const
{
    overlay::LegendView view;
    const bool isOfTiles = showsTiles(camera);
    view.title = isOfTiles ? "A − B by tile, Σ " : "kept by A − by B, ";
    view.title += m_sources.tensor->scoreTitle.toStdString();
    view.colors = ColorMapId::Diverging;
    view.scale = isOfTiles ? tileScale() : scale();
    view.axisLow = view.scale.low;
    view.axisHigh = view.scale.high;
    view.symmetric = true;
    view.adjustable = false;
    return view;
}

void SceneBuilder::shareTileScale(const std::optional<ValueScale> &other)
{
    m_otherTileScale = other;
}

} // namespace nms
