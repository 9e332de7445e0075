// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/panel_dock.h"

#include <QMap>
#include <QTimer>

class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;

namespace nms {

class SegmentedControl;
class Transport;
class Workspace;

/// Pattern, method and its parameters; run, step, restart, cancel; the result in words.
class RunSettingsDock : public PanelDock
{
    Q_OBJECT
public:
    explicit RunSettingsDock(Workspace &workspace, QWidget *parent = nullptr);

private:
    void addSettings();
    void addCommands();
    void apply();
    void chooseScore(int index);
    void showScore();
    void applyPattern(int n, int m);
    void commit(); // takes over values that were typed but not confirmed
    void showOptions();
    void showDifferences();
    void showRun();
    void showRunSoon();

    Workspace &m_workspace;
    Transport &m_transport;
    QTimer m_timer; // a run reports every frame, which is too fast to read
    int m_shownState = -1;
    QMap<QString, QLabel *> m_names; // labels of the settings, by name
    QWidget *m_difference;
    QLabel *m_differenceText;
    SegmentedControl *m_pattern;
    QSpinBox *m_n;
    QSpinBox *m_m;
    QComboBox *m_method;
    QComboBox *m_score;
    QDoubleSpinBox *m_tau;
    QSpinBox *m_iterations;
    QDoubleSpinBox *m_tolerance; // in percent
    QComboBox *m_warmStart;
    QComboBox *m_backend;
    QPushButton *m_run;
    QPushButton *m_step;
    QPushButton *m_restart;
    QPushButton *m_cancel;
    QProgressBar *m_progress;
    QLabel *m_position;
    QLabel *m_verdict;
    QLabel *m_kept;
    QLabel *m_advice;
};

} // namespace nms
