// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/panel_dock.h"

#include <QTimer>

class QFormLayout;
class QLabel;

namespace nms {

class Workspace;

/// The figures of the selected tile.
class TileFactsDock : public PanelDock
{
    Q_OBJECT
public:
    explicit TileFactsDock(Workspace &workspace, QWidget *parent = nullptr);

private:
    QLabel *addRow(const QString &name, const QString &hint);
    void refresh();

    Workspace &m_workspace;
    QTimer m_timer; // figures change with every frame of a run; people read slower
    QLabel *m_summary;
    QLabel *m_hint;
    QWidget *m_table;
    QFormLayout *m_form;
    QLabel *m_objective;
    QLabel *m_bound;
    QLabel *m_gap;
    QLabel *m_rows;
    QLabel *m_columns;
    QLabel *m_fractional;
};

} // namespace nms
