// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/panel_dock.h"

#include <QTimer>

#include <utility>
#include <vector>

class QFormLayout;
class QLabel;

namespace nms {

struct FactText;
class Workspace;

/// The figures of the selected tile.
class TileFactsDock : public PanelDock
{
    Q_OBJECT
public:
    explicit TileFactsDock(Workspace &workspace, QWidget *parent = nullptr);

private:
    void refresh();
    void put(int row, const FactText &fact);

    Workspace &m_workspace;
    QTimer m_timer; // figures change with every frame of a run, which is too fast to read
    QLabel *m_summary;
    QLabel *m_hint;
    QWidget *m_table;
    QFormLayout *m_form;
    std::vector<std::pair<QLabel *, QLabel *>> m_rows; // name and value
};

} // namespace nms
