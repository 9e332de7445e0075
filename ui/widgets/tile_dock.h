// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/panel_dock.h"

#include <QTimer>

class QLabel;
class QStackedWidget;

namespace nms {

class SegmentedControl;
class TileInspection;
class TileLabPage;
class TileStepsPage;
class TileWhyPage;
class Workspace;

/// All that is told of the selected tile: why it is as it is, how its mask was made, and what other settings would make of
/// it.
class TileDock : public PanelDock
{
    Q_OBJECT
public:
    enum Page { Why, Steps, Lab };

    explicit TileDock(Workspace &workspace, QWidget *parent = nullptr);

    void showPage(Page page); // and the dock itself

private:
    void refresh();
    void pageChanged();

    Workspace &m_workspace;
    TileInspection &m_inspection;
    QTimer m_timer; // figures change with every frame of a run, which is too fast to read
    QLabel *m_summary;
    QLabel *m_hint;
    SegmentedControl *m_pages;
    QStackedWidget *m_stack;
    TileWhyPage *m_why;
    TileStepsPage *m_steps;
    TileLabPage *m_lab;
};

} // namespace nms
