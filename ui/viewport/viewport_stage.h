// SPDX-License-Identifier: Apache-2.0
// Connects controller and overlay to Qt events and frames; used by both kinds of viewport window.
#pragma once

#include "ui/overlay/overlay.h"
#include "ui/viewport/viewport_controller.h"

#include <QElapsedTimer>
#include <QObject>
#include <Qt>

class QDropEvent;
class QEvent;
class QMouseEvent;
class QNativeGestureEvent;
class QWheelEvent;

namespace nms {

/// GUI thread.
class ViewportStage : public QObject
{
    Q_OBJECT
public:
    ViewportStage(Workspace &workspace, double devicePixelRatio, QObject *parent = nullptr);

    ViewportController &controller() { return m_controller; }
    overlay::Overlay &overlay() { return m_overlay; }

    /// Handles mouse, wheel, pinch, keys and dropped files; true if the event was one of these. Positions are logical
    /// pixels.
    bool handleEvent(QEvent *event);

    /// Prepares a frame of width × height device pixels: returns the scene; the overlay's draw data are ready afterwards.
    HeatmapScene frame(int width, int height);

    /// Drawn over the scene of the last frame from its first column on; none: only that scene.
    const std::optional<SecondScene> &secondScene() const { return m_second; }

    /// The device that draws frames, if it can open memory exported by another API. Plans stay in device memory only for the
    /// plan view, which draws them unchanged; the other views compute with their values on the host.
    void setViewerDevice(const std::optional<DeviceId> &device)
    {
        m_workspace.setViewerDevice(m_workspace.view() == MatrixView::Plan ? device : std::nullopt);
    }

    /// Colours of panels and background; colours of the data do not change.
    void setLight(bool light);
    void setTextScale(double scale); // of the panels, in addition to that of the system

    double devicePixelRatio() const { return m_devicePixelRatio; }

signals:
    void frameWanted();
    void cursorWanted(Qt::CursorShape shape);
    void leaveWanted(bool forward); // Tab: the focus moves to the next or previous widget

private:
    void setFocusFrame(bool isShown); // shows that the viewport has the keyboard focus
    PixelPoint devicePixels(const QPointF &logical) const;
    void mousePressed(const QMouseEvent &event);
    void mouseMoved(const QPointF &position);
    void mouseReleased(const QMouseEvent &event);
    void wheelTurned(const QWheelEvent &event);
    bool pinched(const QNativeGestureEvent &event);
    bool filesDropped(QDropEvent &event);
    void updateCursor();

    Workspace &m_workspace;
    double m_devicePixelRatio;
    overlay::Overlay m_overlay;
    ViewportController m_controller;
    QElapsedTimer m_clock;
    std::optional<SecondScene> m_second;
    bool m_overlayHolds = false; // the mouse button was pressed on a panel
    bool m_overOverlay = false;
    Qt::CursorShape m_cursor = Qt::ArrowCursor;
};

} // namespace nms
