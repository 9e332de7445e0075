// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <array>
#include <csignal>

namespace nms {

/// Reports SIGINT, SIGTERM and SIGHUP (the terminal was closed) as a Qt signal on the GUI thread, since little is allowed in
/// a signal handler itself. Signals that were ignored stay ignored. One instance at a time.
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
