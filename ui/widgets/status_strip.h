// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStatusBar>
#include <QTimer>

class QLabel;

namespace nms {

class Workspace;

/// One line: the number of tiles, the iteration and speed of the run, and the length of its history.
class StatusStrip : public QStatusBar
{
    Q_OBJECT
public:
    explicit StatusStrip(Workspace &workspace, QWidget *parent = nullptr);

private:
    void refresh();
    void refreshSoon();

    Workspace &m_workspace;
    QTimer m_timer;
    QLabel *m_tiles;
    QLabel *m_state;
    QLabel *m_rate;
    QLabel *m_history;
};

} // namespace nms
