// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/model_run.h"
#include "ui/models/model_table.h"
#include "ui/widgets/panel_dock.h"

#include <QTimer>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;

namespace nms {

class SegmentedControl;
class Workspace;

/// Overview of the whole model: every tensor of the open file × the usual patterns, what each pattern keeps, what
/// transposability costs, where the worst tiles are, and which N of each M is enough.
class ModelDock : public PanelDock
{
    Q_OBJECT
public:
    explicit ModelDock(Workspace &workspace, QWidget *parent = nullptr);

    /// Starts the overview, or cancels the running one.
    void toggleOverview();
    /// The overview as one HTML page; empty before it is finished.
    QByteArray report() const;
    bool isLooking() const { return m_run.isRunning(); }

private:
    void addControls();
    void showState();
    void showProgress();
    void open(const QModelIndex &index);

    Workspace &m_workspace;
    ModelRun m_run;
    ModelTable m_model;
    SortedModelTable m_sorted;
    QTimer m_timer; // updates the display during a run
    QTableView *m_table;
    SegmentedControl *m_figure = nullptr;
    QComboBox *m_method = nullptr; // the one that proves comes first
    QDoubleSpinBox *m_target = nullptr;
    QPushButton *m_start = nullptr;
    QPushButton *m_copy = nullptr;
    QProgressBar *m_progress = nullptr;
    QLabel *m_text = nullptr;
    QLabel *m_hint;
    std::optional<jobs::WorstTile> m_flight; // the tile to move the view to once its matrix is loaded
};

} // namespace nms
