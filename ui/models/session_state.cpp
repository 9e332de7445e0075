// SPDX-License-Identifier: Apache-2.0
#include "ui/models/session_state.h"

#include "ui/models/run_list.h"
#include "ui/models/workspace.h"

#include <QFileInfo>

#include <algorithm>
#include <utility>

namespace nms {

SavedSession currentSession(Workspace &workspace)
{
    workspace.keepRun();
    SavedSession session;
    for (const OpenFile &file : workspace.files())
        session.files << file.fileName;
    if (const auto tensor = workspace.tensor()) {
        session.tensorFile = tensor->file;
        session.tensorPath = QString::fromStdString(tensor->info.path);
    }
    session.settings = workspace.settings();
    session.view = workspace.view();
    session.rankFigure = workspace.rankFigure();
    session.tile = workspace.selectedTile();
    for (const RunList::Run &run : workspace.runs().all()) {
        session.runs.push_back(*run);
        session.runs.back().solution.reset();
    }
    return session;
}

SessionRestorer::SessionRestorer(Workspace &workspace, QObject *parent) : QObject(parent), m_workspace(workspace)
{
    connect(&workspace, &Workspace::tensorChanged, this, &SessionRestorer::continueWithTensor);
}

/// The name under which the workspace opens the file.
static QString openedName(const QString &file)
{
    const QString canonical = QFileInfo(file).canonicalFilePath();
    return canonical.isEmpty() ? file : canonical;
}

void SessionRestorer::restore(SavedSession session)
{
    for (KeptRun &run : session.runs) {
        run.setup.file = openedName(run.setup.file);
        m_workspace.runs().keep(run);
    }
    m_workspace.setSettings(session.settings);
    m_workspace.setView(session.view);
    if (session.rankFigure)
        m_workspace.setRankFigure(*session.rankFigure);
    session.tensorFile = session.tensorFile.isEmpty() ? QString() : openedName(session.tensorFile);
    QStringList files = session.files;
    if (!session.tensorFile.isEmpty())
        files << session.tensorFile;
    std::ranges::transform(files, files.begin(), openedName);
    files.removeDuplicates();
    const QString tensorFile = session.tensorFile, tensorPath = session.tensorPath;
    m_pending = std::move(session);
    for (const QString &file : std::as_const(files)) {
        const bool isTensors = file == tensorFile;
        const bool isOpen = std::ranges::any_of(m_workspace.files(), [&](const OpenFile &f) { return f.fileName == file; });
        if (!isOpen)
            m_workspace.openFileAt(file, isTensors ? tensorPath : QString());
        else if (isTensors)
            m_workspace.selectTensor(file, tensorPath);
    }
}

void SessionRestorer::continueWithTensor()
{
    const auto tensor = m_workspace.tensor();
    if (!tensor || !m_pending)
        return;
    const SavedSession session = *std::exchange(m_pending, std::nullopt);
    if (tensor->file != session.tensorFile || tensor->info.path != session.tensorPath.toStdString())
        return; // another one was opened meanwhile
    m_workspace.selectTile(session.tile);
    emit tensorShown(session);
}

} // namespace nms
