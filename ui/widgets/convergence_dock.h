// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/panel_dock.h"

#include <QTimer>

namespace nms {

class ConvergenceChart;
class Workspace;

/// How a run converges; a click or drag goes back to that iteration.
class ConvergenceDock : public PanelDock
{
    Q_OBJECT
public:
    explicit ConvergenceDock(Workspace &workspace, QWidget *parent = nullptr);

private:
    void refresh();

    Workspace &m_workspace;
    ConvergenceChart *m_chart;
    QTimer m_timer; // charts are slow to lay out: ten times a second is enough
};

} // namespace nms
