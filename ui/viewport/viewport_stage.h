// SPDX-License-Identifier: Apache-2.0
// Controller and overlay behind one set of Qt events and one frame: what either kind of viewport window needs.
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

    /// Mouse, wheel, pinch, keys and drops of files; true when it was one of these. Positions are logical pixels.
    bool handleEvent(QEvent *event);

    /// One frame for a surface of so many device pixels: the scene to draw, with the overlay's draw data ready.
    HeatmapScene frame(int width, int height);

    /// The device that draws frames, where it can open memory of others. Plans stay there while they are drawn as they are:
    /// the other views reckon with their values on the host.
    void setViewerDevice(const std::optional<DeviceId> &device)
    {
        m_workspace.setViewerDevice(m_workspace.view() == MatrixView::Plan ? device : std::nullopt);
    }

    /// Colours of panels and surroundings; those of the data stay.
    void setLight(bool light);

    double devicePixelRatio() const { return m_devicePixelRatio; }

signals:
    void frameWanted();
    void cursorWanted(Qt::CursorShape shape);
    void leaveWanted(bool forward); // Tab: the focus goes on to the next widget, or the one before

private:
    void setFocusFrame(bool isShown); // where the keyboard is
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
    bool m_overlayHolds = false; // the press began on a panel
    bool m_overOverlay = false;
    Qt::CursorShape m_cursor = Qt::ArrowCursor;
};

} // namespace nms
