// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/convergence_chart.h"
#include "ui/widgets/panel_dock.h"

#include <QTimer>

#include <array>

namespace nms {

class Workspace;

/// Shows how a run converges; a click or drag in the chart shows that iteration.
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
    std::array<QLabel *, ConvergenceChart::LineCount> m_readings; // names of the lines, with their values
    QTimer m_timer; // charts are slow to lay out: ten times a second is enough
};

} // namespace nms
