// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/presentation.h"

#include "ui/models/lesson_player.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/lesson_dock.h"
#include "ui/widgets/theme.h"

#include <QDockWidget>
#include <QGuiApplication>
#include <QMainWindow>
#include <QPainter>
#include <QPainterPath>
#include <QStatusBar>

namespace nms {

namespace {

constexpr double largeType = 1.7; // relative to the usual size
constexpr double largePanels = 1.4; // of the panels in the viewport, which share the screen with the lesson
constexpr double lessonShare = 0.46; // of the window's width
constexpr double panelShare = 0.35; // of its height below the viewport, of its width beside it

/// An arrow in a ring that is seen from the last row.
QCursor largePointer(double pixelRatio)
{
    constexpr int side = 64;
    QPixmap picture((QSizeF(side, side) * pixelRatio).toSize());
    picture.setDevicePixelRatio(pixelRatio);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    const QPointF tip(side / 2.0, side / 2.0);
    QColor ring = theme().warn;
    ring.setAlphaF(0.35F);
    painter.setPen(QPen(theme().warn, 3));
    painter.setBrush(ring);
    painter.drawEllipse(tip, side / 2.0 - 3, side / 2.0 - 3);
    QPainterPath arrow(tip);
    for (const QPointF corner :
         {QPointF(0, 24), QPointF(6, 19), QPointF(10, 28), QPointF(14, 26), QPointF(10, 17), QPointF(17, 17)})
        arrow.lineTo(tip + corner);
    arrow.closeSubpath();
    painter.setPen(QPen(Qt::white, 1.5));
    painter.setBrush(Qt::black);
    painter.drawPath(arrow);
    return QCursor(picture, side / 2, side / 2);
}

} // namespace

Presentation::Presentation(QMainWindow &window, Viewport &viewport, LessonDock &lesson, LessonPlayer &player)
    : QObject(&window), m_window(window), m_viewport(viewport), m_lesson(lesson), m_player(player)
{
    connect(&player, &LessonPlayer::stepChanged, this, &Presentation::followStep);
}

Presentation::~Presentation()
{
    if (m_mode == Mode::Presenting)
        QGuiApplication::restoreOverrideCursor();
}

void Presentation::cycle()
{
    setMode(m_mode == Mode::Window ? Mode::FullScreen : m_mode == Mode::FullScreen ? Mode::Presenting : Mode::Window);
}

void Presentation::setMode(Mode mode)
{
    if (mode == m_mode)
        return;
    if (m_mode == Mode::Window)
        m_wasMaximised = m_window.isMaximized();
    const bool wasPresenting = m_mode == Mode::Presenting;
    m_mode = mode;
    if (wasPresenting)
        end();
    if (mode == Mode::Window)
        m_wasMaximised ? m_window.showMaximized() : m_window.showNormal();
    else
        m_window.showFullScreen();
    if (mode == Mode::Presenting)
        begin();
    emit modeChanged();
}

void Presentation::begin()
{
    m_layout = m_window.saveState();
    m_folded.clear();
    for (QDockWidget *dock : panels()) {
        m_folded << dock;
        dock->hide();
    }
    m_window.menuWidget()->hide();
    m_window.statusBar()->hide();
    m_lesson.setScale(largeType);
    m_viewport.setTextScale(largePanels);
    if (m_lesson.isVisibleTo(&m_window))
        m_window.resizeDocks({&m_lesson}, {int(m_window.width() * lessonShare)}, Qt::Horizontal);
    m_viewport.setFlying(false);
    QGuiApplication::setOverrideCursor(largePointer(m_window.devicePixelRatioF()));
    followStep();
}

QList<QDockWidget *> Presentation::panels() const
{
    QList<QDockWidget *> shown;
    for (QDockWidget *dock : m_window.findChildren<QDockWidget *>())
        if (dock != &m_lesson && dock->isVisibleTo(&m_window))
            shown << dock;
    return shown;
}

/// Shows the panel that the step speaks of, and no other.
void Presentation::followStep()
{
    if (m_mode != Mode::Presenting)
        return;
    for (QDockWidget *dock : panels())
        dock->hide();
    if (!m_player.lesson() || m_player.state().panel.empty())
        return;
    emit panelWanted(QString::fromStdString(m_player.state().panel));
    for (QDockWidget *dock : panels()) {
        const bool isBeside = m_window.dockWidgetArea(dock) == Qt::RightDockWidgetArea;
        m_window.resizeDocks({dock}, {int((isBeside ? m_window.width() : m_window.height()) * panelShare)},
                             isBeside ? Qt::Horizontal : Qt::Vertical);
    }
}

void Presentation::end()
{
    QGuiApplication::restoreOverrideCursor();
    m_viewport.setFlying(true);
    m_lesson.setScale(1);
    m_viewport.setTextScale(1);
    m_window.menuWidget()->show();
    m_window.statusBar()->show();
    for (const QPointer<QDockWidget> &dock : std::as_const(m_folded))
        if (dock)
            dock->show();
    m_folded.clear();
    m_window.restoreState(m_layout);
}

} // namespace nms
