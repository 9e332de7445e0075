// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/viewport_stage.h"

#include <QDropEvent>
#include <QFontInfo>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMimeData>
#include <QMouseEvent>
#include <QNativeGestureEvent>
#include <QUrl>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

constexpr double zoomPerNotch = 1.25;
constexpr double unitsPerNotch = 120; // of QWheelEvent::angleDelta
constexpr double designedSize = 13; // text size that the panels were designed for, in logical pixels

/// Panels scale with the application's font, but never below the design size.
double systemTextScale()
{
    return std::max(1., QFontInfo(QGuiApplication::font()).pixelSize() / designedSize);
}

int imguiButton(Qt::MouseButton button)
{
    return button == Qt::LeftButton ? 0 : button == Qt::RightButton ? 1 : button == Qt::MiddleButton ? 2 : -1;
}

PointerButton pointerButton(Qt::MouseButton button)
{
    return button == Qt::LeftButton  ? PointerButton::Left
        : button == Qt::MiddleButton ? PointerButton::Middle
                                     : PointerButton::Right;
}

} // namespace

ViewportStage::ViewportStage(Workspace &workspace, double devicePixelRatio, QObject *parent)
    : QObject(parent), m_workspace(workspace), m_devicePixelRatio(devicePixelRatio),
      m_overlay(float(devicePixelRatio * systemTextScale())), m_controller(workspace)
{
    m_controller.setTextScale(systemTextScale());
    m_clock.start();
    connect(&m_controller, &ViewportController::frameWanted, this, &ViewportStage::frameWanted);
}

PixelPoint ViewportStage::devicePixels(const QPointF &logical) const
{
    return {logical.x() * m_devicePixelRatio, logical.y() * m_devicePixelRatio};
}

bool ViewportStage::handleEvent(QEvent *event)
{
    switch (event->type()) {
    case QEvent::MouseButtonPress:
        mousePressed(*static_cast<QMouseEvent *>(event));
        return true;
    case QEvent::MouseButtonDblClick: {
        // Qt sends this event instead of the second press; ImGui counts clicks itself.
        const auto &mouse = *static_cast<QMouseEvent *>(event);
        mousePressed(mouse);
        if (!m_overlayHolds && mouse.button() == Qt::LeftButton)
            m_controller.doubleClicked(devicePixels(mouse.position()));
        return true;
    }
    case QEvent::MouseMove:
        mouseMoved(static_cast<QMouseEvent *>(event)->position());
        return true;
    case QEvent::MouseButtonRelease:
        mouseReleased(*static_cast<QMouseEvent *>(event));
        return true;
    case QEvent::Leave:
        m_overlay.pointerLeft();
        m_controller.pointerLeft();
        emit frameWanted();
        return true;
    case QEvent::Wheel:
        wheelTurned(*static_cast<QWheelEvent *>(event));
        return true;
    case QEvent::NativeGesture:
        return pinched(*static_cast<QNativeGestureEvent *>(event));
    case QEvent::KeyPress: {
        const auto &key = *static_cast<QKeyEvent *>(event);
        const bool isBack = key.key() == Qt::Key_Backtab;
        if (isBack || key.key() == Qt::Key_Tab) { // nothing else moves the focus out of a native window
            emit leaveWanted(!isBack);
            return true;
        }
        const auto command = Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier;
        if (key.modifiers() & command)
            return false;
        if (key.key() == Qt::Key_Escape && m_overlay.closeInnermost()) {
            emit frameWanted();
            return true;
        }
        return m_controller.keyPressed(key.key());
    }
    case QEvent::FocusIn: {
        const Qt::FocusReason reason = static_cast<QFocusEvent *>(event)->reason();
        setFocusFrame(reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason);
        return false;
    }
    case QEvent::FocusOut:
        setFocusFrame(false);
        return false;
    case QEvent::DragEnter:
    case QEvent::DragMove:
    case QEvent::Drop:
        return filesDropped(*static_cast<QDropEvent *>(event));
    default:
        return false;
    }
}

void ViewportStage::setFocusFrame(bool isShown)
{
    m_controller.setFocusFrame(isShown);
    emit frameWanted();
}

