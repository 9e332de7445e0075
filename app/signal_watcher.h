// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <array>
#include <csignal>

namespace nms {

/// SIGINT, SIGTERM and SIGHUP (the terminal is closed) as a Qt signal on the GUI thread (a handler itself may do next to
/// nothing); those that were ignored stay so. One at a time.
class SignalWatcher : public QObject
{
    Q_OBJECT
public:
    explicit SignalWatcher(QObject *parent = nullptr);
    ~SignalWatcher() override;

signals:
    void stopRequested();

private:
    int m_pipe[2] = {-1, -1};
    std::array<struct sigaction, 3> m_before{};
    QSocketNotifier *m_notifier = nullptr;
};

} // namespace nms
