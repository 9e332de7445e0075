// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "ui/models/lesson_player.h"

#include <QList>
#include <QObject>
#include <QPointer>
#include <QStringList>

class QAction;
class QMenu;
class QWidget;

namespace nms {

class LessonDock;

/// The lessons of the window: which there are, the one that is open with its panel, the controls that its step points at,
/// and how far each has been followed, in QSettings where the window is remembered.
class LessonMode : public QObject
{
    Q_OBJECT
public:
    LessonMode(Workspace &workspace, QWidget &window, bool isRemembered);

    void setLessons(const QStringList &fileNames, const lesson::SampleFiles &samples);
    const QStringList &fileNames() const { return m_files; }

    /// A file, or the beginning of the name of one of the lessons ("4", "4-dykstra"). Usage error for an unknown name;
    /// errors as readLesson().
    Status open(const QString &nameOrFile);
    void close();

    LessonPlayer &player() { return m_player; }
    LessonDock &dock() { return *m_dock; }
    void fillMenu(QMenu *menu); // with the titles of the lessons
    /// Enabled while a lesson is open.
    void setActions(const QList<QAction *> &actions);

signals:
    void opened();
    void closed();
    void openWanted(const QString &fileName);

private:
    void noteStep();
    void point();

    QWidget &m_window;
    const bool m_isRemembered;
    LessonPlayer m_player;
    LessonDock *m_dock;
    QStringList m_files;
    QList<QAction *> m_actions;
    QList<QPointer<QWidget>> m_frames; // around the controls that the step points at
};

} // namespace nms
