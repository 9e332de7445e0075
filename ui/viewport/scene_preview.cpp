// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/scene_preview.h"

#include "core/base/number_text.h"
#include "ui/viewport/field_part.h"
#include "ui/viewport/tile_figures.h"

#include <algorithm>

namespace nms {

namespace {

constexpr ColorMapId colors = ColorMapId::Viridis; // as the means of tiles that follow

} // namespace

std::string sampledRows(const RowSample &sample)
{
    return formatCount(sample.rowsPerTexel) + " of " + formatCount(sample.cellsPerTexel) + " rows";
}

void ScenePreview::update(const std::shared_ptr<const TensorPreview> &preview)
{
    if (preview == m_preview)
        return;
    m_preview = preview;
    m_field = {};
    m_minimap = {};
    if (!preview)
        return;
    const Matrix<float> &means = preview->sample.magnitude;
    m_field = {{preview, &means}, 0, 0, preview->sample.cellsPerTexel, 1};
    m_scale = spreadScale(means);
    m_minimap.rows = preview->info.rows();
    m_minimap.cols = preview->info.cols();
    m_minimap.title = "preview, mean |W|";
    const Matrix<float> small = minimapValues(means);
    m_minimap.mapRows = int(small.rows());
    m_minimap.mapCols = int(small.cols());
    for (std::int64_t i = 0; i < small.size(); ++i)
        m_minimap.colors.push_back(colorOf(small.data()[i], m_scale, colors));
}

HeatmapScene ScenePreview::scene(const Camera &camera) const
{
    HeatmapScene scene;
    scene.camera = camera;
    scene.rows = m_preview->info.rows();
    scene.cols = m_preview->info.cols();
    scene.field = m_field;
    scene.colors = colors;
    scene.scale = m_scale;
    scene.cellLines = false; // texels are no cells
    return scene;
}

overlay::LegendView ScenePreview::legend() const
{
    overlay::LegendView view;
    view.title = "preview, mean |W|";
    view.colors = colors;
    view.scale = m_scale;
    view.axisLow = m_scale.low;
    view.axisHigh = m_scale.high;
    view.adjustable = false;
    view.rangeNote = sampledRows(m_preview->sample);
    return view;
}

std::string ScenePreview::banner() const
{
    return "Reading " + m_preview->info.path + ". Preview from " + sampledRows(m_preview->sample) +
        ": structures thinner than that may be missing or too wide.";
}

} // namespace nms
