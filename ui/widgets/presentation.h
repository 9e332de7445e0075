// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QList>
#include <QObject>
#include <QPointer>

class QDockWidget;
class QMainWindow;

namespace nms {

class LessonDock;
class LessonPlayer;
class Viewport;

/// How much of the screen the window takes: as it is, the whole screen, or the whole screen for an audience. Presenting
/// folds all panels but the lesson, which is large, and the one that its step speaks of; it shows a large pointer, and lets
/// the viewport go to a tile at once.
class Presentation : public QObject
{
    Q_OBJECT
public:
    enum class Mode { Window, FullScreen, Presenting };

    Presentation(QMainWindow &window, Viewport &viewport, LessonDock &lesson, LessonPlayer &player);
    ~Presentation() override;

    Mode mode() const { return m_mode; }
    void setMode(Mode mode);
    void cycle(); // window → full screen → presenting → window

signals:
    void modeChanged();
    void panelWanted(const QString &name); // the step speaks of it, and it was folded

private:
    void begin();
    void end();
    QList<QDockWidget *> panels() const; // that are shown, without the lesson
    void followStep();

    QMainWindow &m_window;
    Viewport &m_viewport;
    LessonDock &m_lesson;
    LessonPlayer &m_player;
    Mode m_mode = Mode::Window;
    QByteArray m_layout; // to return to
    QList<QPointer<QDockWidget>> m_folded;
    bool m_wasMaximised = false;
};

} // namespace nms
