// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/viewport_controller.h"

#include "ui/models/tile_inspection.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace nms {

namespace {

constexpr double fitMargin = 12; // logical pixels
constexpr double timelineRoom = 56; // height of the timeline
constexpr double inspectorRoom = 312; // width of the inspector in a wide viewport
constexpr double wideViewport = 600;
constexpr double legendRoom = 200; // width of the legend, at the left
constexpr double leastBesideInspector = 0.8; // of the size that the matrix has without an inspector
constexpr double leftRuler = 44;
constexpr double topRuler = 18;
constexpr double clickReach = 4; // a press that moves further than this is a drag
constexpr double keyZoom = 1.5;
constexpr int regionDelay = 60; // ms
constexpr int figuresDelay = 100; // ms

} // namespace

ViewportController::ViewportController(Workspace &workspace, QObject *parent)
    : QObject(parent), m_workspace(workspace), m_transport(Transport::of(workspace)),
      m_comparison(MaskComparison::of(workspace)), m_preparer([this](const Error &error) { report(error); }),
      m_otherPreparer([this](const Error &error) { report(error); }),
      m_regionTask([this](const Error &error) { report(error); })
{
    for (FieldPreparer *preparer : {&m_preparer, &m_otherPreparer})
        connect(preparer, &FieldPreparer::ready, this, &ViewportController::frameWanted);
    m_regionFiguresTimer.setSingleShot(true);
    m_regionFiguresTimer.setInterval(figuresDelay);
    connect(&m_regionFiguresTimer, &QTimer::timeout, this, &ViewportController::computeRegionFigures);
    const auto newFigures = [this] {
        if (m_region && !m_regionFiguresTimer.isActive())
            m_regionFiguresTimer.start();
    };
    connect(&workspace, &Workspace::snapshotChanged, this, newFigures);
    connect(&workspace, &Workspace::solutionChanged, this, newFigures);
    connect(&workspace, &Workspace::pruningChanged, this, newFigures);
    connect(&workspace, &Workspace::scoreChanged, this, newFigures);
    connect(&workspace, &Workspace::optionsChanged, this, newFigures);
    m_regionTimer.setSingleShot(true);
    m_regionTimer.setInterval(regionDelay);
    connect(&m_regionTimer, &QTimer::timeout, this, &ViewportController::reportRegion);
    connect(&workspace, &Workspace::tensorChanged, this, &ViewportController::tensorChanged);
    connect(&workspace, &Workspace::previewChanged, this, &ViewportController::previewChanged);
    connect(&workspace, &Workspace::flyRequested, this, &ViewportController::goToTile);
    const auto redraw = [this] {
        emit frameWanted();
    };
    connect(&m_transport, &Transport::changed, this, redraw);
    connect(&workspace, &Workspace::loadingChanged, this, redraw);
    connect(&workspace, &Workspace::viewChanged, this, &ViewportController::viewChanged);
    connect(&workspace, &Workspace::sessionChanged, this, [this] {
        if (const bool needed = needsEntries(); std::exchange(m_neededEntries, needed) != needed)
            m_regionTimer.start();
        emit frameWanted();
    });
    connect(&workspace, &Workspace::snapshotChanged, this, redraw);
    connect(&workspace, &Workspace::solutionChanged, this, redraw);
    connect(&workspace, &Workspace::pruningChanged, this, redraw);
    connect(&workspace, &Workspace::scoreChanged, this, redraw);
    connect(&m_comparison, &MaskComparison::changed, this, [this] {
        if (m_fitted && m_sources.isThere())
            m_camera = fitted(); // side by side there is less space
        moved();
    });
    const auto newRegion = [this] {
        m_regionTimer.start();
        emit frameWanted();
    };
    connect(&workspace, &Workspace::selectedTileChanged, this, newRegion);
    connect(&workspace, &Workspace::selectedTileChanged, this, &ViewportController::inspectorChanged);
    connect(&workspace, &Workspace::optionsChanged, this, [this, newRegion] {
        m_reported.reset(); // tiles have another size now
        newRegion();
    });
    TileInspection &inspection = TileInspection::of(workspace);
    connect(&inspection, &TileInspection::changed, this, redraw);
    connect(&inspection, &TileInspection::stepChanged, this, redraw);
    viewChanged(workspace.view());
    tensorChanged();
}

