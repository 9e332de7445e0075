// SPDX-License-Identifier: Apache-2.0
// ViewportController: fills the panels and carries out their commands.
#include "ui/viewport/viewport_controller.h"

#include <cmath>

namespace nms {

overlay::OverlayView ViewportController::overlayView() const
{
    overlay::OverlayView view;
    view.banner = m_banner;
    view.focusFrame = m_focusFrame;
    const bool isComparing = compares();
    const Hint hint = isComparing ? Hint() : hintFor(m_workspace, m_sources);
    view.hint = hint.text;
    view.hintDetail = hint.detail;
    if (m_sources.showsPreview()) {
        view.banner = m_previewScene.banner();
        view.legend = m_previewScene.legend();
        view.minimap = m_previewScene.minimap();
        view.minimap->visible = m_camera.visible();
    }
    if (!m_sources.tensor)
        return view;
    if (hint.text.empty()) {
        view.legend = m_scenes.legend(m_camera);
        if (!view.legend->flat.empty())
            view.hint = std::string(nameOf(view.legend->figure)) + ", " + view.legend->flat;
    }
    if (isComparing)
        view.compareBar = compareBar();
    if (m_sources.grid.m > 0 && !isSideBySide())
        view.rulers = overlay::RulersView{m_camera, m_sources.rows(), m_sources.cols(), m_sources.grid.m};
    view.minimap = m_scenes.minimap();
    view.minimap->visible = m_camera.visible();
    view.timeline = timelineView(m_workspace, m_transport);
    const auto selected = m_workspace.selectedTile();
    if (selected && *selected < m_sources.grid.count()) {
        view.minimap->selection = cellsOfTile(m_sources.grid, *selected);
        if (m_inspectorOpen && !isSideBySide()) // it would cover one of the masks
            view.inspector = inspectorView(m_workspace, m_sources, *selected, m_layer);
        view.matrixRightEdge = float(m_camera.pixelOf({0, double(m_sources.cols())}).x);
    }
    if (m_hovered && m_sources.contains(std::int64_t(std::floor(m_hovered->row)), std::int64_t(std::floor(m_hovered->col))))
        view.readout = readoutView(readoutSources(), std::int64_t(m_hovered->row), std::int64_t(m_hovered->col));
    if (m_region)
        view.region = regionView();
    if (!showsTwo())
        view.cellValues = cellValuesView(m_scenes, m_camera, m_sources.rows(), m_sources.cols(),
                                         double(overlay::cellValueSide) * m_devicePixelRatio * m_textScale);
    return view;
}

LegendRange ViewportController::legendRange() const
{
    LegendRange range;
    if (!m_sources.tensor || (!compares() && !hintFor(m_workspace, m_sources).text.empty()))
        return range;
    const overlay::LegendView legend = m_scenes.legend(m_camera);
    range.isThere = legend.adjustable && legend.swatches.empty() && legend.flat.empty();
    range.title = legend.title;
    range.scale = legend.scale;
    range.isSymmetric = legend.symmetric;
    range.isPercent = legend.asPercent;
    range.percentiles = m_scenes.percentiles(m_camera);
    return range;
}

void ViewportController::setLegendRange(const std::optional<ValueScale> &scale)
{
    if (scale)
        m_scenes.setScale(m_camera, *scale);
    else
        m_scenes.resetScale(m_camera);
    emit frameWanted();
}

void ViewportController::apply(const overlay::OverlayCommands &commands)
{
    if (commands.region.close)
        setRegion(std::nullopt);
    if (commands.region.copy)
        emit copyWanted();
    if (commands.legend.editScale)
        emit rangeEditWanted();
    if (commands.legend.resetScale)
        m_scenes.resetScale(m_camera);
    else if (commands.legend.scale)
        m_scenes.setScale(m_camera, *commands.legend.scale);
    for (const auto &figure : {commands.legend.figure, commands.minimap.figure})
        if (figure)
            m_scenes.setFigure(*figure);
    if (commands.minimap.center) {
        m_flight.reset();
        m_fitted = false;
        m_camera.center = *commands.minimap.center;
        moved();
    }

    const overlay::TimelineCommands &timeline = commands.timeline;
    using Action = overlay::TimelineCommands::Action;
    switch (timeline.action) {
    case Action::None:
        break;
    case Action::ToStart:
        m_transport.toStart();
        break;
    case Action::StepBack:
        m_transport.stepBack();
        break;
    case Action::PlayPause:
        m_transport.toggle();
        break;
    case Action::StepForward:
        m_transport.stepForward();
        break;
    case Action::ToEnd:
        m_transport.toEnd();
        break;
    case Action::FollowLive:
        m_transport.followLive();
        break;
    case Action::RewindHere:
        m_transport.rewindHere();
        break;
    }
    if (timeline.scrubTo)
        m_transport.scrubTo(*timeline.scrubTo);
    if (timeline.speed)
        m_transport.setSpeed(*timeline.speed);
    if (const auto &b = timeline.breakpoint)
        m_workspace.setBreakpoint(b->empty() ? std::nullopt
                                             : std::optional(Breakpoint{.iteration = b->iteration,
                                                                        .residualBelow = b->residualBelow,
                                                                        .planGapBelow = b->planGapBelow}));
    if (timeline.editBreakpoint)
        emit breakpointEditWanted();

    if (commands.inspector.layer)
        m_layer = *commands.inspector.layer;
    if (commands.inspector.close) {
        m_inspectorOpen = false;
        inspectorChanged();
    }
    const bool changed = commands.legend.resetScale || commands.legend.scale || commands.legend.figure ||
        commands.minimap.figure || commands.inspector.layer || commands.inspector.close ||
        commands.inspector.toggleExpanded || timeline.breakpoint;
    if (changed)
        emit frameWanted();
}

} // namespace nms
