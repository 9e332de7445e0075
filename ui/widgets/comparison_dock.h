// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/comparison_model.h"
#include "ui/widgets/panel_dock.h"

#include <QSortFilterProxyModel>

#include <vector>

class QLabel;
class QMenu;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace nms {

class ComparisonChart;
class SegmentedControl;
class Workspace;

/// Patterns × methods on the open tensor, filled row by row.
class ComparisonDock : public PanelDock
{
    Q_OBJECT
public:
    explicit ComparisonDock(Workspace &workspace, QWidget *parent = nullptr);

    std::vector<ComparisonCase> chosenCases() const;
    enum Page { Table, Chart };
    void showPage(int page);

public slots:
    void compare(); // or cancels the one under way
    void copyCsv() const;

private:
    void addChoosers();
    void showChoice();
    void showState();
    void showCurrentRow();

    Workspace &m_workspace;
    ComparisonModel m_model;
    QSortFilterProxyModel m_sorted;
    QTableView *m_table;
    QMenu *m_patterns;
    QMenu *m_methods;
    ComparisonChart *m_chart;
    QLabel *m_hint; // in place of the pages while there is nothing to show
    QStackedWidget *m_pages;
    QPushButton *m_patternButton;
    QPushButton *m_methodButton;
    SegmentedControl *m_page;
    QPushButton *m_compare;
    QPushButton *m_copy;
};

} // namespace nms