void ViewportController::report(const Error &error)
{
    emit m_workspace.message(MessageLevel::Error, QString::fromStdString(error.line()), MessageSubject::Tensor);
}

void ViewportController::tensorChanged()
{
    const auto preview = std::exchange(m_sources, ViewSources::of(m_workspace)).preview;
    const bool staysThere = preview && m_sources.tensor && m_sources.tensor->file == preview->file &&
        m_sources.tensor->info.path == preview->info.path;
    m_beforePreview.reset();
    m_reported.reset();
    setRegion(std::nullopt);
    if (!staysThere) {
        m_flight.reset();
        m_hovered.reset();
        m_fitted = true;
    }
    if (m_fitted && m_sources.isThere())
        m_camera = fitted();
    moved();
}

/// A preview takes the place of the open tensor until its own is loaded; if that fails, the view is as it was before.
void ViewportController::previewChanged()
{
    if (m_sources.preview == m_workspace.preview())
        return; // the tensor has followed
    m_sources = ViewSources::of(m_workspace);
    m_flight.reset();
    m_hovered.reset();
    m_pressed.reset();
    m_regionStart.reset();
    m_dragging = m_draggingBar = false;
    if (m_sources.preview) {
        if (!m_beforePreview)
            m_beforePreview.emplace(m_camera, m_fitted);
        m_fitted = true;
    } else if (m_beforePreview) {
        const auto size = std::pair(m_camera.width, m_camera.height);
        std::tie(m_camera, m_fitted) = *m_beforePreview;
        std::tie(m_camera.width, m_camera.height) = size;
        m_beforePreview.reset();
    }
    if (m_fitted && m_sources.isThere())
        m_camera = fitted();
    moved();
}

/// The inspector follows the view, until the user chooses another layer.
void ViewportController::viewChanged(MatrixView view)
{
    switch (view) {
    case MatrixView::Weights:
    case MatrixView::Score:
        m_layer = overlay::TileLayer::Score;
        break;
    case MatrixView::Plan:
        m_layer = overlay::TileLayer::Plan;
        break;
    case MatrixView::Mask:
    case MatrixView::Error:
        m_layer = overlay::TileLayer::Mask;
        break;
    }
    emit frameWanted();
}

void ViewportController::resize(int width, int height, double devicePixelRatio)
{
    width = std::max(1, width);
    height = std::max(1, height);
    if (width == m_camera.width && height == m_camera.height && devicePixelRatio == m_devicePixelRatio)
        return;
    m_camera.width = width;
    m_camera.height = height;
    m_devicePixelRatio = devicePixelRatio;
    m_flight.reset();
    if (m_fitted && m_sources.isThere())
        m_camera = fitted();
    moved();
}

void ViewportController::moved()
{
    if (m_sources.isThere())
        keepOnMatrix(m_camera, m_sources.rows(), m_sources.cols());
    if (!m_regionTimer.isActive())
        m_regionTimer.start();
    emit frameWanted();
}

/// False while a run goes on of which only figures of tiles are drawn: capturing its plan in every frame would slow it down.
/// As soon as it pauses, the plan is there for exporting pictures and for figures of regions.
bool ViewportController::needsEntries() const
{
    const bool isRunning = m_workspace.sessionStatus().state == SessionState::Running && !m_workspace.isScrubbing();
    return !isRunning || m_region || m_camera.pixelsPerCell >= double(HeatmapScene().fadeStart);
}

/// Of which the inspector or the readout shows entries.
std::optional<std::int64_t> ViewportController::shownTile() const
{
    if (const auto selected = m_workspace.selectedTile())
        return selected;
    return m_hovered ? tileAt(m_camera, m_workspace.grid(), m_camera.pixelOf(*m_hovered)) : std::nullopt;
}

