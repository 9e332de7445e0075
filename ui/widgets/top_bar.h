// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

class QLabel;
class QMenu;

namespace nms {

class SegmentedControl;
class Workspace;

/// Program name and menu, the open tensor, the views, and the settings of the solve.
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
    QString m_patternText; // shown instead if m_solverText does not fit
};

} // namespace nms
