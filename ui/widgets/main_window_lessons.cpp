// SPDX-License-Identifier: Apache-2.0
// MainWindow: lessons and presenting.
#include "ui/widgets/lesson_dock.h"
#include "ui/widgets/lesson_mode.h"
#include "ui/widgets/main_window.h"
#include "ui/widgets/presentation.h"
#include "ui/widgets/sandbox_page.h"

#include <QAction>
#include <QFileDialog>
#include <QMenu>

namespace nms {

void MainWindow::setLessons(const QStringList &fileNames, const lesson::SampleFiles &samples)
{
    m_lessons->setLessons(fileNames, samples);
}

Status MainWindow::openLesson(const QString &nameOrFile)
{
    return m_lessons->open(nameOrFile);
}

void MainWindow::addLessons(QMenu *menu)
{
    const auto openAndTell = [this](const QString &name) {
        if (const Status opened = openLesson(name); !opened)
            takeMessage(MessageLevel::Error, QString::fromStdString(opened.error().line()));
    };
    QMenu *lessons = menu->addMenu(tr("Lessons"));
    connect(lessons, &QMenu::aboutToShow, this, [this, lessons] { m_lessons->fillMenu(lessons); });
    connect(m_lessons, &LessonMode::openWanted, this, openAndTell);
    addCommand(menu, tr("Open a lesson file…"), {}, [this, openAndTell] {
        const QString file = QFileDialog::getOpenFileName(this, tr("Open a lesson"), folderToOpen(), tr("Lessons (*.md)"));
        if (!file.isEmpty())
            openAndTell(file);
    });
    LessonPlayer &player = m_lessons->player();
    QAction *next = addCommand(menu, tr("Next step of the lesson"), {QKeySequence(QStringLiteral("Alt+Right"))},
                               [&player] { player.next(); });
    QAction *back = addCommand(menu, tr("Previous step of the lesson"), {QKeySequence(QStringLiteral("Alt+Left"))},
                               [&player] { player.back(); });
    QAction *restore =
        addCommand(menu, tr("Undo my changes to the step"), {QKeySequence(Qt::Key_F5)}, [&player] { player.restoreStep(); });
    QAction *end = addCommand(menu, tr("End the lesson"), {}, [this] { m_lessons->close(); });
    m_lessons->setActions({next, back, restore, end});
    // Remote controls for presentations send these keys; otherwise they scroll.
    connect(m_presentation, &Presentation::modeChanged, this, [this, next, back] {
        const bool isPresenting = m_presentation->mode() == Presentation::Mode::Presenting;
        const auto keys = [isPresenting](const char *usual, Qt::Key remote) {
            QList<QKeySequence> all{QKeySequence(QString::fromLatin1(usual))};
            if (isPresenting)
                all << QKeySequence(remote);
            return all;
        };
        next->setShortcuts(keys("Alt+Right", Qt::Key_PageDown));
        back->setShortcuts(keys("Alt+Left", Qt::Key_PageUp));
    });
    connect(m_lessons, &LessonMode::opened, this, &MainWindow::placeLesson);
    connect(m_lessons, &LessonMode::closed, this, &MainWindow::placeLesson);
    connect(&player, &LessonPlayer::panelWanted, this, &MainWindow::showPanel);
    connect(m_presentation, &Presentation::panelWanted, this, &MainWindow::showPanel);
    connect(&m_lessons->dock(), &LessonDock::sandboxWanted, this, [this, &player] {
        Sandbox &sandbox = Sandbox::of(m_workspace);
        sandbox.setTile(player.tile()->problem, tr("Tile of the lesson"));
        sandbox.setOptions(player.tile()->options);
        showSandbox();
    });
    connect(&player, &LessonPlayer::stepChanged, this, [this, &player] {
        if (player.lesson() && !player.tile() && shownSandbox())
            showMatrix(); // the step is about the layer
    });
}

void MainWindow::addPresentation(QMenu *menu)
{
    using Mode = Presentation::Mode;
    addCommand(menu, tr("Full screen, then present, then back"), {QKeySequence(Qt::Key_F11)},
               [this] { m_presentation->cycle(); });
    QAction *present = addCommand(menu, tr("Present"), {}, [this] {
        m_presentation->setMode(m_presentation->mode() == Mode::Presenting ? Mode::Window : Mode::Presenting);
    });
    present->setCheckable(true);
    connect(m_presentation, &Presentation::modeChanged, present,
            [this, present] { present->setChecked(m_presentation->mode() == Mode::Presenting); });
}

} // namespace nms
