// SPDX-License-Identifier: Apache-2.0
// ViewportController: the region drawn with the mouse, its figures and values, and exported images.
#include "ui/viewport/viewport_controller.h"

#include <algorithm>
#include <cmath>

namespace nms {

void ViewportController::setRegion(const std::optional<CellRegion> &region)
{
    if (region == m_region)
        return;
    m_region = region;
    if (!m_regionTimer.isActive())
        m_regionTimer.start(); // figures of the region need its plan
    m_regionFigures.reset();
    m_regionTask.cancel();
    emit frameWanted();
}

/// Computes the figures in the background: a region may be the whole of a large matrix.
void ViewportController::computeRegionFigures()
{
    if (!m_region || m_regionStart)
        return;
    const ViewSources sources = ViewSources::of(m_workspace);
    if (!sources.tensor)
        return;
    const CellRegion region = *m_region;
    std::optional<Matrix<float>> plan;
    if (region.count() <= mostPlanEntries)
        plan = sources.planOf(region.row0, region.col0, region.rows(), region.cols());
    m_regionTask.start([this, sources, region, plan = std::move(plan)](const BackgroundTask::Context &context) {
        const RegionFigures figures = regionFigures(sources, region, plan, context.stop);
        return [this, region, figures] {
            if (m_region != region)
                return;
            m_regionFigures = figures;
            emit frameWanted();
        };
    });
}

overlay::RegionView ViewportController::regionView() const
{
    overlay::RegionView view;
    const PixelPoint from = m_camera.pixelOf({double(m_region->row0), double(m_region->col0)});
    const PixelPoint to = m_camera.pixelOf({double(m_region->row1), double(m_region->col1)});
    view.outline = {float(from.x), float(from.y), float(to.x - from.x), float(to.y - from.y)};
    const auto range = [](std::int64_t first, std::int64_t end) {
        return end - first == 1 ? std::to_string(first) : std::to_string(first) + "–" + std::to_string(end - 1);
    };
    view.title = "rows " + range(m_region->row0, m_region->row1) + ", cols " + range(m_region->col0, m_region->col1);
    view.isDrawn = m_regionStart.has_value();
    if (m_regionFigures)
        view.figures = figureLines(*m_regionFigures);
    return view;
}

std::optional<CellRegion> ViewportController::copiedRegion() const
{
    if (!m_sources.tensor)
        return std::nullopt;
    if (m_region)
        return m_region;
    const auto tile = m_workspace.selectedTile();
    if (!tile || *tile >= m_sources.grid.count())
        return std::nullopt;
    const CellRect cells = cellsOfTile(m_sources.grid, *tile);
    return CellRegion{std::int64_t(cells.row0), std::int64_t(cells.col0), std::int64_t(cells.row1),
                      std::int64_t(cells.col1)};
}

ViewPicture ViewportController::picture(int width, int height) const
{
    ViewPicture result;
    const ViewSources sources = shownSources();
    if (!sources.tensor || width < 1 || height < 1 || (!compares() && !hintFor(m_workspace, sources).text.empty()))
        return result;
    CellRect cells = m_camera.visible();
    cells = {std::max(0., cells.row0), std::max(0., cells.col0), std::min(double(sources.rows()), cells.row1),
             std::min(double(sources.cols()), cells.col1)};
    if (cells.row0 >= cells.row1 || cells.col0 >= cells.col1)
        return result;
    Camera camera = m_camera;
    camera.width = width;
    camera.height = height;
    camera.fit(cells, 0);
    camera.width = std::clamp(int(std::lround((cells.col1 - cells.col0) * camera.pixelsPerCell)), 1, width);
    camera.height = std::clamp(int(std::lround((cells.row1 - cells.row0) * camera.pixelsPerCell)), 1, height);
    SceneBuilder scenes = m_scenes; // a copy keeps the ranges that the user has chosen
    scenes.update(sources, camera);
    HeatmapScene scene = scenes.scene(camera);
    scene.theme = m_theme;
    const Image image = paintHeatmap(scene);
    result.heatmap = QImage(reinterpret_cast<const uchar *>(image.pixels.data()), image.width, image.height, image.width * 4,
                            QImage::Format_RGBA8888)
                         .copy();
    result.legend = scenes.legend(camera);
    result.camera = camera;
    result.rows = sources.rows();
    result.cols = sources.cols();
    result.tileSize = std::max<std::int64_t>(1, sources.grid.m);
    return result;
}

QString ViewportController::copiedText() const
{
    const auto region = copiedRegion();
    return region && region->count() <= mostCopiedEntries ? regionText(ViewSources::of(m_workspace), *region) : QString();
}

} // namespace nms