void ViewportController::reportRegion()
{
    const TileGrid grid = m_workspace.grid();
    if (!m_sources.tensor || grid.count() == 0)
        return;
    const TileRegion region = needsEntries() ? regionToWatch(m_camera, grid, m_workspace.selectedTile())
                                             : regionOfTile(m_camera, grid, shownTile());
    if (m_reported == region)
        return;
    m_reported = region;
    m_workspace.watchRegion(region);
}

// --- input ----------------------------------------------------------------------------------------------------------

void ViewportController::pointerPressed(PixelPoint at, PointerButton button, bool drawsRegion)
{
    if (button == PointerButton::Right)
        return;
    if (drawsRegion && button == PointerButton::Left && m_sources.tensor) {
        m_regionStart = m_camera.cellAt(toCamera(at));
        setRegion(std::nullopt);
        return;
    }
    if (button == PointerButton::Left && grabsBar(at)) {
        m_draggingBar = true;
        return;
    }
    m_pressed = at;
    m_last = at;
    m_dragging = false;
}

void ViewportController::pointerMoved(PixelPoint at)
{
    m_hovered = m_camera.cellAt(toCamera(at));
    m_pointerX = at.x;
    if (m_draggingBar) {
        m_comparison.setSplit(at.x / m_camera.width);
        return;
    }
    if (m_regionStart)
        setRegion(regionBetween(*m_regionStart, *m_hovered, m_sources.rows(), m_sources.cols()));
    if (m_pressed) {
        const double reach = clickReach * m_devicePixelRatio;
        if (!m_dragging && std::hypot(at.x - m_pressed->x, at.y - m_pressed->y) > reach)
            m_dragging = true;
        if (m_dragging) {
            m_flight.reset();
            m_fitted = false;
            m_camera.panBy(at.x - m_last.x, at.y - m_last.y);
            m_last = at;
            moved();
        }
    }
    if (!needsEntries() && !m_regionTimer.isActive())
        m_regionTimer.start(); // the tile under the pointer is captured
    emit frameWanted();
}

void ViewportController::pointerReleased(PixelPoint at, PointerButton button)
{
    m_draggingBar = false;
    if (m_regionStart) {
        setRegion(regionBetween(*m_regionStart, m_camera.cellAt(toCamera(at)), m_sources.rows(), m_sources.cols()));
        m_regionStart.reset();
        computeRegionFigures();
        return;
    }
    const bool clicked = m_pressed && !m_dragging && button == PointerButton::Left;
    m_pressed.reset();
    m_dragging = false;
    if (clicked && m_sources.tensor)
        m_workspace.selectTile(tileAt(m_camera, m_workspace.grid(), toCamera(at)));
    emit frameWanted();
}

void ViewportController::doubleClicked(PixelPoint at)
{
    if (!m_sources.tensor)
        return;
    if (const auto tile = tileAt(m_camera, m_workspace.grid(), toCamera(at)))
        m_workspace.flyToTile(*tile);
}

void ViewportController::pointerLeft()
{
    if (!m_hovered)
        return;
    m_hovered.reset();
    emit frameWanted();
}

void ViewportController::zoomAt(PixelPoint at, double factor)
{
    m_flight.reset();
    m_fitted = false;
    m_camera.zoomAt(toCamera(at), factor);
    m_hovered = m_camera.cellAt(toCamera(at));
    moved();
}

