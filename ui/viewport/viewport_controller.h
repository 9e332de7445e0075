// SPDX-License-Identifier: Apache-2.0
// Everything that a viewport does, but for windows and drawing: both kinds of viewport share it.
#pragma once

#include "ui/models/transport.h"
#include "ui/overlay/overlay.h"
#include "ui/viewport/camera_motion.h"
#include "ui/viewport/overlay_views.h"
#include "ui/viewport/scene_builder.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <optional>
#include <string>

namespace nms {

enum class PointerButton { Left, Right, Middle };

/// Camera, hover, selection and the scene, from input in device pixels. GUI thread.
class ViewportController : public QObject
{
    Q_OBJECT
public:
    explicit ViewportController(Workspace &workspace, QObject *parent = nullptr);

    void resize(int width, int height, double devicePixelRatio);

    // Input that belongs to the matrix and not to a panel
    void pointerPressed(PixelPoint at, PointerButton button);
    void pointerMoved(PixelPoint at);
    void pointerReleased(PixelPoint at, PointerButton button);
    void doubleClicked(PixelPoint at);
    void pointerLeft(); // the matrix: for a panel, or altogether
    void zoomAt(PixelPoint at, double factor);
    bool keyPressed(int key); // a Qt::Key; false: not one of ours

    void fitAll();
    void zoomBy(double factor); // about the middle, gliding
    void goToTile(std::int64_t tile);

    bool isDragging() const { return m_dragging; }

    /// Brings flights and scene up to date; true while a flight goes on.
    bool advance();
    HeatmapScene scene() const;
    overlay::OverlayView overlayView() const;
    void apply(const overlay::OverlayCommands &commands);

    void setTheme(const ThemeColors &theme) { m_theme = theme; }
    void setBanner(const std::string &text);

signals:
    void frameWanted();

private:
    void tensorChanged();
    void viewChanged(nms::MatrixView view);
    void moved(); // the camera, by hand or in flight
    void flyTo(const Camera &goal);
    Camera fitted() const;
    void moveSelection(int rows, int cols);
    void reportRegion();

    Workspace &m_workspace;
    Transport &m_transport;
    SceneBuilder m_scenes;
    ViewSources m_sources;
    Camera m_camera;
    double m_devicePixelRatio = 1;
    bool m_fitted = true; // shows the whole matrix, and goes on doing so when resized

    std::optional<CameraFlight> m_flight;
    QElapsedTimer m_flightClock;
    QTimer m_regionTimer; // not every frame of a drag is news to the solver
    std::optional<TileRegion> m_reported;

    std::optional<CellPoint> m_hovered;
    std::optional<PixelPoint> m_pressed;
    PixelPoint m_last;
    bool m_dragging = false;
    bool m_inspectorOpen = true;
    overlay::TileLayer m_layer = overlay::TileLayer::Plan;
    ThemeColors m_theme = darkColors;
    std::string m_banner;
};

} // namespace nms
