// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

class QLabel;
class QMenu;

namespace nms {

class SegmentedControl;
class Workspace;

/// Name and menu, what is open, the views, and what will solve it.
class TopBar : public QWidget
{
    Q_OBJECT
public:
    TopBar(Workspace &workspace, QMenu *menu, QWidget *parent = nullptr);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void showTensor();
    void showSolver();

    Workspace &m_workspace;
    QLabel *m_breadcrumb;
    QLabel *m_solver;
    SegmentedControl *m_views;
    QString m_breadcrumbText;
    QString m_solverText;
    QString m_patternText; // where that does not fit
};

} // namespace nms
