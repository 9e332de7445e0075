// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/panel_dock.h"

#include <QList>
#include <QTimer>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QHBoxLayout;
class QLabel;
class QPushButton;
class QSlider;
class QStackedWidget;
class QToolButton;

namespace nms {

class PruneChart;
class PruneComparePage;
class SegmentedControl;
class Workspace;

/// Prunes the open tensor as a layer: its calibration activations, the framework, the run and its steps.
class PruneDock : public PanelDock
{
    Q_OBJECT
public:
    explicit PruneDock(Workspace &workspace, QWidget *parent = nullptr);

    enum Page { Run, Compare };
    void showPage(int page);
    void chooseCalibration();

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override; // the first file is the calibration

private:
    QHBoxLayout *settingsRow();
    QHBoxLayout *inputsRow();
    QHBoxLayout *chartRow();
    QHBoxLayout *stepsRow();
    void apply();
    void refresh();
    void showSettings();
    void showInputs();
    void showRun();

    Workspace &m_workspace;
    QTimer m_timer; // a run reports every step, which is too fast to read
    QComboBox *m_framework;
    QComboBox *m_kind;
    QPushButton *m_run;
    QPushButton *m_step;
    QPushButton *m_restart;
    QPushButton *m_cancel;
    QPushButton *m_file;
    QToolButton *m_noFile;
    QLabel *m_inputs;
    QDoubleSpinBox *m_damping;
    QComboBox *m_pace;
    QCheckBox *m_shows;
    PruneChart *m_chart;
    QStackedWidget *m_pages;
    PruneComparePage *m_compare;
    SegmentedControl *m_page;
    QList<QLabel *> m_legend;
    QToolButton *m_back;
    QToolButton *m_forward;
    QToolButton *m_rewind;
    QSlider *m_steps;
    QLabel *m_position;
    QLabel *m_verdict;
    QLabel *m_tiles;
};

} // namespace nms