bool ViewportController::keyPressed(int key)
{
    switch (key) {
    case Qt::Key_F:
    case Qt::Key_Home:
        fitAll();
        return true;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoomBy(keyZoom);
        return true;
    case Qt::Key_Minus:
        zoomBy(1 / keyZoom);
        return true;
    case Qt::Key_Escape: // closes the innermost item
        if (m_region)
            setRegion(std::nullopt);
        else
            m_workspace.selectTile(std::nullopt);
        return true;
    case Qt::Key_I:
        m_inspectorOpen = !m_inspectorOpen;
        inspectorChanged();
        return true;
    case Qt::Key_B:
        m_comparison.blink();
        return true;
    case Qt::Key_Space:
        m_transport.toggle();
        return true;
    case Qt::Key_Left:
        moveSelection(0, -1);
        return true;
    case Qt::Key_Right:
        moveSelection(0, 1);
        return true;
    case Qt::Key_Up:
        moveSelection(-1, 0);
        return true;
    case Qt::Key_Down:
        moveSelection(1, 0);
        return true;
    default:
        return false;
    }
}

/// Without a selection it starts from the tile in the middle; the camera follows if the tile leaves the viewport.
void ViewportController::moveSelection(int rows, int cols)
{
    const TileGrid grid = m_workspace.grid();
    if (!m_sources.tensor || grid.count() == 0)
        return;
    std::int64_t tile = 0;
    if (const auto selected = m_workspace.selectedTile()) {
        tile = grid.index(std::clamp<std::int64_t>(grid.rowOf(*selected) + rows, 0, grid.tileRows() - 1),
                          std::clamp<std::int64_t>(grid.colOf(*selected) + cols, 0, grid.tileCols() - 1));
    } else {
        tile = tileAt(m_camera, grid, {m_camera.width / 2., m_camera.height / 2.}).value_or(0);
    }
    m_workspace.selectTile(tile);
    const CellRect cells = cellsOfTile(grid, tile);
    const CellRect visible = m_camera.visible();
    const bool seen =
        cells.row0 >= visible.row0 && cells.row1 <= visible.row1 && cells.col0 >= visible.col0 && cells.col1 <= visible.col1;
    if (!seen) {
        Camera goal = m_camera;
        goal.center = {(cells.row0 + cells.row1) / 2, (cells.col0 + cells.col1) / 2};
        flyTo(goal);
    }
}

// --- camera ---------------------------------------------------------------------------------------------------------

/// The whole matrix above the timeline, and beside the legend if that does not make it smaller.
Camera ViewportController::fitted() const
{
    const double ratio = m_devicePixelRatio * m_textScale;
    const CellRect whole{0, 0, double(m_sources.rows()), double(m_sources.cols())};
    CoveredEdges covered;
    if (isSideBySide()) {
        covered.top = topRuler * ratio;
        covered.bottom = std::min(timelineRoom * ratio, m_camera.height / 4.);
        Camera half = m_camera;
        half.width = std::max(1, m_camera.width / 2);
        half = fittedBetween(half, whole, fitMargin * ratio, covered);
        half.width = m_camera.width;
        return half;
    }
    covered.top = topRuler * ratio;
    covered.left = leftRuler * ratio;
    covered.bottom = std::min(timelineRoom * ratio, m_camera.height / 4.);
    const Camera plain = fittedBetween(m_camera, whole, fitMargin * ratio, covered);
    covered.left = (leftRuler + legendRoom) * ratio;
    Camera best = fittedBetween(m_camera, whole, fitMargin * ratio, covered);
    // Moved aside only if needed: centred if the legend does not overlap the matrix.
    const bool overlaps = plain.pixelOf({0, 0}).x < covered.left;
    if (!overlaps || best.pixelsPerCell < plain.pixelsPerCell)
        best = plain;
    if (!isInspecting())
        return best;
    // A tall or square matrix leaves space for a large inspector at its right. Where there is nearly enough, a slightly
    // smaller matrix is better than a covered one: beside the legend if possible, otherwise partly under it.
    const double spare = m_camera.width - covered.left - 2 * fitMargin * ratio - whole.col1 * plain.pixelsPerCell;
    covered.right = std::max(spare, inspectorRoom * ratio);
    for (const double left : {leftRuler + legendRoom, leftRuler}) {
        covered.left = left * ratio;
        const Camera beside = fittedBetween(m_camera, whole, fitMargin * ratio, covered);
        if (beside.pixelsPerCell >= leastBesideInspector * plain.pixelsPerCell)
            return beside;
    }
    return best;
}

