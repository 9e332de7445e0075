// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/run_pace.h"

#include "ui/models/transport.h"

#include <QSettings>

namespace nms {

static constexpr double firstPace = 20; // iterations a second
static const QString paceKey = QStringLiteral("run/pace");

RunPace::RunPace(Workspace &workspace, QObject *parent) : QObject(parent), m_workspace(workspace)
{
    const QSettings settings;
    m_isNew = !settings.contains(paceKey);
    workspace.setPace(settings.value(paceKey, firstPace).toDouble());
    connect(&Transport::of(workspace), &Transport::changed, this, [this] {
        if (m_workspace.pace() != QSettings().value(paceKey, firstPace).toDouble())
            QSettings().setValue(paceKey, m_workspace.pace());
    });
    if (m_isNew)
        connect(&workspace, &Workspace::sessionChanged, this, &RunPace::showFirstRun);
}

void RunPace::showFirstRun()
{
    if (!m_isNew || m_workspace.sessionStatus().state != SessionState::Running || !m_workspace.isLive())
        return;
    m_isNew = false;
    QSettings().setValue(paceKey, m_workspace.pace());
    m_workspace.setView(MatrixView::Plan);
}

} // namespace nms
