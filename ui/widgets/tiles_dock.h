// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/tiles_model.h"
#include "ui/widgets/panel_dock.h"

#include <QTimer>

class QLabel;
class QTableView;

namespace nms {

class Workspace;

/// Lists the tiles, worst first; a click selects one, a double click moves the view to it.
class TilesDock : public PanelDock
{
    Q_OBJECT
public:
    explicit TilesDock(Workspace &workspace, QWidget *parent = nullptr);

private:
    void refresh();
    void showSelected();

    Workspace &m_workspace;
    TilesModel m_model;
    QTableView *m_table;
    QLabel *m_hint;
    QTimer m_timer;
};

} // namespace nms