void ViewportStage::mousePressed(const QMouseEvent &event)
{
    mouseMoved(event.position());
    const PixelPoint at = devicePixels(event.position());
    m_overlayHolds = m_overlay.owns(float(at.x), float(at.y));
    // The overlay receives every press: a press outside an open popup closes it.
    m_overlay.pointerButton(imguiButton(event.button()), true);
    if (!m_overlayHolds)
        m_controller.pointerPressed(at, pointerButton(event.button()), event.modifiers() & Qt::ShiftModifier);
    updateCursor();
    emit frameWanted();
}

void ViewportStage::mouseMoved(const QPointF &position)
{
    const PixelPoint at = devicePixels(position);
    m_overlay.pointerMoved(float(at.x), float(at.y));
    m_overOverlay = m_overlay.owns(float(at.x), float(at.y));
    if (m_overlayHolds || (m_overOverlay && !m_controller.isDragging()))
        m_controller.pointerLeft();
    else
        m_controller.pointerMoved(at);
    updateCursor();
    emit frameWanted();
}

void ViewportStage::mouseReleased(const QMouseEvent &event)
{
    m_overlay.pointerButton(imguiButton(event.button()), false);
    if (!m_overlayHolds)
        m_controller.pointerReleased(devicePixels(event.position()), pointerButton(event.button()));
    if (event.buttons() == Qt::NoButton)
        m_overlayHolds = false;
    updateCursor();
    emit frameWanted();
}

void ViewportStage::wheelTurned(const QWheelEvent &event)
{
    const double notches = event.angleDelta().y() / unitsPerNotch;
    const PixelPoint at = devicePixels(event.position());
    if (m_overlay.owns(float(at.x), float(at.y)))
        m_overlay.wheel(float(notches));
    else if (notches != 0)
        m_controller.zoomAt(at, std::pow(zoomPerNotch, notches));
    emit frameWanted();
}

bool ViewportStage::pinched(const QNativeGestureEvent &event)
{
    if (event.gestureType() != Qt::ZoomNativeGesture)
        return false;
    m_controller.zoomAt(devicePixels(event.position()), 1 + event.value());
    return true;
}

/// A native window inside a widget receives the drops meant for its parent.
bool ViewportStage::filesDropped(QDropEvent &event)
{
    if (!event.mimeData()->hasUrls())
        return false;
    event.acceptProposedAction();
    if (event.type() == QEvent::Drop)
        for (const QUrl &url : event.mimeData()->urls())
            if (url.isLocalFile())
                m_workspace.openFile(url.toLocalFile());
    return true;
}

void ViewportStage::updateCursor()
{
    Qt::CursorShape shape = Qt::ArrowCursor;
    if (m_controller.isDragging())
        shape = Qt::ClosedHandCursor;
    else if (m_overOverlay && m_overlay.pointerShape() == overlay::PointerShape::ResizeHorizontal)
        shape = Qt::SizeHorCursor;
    if (shape == m_cursor)
        return;
    m_cursor = shape;
    emit cursorWanted(shape);
}

void ViewportStage::setLight(bool light)
{
    const ThemeColors &colors = light ? lightColors : darkColors;
    m_overlay.setPalette(overlay::paletteOf(colors));
    m_controller.setTheme(colors);
    emit frameWanted();
}

void ViewportStage::setTextScale(double scale)
{
    const double text = systemTextScale() * scale;
    m_overlay.setScale(float(m_devicePixelRatio * text));
    m_controller.setTextScale(text);
    emit frameWanted();
}

HeatmapScene ViewportStage::frame(int width, int height)
{
    m_controller.resize(width, height, m_devicePixelRatio);
    const bool flying = m_controller.advance();
    const double seconds = double(m_clock.nsecsElapsed()) * 1e-9;
    m_clock.restart();
    const overlay::OverlayCommands commands =
        m_overlay.frame(float(width), float(height), float(seconds), m_controller.overlayView());
    const HeatmapScene scene = m_controller.scene();
    m_second = m_controller.secondScene();
    m_controller.apply(commands);
    updateCursor();
    if (flying || m_overlay.wantsAnotherFrame())
        emit frameWanted();
    if (m_workspace.preview())
        QMetaObject::invokeMethod(&m_workspace, &Workspace::notePreviewDrawn, Qt::QueuedConnection); // after this frame
    return scene;
}

} // namespace nms
