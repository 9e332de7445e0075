// SPDX-License-Identifier: Apache-2.0
// SceneBuilder: where two masks differ, entry by entry and tile by tile.
#include "ui/viewport/scene_builder.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <cmath>

namespace nms {

/// The score of every entry that only A keeps; minus the score where only B keeps it; otherwise 0.
Matrix<float> SceneBuilder::differencePart(const FieldPart &part) const
{
    const Matrix<float> &score = *m_sources.tensor->score;
    const Mask &a = m_sources.solution->mask, &b = m_sources.other->mask;
    auto result = Matrix<float>::forOverwrite(part.row1 - part.row0, part.col1 - part.col0);
    parallelBlocks(result.rows(), 64, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row)
            for (std::int64_t col = 0; col < result.cols(); ++col) {
                const std::int64_t i = part.row0 + row, j = part.col0 + col;
                const bool inA = a.at(i, j), inB = b.at(i, j);
                result(row, col) = inA == inB ? 0.F : inA ? score(i, j) : -score(i, j);
            }
    });
    return result;
}

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
