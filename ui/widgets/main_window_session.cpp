// SPDX-License-Identifier: Apache-2.0
// MainWindow: sessions, undo, and the commands on runs.
#include "ui/models/mask_comparison.h"
#include "ui/models/session_name.h"
#include "ui/models/session_state.h"
#include "ui/models/tile_name.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/difference_dock.h"
#include "ui/widgets/main_window.h"
#include "ui/widgets/runs_dock.h"

#include <QAction>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QSettings>
#include <QStandardPaths>
#include <QUndoStack>

namespace nms {

/// Where the session is kept while the program is not running.
static QString lastSessionFile()
{
    return QDir(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation))
        .filePath(QStringLiteral("last.nmscope"));
}

static bool reopensSession()
{
    return QSettings().value(QStringLiteral("session/reopen"), true).toBool();
}

void MainWindow::createSession()
{
    m_restorer = new SessionRestorer(m_workspace, this);
    connect(&m_workspace, &Workspace::sessionFileWanted, this, [this](const QString &fileName) {
        if (isTileFile(fileName))
            openTile(fileName);
        else
            openSession(fileName);
    });
    connect(m_restorer, &SessionRestorer::tensorShown, this, [this](const SavedSession &session) {
        if (session.camera)
            m_viewport->setCameraPlace(*session.camera);
        noteOpening(false);
    });
}

void MainWindow::addSession(QMenu *menu)
{
    addCommand(menu, tr("Save session"), {QKeySequence::Save}, [this] { saveSession(m_sessionFile); });
    addCommand(menu, tr("Save session as…"), {}, [this] { saveSession({}); });
    if (m_start == Start::Fresh)
        return;
    addCommand(menu, tr("Open the last session"), {}, [this] { openSession(lastSessionFile()); });
    QAction *reopen = menu->addAction(tr("Reopen the last session at start"));
    reopen->setCheckable(true);
    reopen->setChecked(reopensSession());
    connect(reopen, &QAction::toggled, this,
            [](bool isOn) { QSettings().setValue(QStringLiteral("session/reopen"), isOn); });
}

void MainWindow::addEditing(QMenu *menu)
{
    const auto add = [this, menu](QAction *action, const QList<QKeySequence> &keys) {
        action->setShortcuts(keys);
        menu->addAction(action);
        addAction(action);
        m_commands << action;
    };
    QUndoStack &undo = m_workspace.undoStack();
    add(undo.createUndoAction(this, tr("Undo")), {QKeySequence(QStringLiteral("Ctrl+Z"))});
    add(undo.createRedoAction(this, tr("Redo")),
        {QKeySequence(QStringLiteral("Ctrl+Shift+Z")), QKeySequence(QStringLiteral("Ctrl+Y"))});
}

void MainWindow::addRuns(QMenu *menu)
{
    addCommand(menu, tr("Runs panel"), {QKeySequence(QStringLiteral("Ctrl+Shift+R"))}, [this] { m_runs->takeFocus(); });
    menu->addActions(m_runs->commands());
    for (QAction *action : m_runs->commands())
        if (!action->shortcut().isEmpty())
            m_commands << action;
    menu->addSeparator();
    addMaskComparison(menu);
}

void MainWindow::addMaskComparison(QMenu *menu)
{
    MaskComparison &comparison = MaskComparison::of(m_workspace);
    const auto inFront = [this](auto compare) {
        return [this, compare] {
            showPanel(m_difference->objectName());
            compare();
        };
    };
    addCommand(menu, tr("Compare ticked runs"), {QKeySequence(QStringLiteral("Ctrl+D"))},
               inFront([&comparison] { comparison.compareTicked(); }));
    addCommand(menu, tr("Compare with the optimum"), {QKeySequence(QStringLiteral("Ctrl+Shift+D"))},
               inFront([&comparison] { comparison.compareWithOptimum(); }));
    addCommand(menu, tr("Compare mask files…"), {}, [this] { chooseMaskFiles(); });
    addCommand(menu, tr("Show the comparison in another way"), {QKeySequence(Qt::Key_D)},
               [&comparison] { comparison.nextMode(); });
    addCommand(menu, tr("Show the other mask"), {QKeySequence(Qt::Key_B)}, [&comparison] { comparison.blink(); });
    addCommand(menu, tr("Swap A and B"), {}, [&comparison] { comparison.swap(); });
    addCommand(menu, tr("End the comparison"), {QKeySequence(QStringLiteral("Shift+D"))},
               [&comparison] { comparison.end(); });
}

void MainWindow::chooseMaskFiles()
{
    const QStringList names =
        QFileDialog::getOpenFileNames(this, tr("Two mask files, or one to compare with the run on screen"), folderToOpen(),
                                      tr("Masks (*.h5 *.safetensors);;All files (*)"));
    if (names.isEmpty())
        return;
    showPanel(m_difference->objectName());
    MaskComparison::of(m_workspace).compareFiles(names);
}

void MainWindow::saveSession(QString fileName)
{
    if (fileName.isEmpty()) {
        fileName = QFileDialog::getSaveFileName(this, tr("Save session"),
                                                QDir(folderToOpen()).filePath(QStringLiteral("session.nmscope")),
                                                tr("Sessions (*.nmscope)"));
        if (fileName.isEmpty())
            return;
        if (!isSessionFile(fileName))
            fileName += QStringLiteral(".nmscope");
    }
    if (const Status status = writeSessionTo(fileName); !status) {
        takeMessage(MessageLevel::Error, QString::fromStdString(status.error().line()));
        return;
    }
    m_sessionFile = fileName;
    noteRecent(fileName);
    takeMessage(MessageLevel::Info, tr("Session saved to %1").arg(fileName));
}

Status MainWindow::writeSessionTo(const QString &fileName) const
{
    SavedSession session = currentSession(m_workspace);
    session.camera = m_viewport->cameraPlace();
    return writeSession(session, fileName);
}

void MainWindow::openSession(const QString &fileName)
{
    Result<SavedSession> session = readSession(fileName);
    if (!session) {
        takeMessage(MessageLevel::Error, QString::fromStdString(session.error().line()));
        return;
    }
    if (fileName != lastSessionFile()) {
        m_sessionFile = fileName;
        noteRecent(fileName);
    }
    m_restorer->restore(std::move(*session));
}

void MainWindow::noteOpening(bool isOpening) const
{
    if (m_start == Start::Remembered)
        QSettings().setValue(QStringLiteral("session/opening"), isOpening);
}

bool MainWindow::reopenLastSession()
{
    if (m_start == Start::Fresh || !reopensSession() || !QFileInfo::exists(lastSessionFile()))
        return false;
    if (QSettings().value(QStringLiteral("session/opening")).toBool()) {
        noteOpening(false);
        takeMessage(MessageLevel::Warning,
                    tr("The program ended while it opened the last session; File › Open the last session tries again"));
        return false;
    }
    const Result<SavedSession> session = readSession(lastSessionFile());
    if (!session || session->files.isEmpty())
        return false;
    noteOpening(true);
    m_restorer->restore(*session);
    return true;
}

void MainWindow::keepSession() const
{
    noteOpening(false);
    QDir().mkpath(QFileInfo(lastSessionFile()).absolutePath());
    if (const Status status = writeSessionTo(lastSessionFile()); !status)
        m_workspace.message(MessageLevel::Warning, QString::fromStdString(status.error().line()), MessageSubject::File);
}

} // namespace nms
