// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/lesson_mode.h"

#include "core/lesson/lesson_reader.h"
#include "ui/widgets/lesson_dock.h"
#include "ui/widgets/point_frame.h"

#include <QAction>
#include <QFile>
#include <QFileInfo>
#include <QMenu>
#include <QSettings>

#include <algorithm>

namespace nms {

static QString stepKey(const QString &fileName)
{
    return QStringLiteral("lessons/%1/step").arg(QFileInfo(fileName).completeBaseName());
}

LessonMode::LessonMode(Workspace &workspace, QWidget &window, bool isRemembered)
    : QObject(&window), m_window(window), m_isRemembered(isRemembered), m_player(workspace),
      m_dock(new LessonDock(m_player, &window))
{
    m_dock->hide();
    connect(m_dock, &LessonDock::closeWanted, this, &LessonMode::close);
    connect(&m_player, &LessonPlayer::stepChanged, this, &LessonMode::noteStep);
    connect(&m_player, &LessonPlayer::stepChanged, this, &LessonMode::point);
}

void LessonMode::setLessons(const QStringList &fileNames, const lesson::SampleFiles &samples)
{
    m_files = fileNames;
    m_player.setSampleFiles(samples);
}

Status LessonMode::open(const QString &nameOrFile)
{
    QString file = nameOrFile;
    if (!QFileInfo::exists(file)) {
        const auto found = std::ranges::find_if(
            m_files, [&](const QString &each) { return QFileInfo(each).fileName().startsWith(nameOrFile); });
        if (nameOrFile.isEmpty() || found == m_files.end()) {
            QStringList names;
            for (const QString &each : m_files)
                names << QFileInfo(each).completeBaseName();
            return fail(ErrorKind::Usage, nameOrFile.toStdString(), "is neither a file nor a lesson",
                        "the lessons are " + names.join(QStringLiteral(", ")).toStdString());
        }
        file = *found;
    }
    const auto step = m_isRemembered ? std::size_t(QSettings().value(stepKey(file)).toUInt()) : 0;
    if (const Status opened = m_player.open(file, step); !opened)
        return opened;
    for (QAction *action : std::as_const(m_actions))
        action->setEnabled(true);
    emit opened();
    return {};
}

void LessonMode::close()
{
    m_player.close();
    for (QAction *action : std::as_const(m_actions))
        action->setEnabled(false);
    emit closed();
}

void LessonMode::setActions(const QList<QAction *> &actions)
{
    m_actions = actions;
    for (QAction *action : actions)
        action->setEnabled(m_player.lesson() != nullptr);
}

void LessonMode::fillMenu(QMenu *menu)
{
    menu->clear();
    for (const QString &file : std::as_const(m_files)) {
        const Result<lesson::Lesson> lesson = lesson::readLesson(QFile::encodeName(file).toStdString());
        QString title = lesson ? QString::fromStdString(lesson->title) : QFileInfo(file).fileName();
        if (lesson && lesson->minutes > 0)
            title += tr(" (%1 minutes)").arg(lesson->minutes);
        QAction *action = menu->addAction(title.replace(QLatin1Char('&'), QStringLiteral("&&")), this,
                                          [this, file] { emit openWanted(file); });
        if (lesson)
            action->setToolTip(QString::fromStdString(lesson->summary));
    }
    menu->setToolTipsVisible(true);
    if (menu->isEmpty())
        menu->addAction(tr("none installed"))->setEnabled(false);
}

/// Reading a lesson to its end starts it anew the next time.
void LessonMode::noteStep()
{
    if (!m_isRemembered || !m_player.lesson())
        return;
    const bool isEnd = m_player.step() + 1 == m_player.stepCount();
    QSettings().setValue(stepKey(QFile::decodeName(m_player.lesson()->file.c_str())), isEnd ? 0U : uint(m_player.step()));
}

void LessonMode::point()
{
    for (const QPointer<QWidget> &frame : std::as_const(m_frames))
        delete frame;
    m_frames.clear();
    if (!m_player.lesson())
        return;
    for (const std::string &name : m_player.state().point)
        if (auto *target = m_window.findChild<QWidget *>(QString::fromStdString(name)))
            m_frames << new PointFrame(target);
}

} // namespace nms
