// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/convergence_chart.h"
#include "ui/widgets/panel_dock.h"

#include <QTimer>

#include <array>

namespace nms {

class DriftRun;
class Workspace;

/// Shows how a run converges; a click or drag in the chart shows that iteration.
class ConvergenceDock : public PanelDock
{
    Q_OBJECT
public:
    explicit ConvergenceDock(Workspace &workspace, QWidget *parent = nullptr);

    /// Shows the first iteration with a residual below the limit; if there is none yet, a message says so.
    void goToConverged();
    /// Compares the iterates with double precision, and draws the difference into the chart; cancels that while it runs.
    void toggleDrift();

signals:
    void message(const QString &text);

private:
    void refresh();
    void showReadings(const IterationStats *stats);
    void showHealth(const Snapshot *snapshot, bool isEntropicRun);

    Workspace &m_workspace;
    ConvergenceChart *m_chart;
    DriftRun *m_drift;
    QLabel *m_health; // a dot; the finding is its tool tip and its text while it is serious
    std::array<QLabel *, ConvergenceChart::LineCount> m_readings; // names of the lines, with their values
    QTimer m_timer; // charts are slow to lay out: ten times a second is enough
};

} // namespace nms
