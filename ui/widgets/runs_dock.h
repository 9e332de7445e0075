// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/run_list_model.h"
#include "ui/widgets/panel_dock.h"

#include <QList>
#include <QSortFilterProxyModel>

class QAction;
class QLabel;
class QPushButton;
class QTableView;

namespace nms {

class Workspace;

/// The runs that are kept: shown again, renamed, pinned, ticked, deleted. States the memory that they take, and its limit.
class RunsDock : public PanelDock
{
    Q_OBJECT
public:
    explicit RunsDock(Workspace &workspace, QWidget *parent = nullptr);

    void takeFocus(); // comes to the front, and gets the keyboard focus

    /// The commands on the selected runs, for a menu. Their keys work while the panel has the focus.
    const QList<QAction *> &commands() const { return m_commands; }

private:
    void addTable();
    void addCommands();
    QList<int> selected() const; // ids, in the order of the rows
    void showSelected();
    void setPinned();
    void setTicked();
    void copyCsv() const;
    void showState();

    Workspace &m_workspace;
    RunListModel m_model;
    QSortFilterProxyModel m_sorted;
    QTableView *m_table;
    QLabel *m_hint;
    QPushButton *m_memory;
    QPushButton *m_csv;
    QList<QAction *> m_commands;
};

} // namespace nms
