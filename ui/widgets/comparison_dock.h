// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/backend_choice.h"
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

/// Compares patterns × methods on the open tensor; the table is filled row by row.
class ComparisonDock : public PanelDock
{
    Q_OBJECT
public:
    explicit ComparisonDock(Workspace &workspace, QWidget *parent = nullptr);

    std::vector<ComparisonCase> chosenCases() const;
    enum Page { Table, Chart };
    void showPage(int page);

signals:
    void message(nms::MessageLevel level, const QString &text);

public slots:
    void compare(); // starts a comparison, or cancels the running one
    void copyCsv() const;

private:
    void addChoosers();
    QAction *addPattern(NmPattern pattern, bool isChosen);
    void askForPatterns();
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
    QLabel *m_hint; // shown instead of the pages while there are no results
    QStackedWidget *m_pages;
    QPushButton *m_patternButton;
    QPushButton *m_methodButton;
    SegmentedControl *m_page;
    QPushButton *m_compare;
    QPushButton *m_copy;
};

} // namespace nms
