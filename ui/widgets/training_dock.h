// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/panel_dock.h"

#include <QTimer>

class QCheckBox;
class QLabel;
class QTreeWidget;

namespace nms {

class Attachment;
class TrainingChart;
class Workspace;

/// The training of the process that the window is attached to: its step, and the flip rate of each layer's mask. A click on
/// a layer opens it.
class TrainingDock : public PanelDock
{
    Q_OBJECT
public:
    TrainingDock(Attachment &attachment, Workspace &workspace, QWidget *parent = nullptr);

private:
    void refresh();
    void listLayers();

    Attachment &m_attachment;
    Workspace &m_workspace;
    QLabel *m_text;
    QCheckBox *m_wanted;
    QTreeWidget *m_layers;
    TrainingChart *m_chart;
    QTimer m_timer; // charts are slow to lay out: ten times a second is enough
};

} // namespace nms