bool ViewportController::isInspecting() const
{
    const auto tile = m_workspace.selectedTile();
    return m_sources.tensor && m_inspectorOpen && tile && *tile < m_workspace.grid().count();
}

/// Moves a fitted matrix aside when the inspector opens, and back when it closes.
void ViewportController::inspectorChanged()
{
    if (m_fitted && m_sources.tensor && fitted() != m_camera)
        fitAll();
    emit frameWanted();
}

void ViewportController::fitAll()
{
    if (!m_sources.isThere())
        return;
    flyTo(fitted());
    m_fitted = true;
}

std::optional<CameraPlace> ViewportController::cameraPlace() const
{
    return m_fitted ? std::nullopt : std::optional(CameraPlace{m_camera.center, m_camera.pixelsPerCell});
}

void ViewportController::setCameraPlace(const CameraPlace &place)
{
    m_flight.reset();
    m_fitted = false;
    m_camera.center = place.center;
    m_camera.pixelsPerCell = std::clamp(place.pixelsPerCell, Camera::minPixelsPerCell, Camera::maxPixelsPerCell);
    moved();
}

void ViewportController::zoomBy(double factor)
{
    Camera goal = m_camera;
    goal.zoomAt({goal.width / 2., goal.height / 2.}, factor);
    flyTo(goal);
}

void ViewportController::goToTile(std::int64_t tile)
{
    const TileGrid grid = m_workspace.grid();
    if (!m_sources.tensor || tile < 0 || tile >= grid.count())
        return;
    const double ratio = m_devicePixelRatio * m_textScale;
    const bool inspected = m_inspectorOpen && m_workspace.selectedTile() && m_camera.width >= wideViewport * ratio;
    flyTo(cameraAtTile(m_camera, grid, tile, {0, inspected ? inspectorRoom * ratio : 0, timelineRoom * ratio}));
}

void ViewportController::flyTo(const Camera &goal)
{
    m_fitted = false;
    if (!m_flies) {
        m_flight.reset();
        m_camera = goal;
        moved();
        return;
    }
    m_flight.emplace(m_camera, goal);
    m_flightClock.start();
    emit frameWanted();
}

bool ViewportController::advance()
{
    if (m_flight) {
        const double elapsed = double(m_flightClock.nsecsElapsed()) * 1e-9;
        m_camera = m_flight->at(elapsed);
        if (m_flight->finishedAfter(elapsed))
            m_flight.reset();
        if (!m_regionTimer.isActive())
            m_regionTimer.start();
    }
    m_sources = ViewSources::of(m_workspace);
    updateScenes();
    return m_flight.has_value();
}

// --- what is shown --------------------------------------------------------------------------------------------------

HeatmapScene ViewportController::scene() const
{
    if (m_sources.showsPreview())
        return decorated(m_previewScene.scene(m_camera));
    if (m_sources.preview) { // of a view that only the whole tensor has
        HeatmapScene empty;
        empty.camera = m_camera;
        return decorated(empty);
    }
    return decorated(m_scenes.scene(isSideBySide() ? halfCamera(false) : m_camera));
}

HeatmapScene ViewportController::decorated(HeatmapScene scene) const
{
    scene.theme = m_theme;
    const auto selected = m_workspace.selectedTile();
    if (selected && *selected < m_sources.grid.count())
        scene.selection = cellsOfTile(m_sources.grid, *selected);
    if (m_hovered && !m_dragging) {
        const double row = std::floor(m_hovered->row);
        const double col = std::floor(m_hovered->col);
        const bool large = m_camera.pixelsPerCell >= 4 * m_devicePixelRatio;
        if (large && m_sources.contains(std::int64_t(row), std::int64_t(col)))
            scene.hovered = CellRect{row, col, row + 1, col + 1};
    }
    return scene;
}

void ViewportController::setBanner(const std::string &text)
{
    m_banner = text;
    emit frameWanted();
}

} // namespace nms
