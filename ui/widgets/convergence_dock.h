// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/convergence_chart.h"
#include "ui/widgets/panel_dock.h"

#include <QTimer>

#include <array>

namespace nms {

class Workspace;

/// How a run converges; a click or drag goes back to that iteration.
class ConvergenceDock : public PanelDock
{
    Q_OBJECT
public:
    explicit ConvergenceDock(Workspace &workspace, QWidget *parent = nullptr);

private:
    void refresh();
    void showReadings(const IterationStats *stats);

    Workspace &m_workspace;
    ConvergenceChart *m_chart;
    std::array<QLabel *, ConvergenceChart::LineCount> m_readings; // names of the lines, with what they are worth
    QTimer m_timer; // charts are slow to lay out: ten times a second is enough
};

} // namespace nms
