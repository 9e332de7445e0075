// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/pattern_scanner.h"
#include "ui/models/tensor_tree_model.h"
#include "ui/widgets/panel_dock.h"

#include <QSortFilterProxyModel>

class QLineEdit;
class QProgressBar;
class QTreeView;

namespace nms {

/// Files, groups and tensors, with a filter. Choosing a tensor loads it.
class TensorTreeDock : public PanelDock
{
    Q_OBJECT
public:
    explicit TensorTreeDock(Workspace &workspace, QWidget *parent = nullptr);
    void focusFilter();

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void reload();
    void showCurrent();
    void expandGroups(const QModelIndex &parent);
    void showLoading();
    void choose(const QModelIndex &index);
    void showMenu(const QPoint &position);

    Workspace &m_workspace;
    TensorTreeModel m_model;
    QSortFilterProxyModel m_filter;
    PatternScanner m_scanner;
    QLineEdit *m_edit;
    QTreeView *m_tree;
    QProgressBar *m_progress;
};

} // namespace nms
