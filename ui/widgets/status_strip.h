// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStatusBar>
#include <QTimer>

class QLabel;

namespace nms {

class Workspace;

/// One line: how many tiles, where the run is, how fast, how much history.
class StatusStrip : public QStatusBar
{
    Q_OBJECT
public:
    explicit StatusStrip(Workspace &workspace, QWidget *parent = nullptr);

private:
    void refresh();

    Workspace &m_workspace;
    QTimer m_timer;
    QLabel *m_tiles;
    QLabel *m_state;
    QLabel *m_rate;
    QLabel *m_history;
};

} // namespace nms
