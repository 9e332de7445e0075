// SPDX-License-Identifier: Apache-2.0
#include "app/signal_watcher.h"

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <unistd.h>

namespace nms {

static constexpr std::array stopSignals{SIGINT, SIGTERM, SIGHUP};
static volatile std::sig_atomic_t writeEnd = -1;

static void onSignal(int)
{
    const int error = errno;
    const char byte = 1;
    [[maybe_unused]] const ssize_t written = write(writeEnd, &byte, 1); // if the pipe is full, the receiver is woken anyway
    errno = error;
}

SignalWatcher::SignalWatcher(QObject *parent) : QObject(parent)
{
    std::signal(SIGXFSZ, SIG_IGN); // a write beyond the file size limit then fails and is reported
    if (pipe2(m_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return; // without the pipe the signals keep their default action
    writeEnd = m_pipe[1];
    m_notifier = new QSocketNotifier(m_pipe[0], QSocketNotifier::Read, this);
    connect(m_notifier, &QSocketNotifier::activated, this, [this] {
        char bytes[16];
        while (read(m_pipe[0], bytes, sizeof bytes) > 0) { }
        emit stopRequested();
    });
    struct sigaction action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < stopSignals.size(); ++i) {
        sigaction(stopSignals[i], nullptr, &m_before[i]);
        if (m_before[i].sa_handler != SIG_IGN) // ignored signals stay ignored, as under nohup
            sigaction(stopSignals[i], &action, nullptr);
    }
}

SignalWatcher::~SignalWatcher()
{
    if (m_pipe[0] < 0)
        return;
    for (std::size_t i = 0; i < stopSignals.size(); ++i)
        sigaction(stopSignals[i], &m_before[i], nullptr);
    writeEnd = -1;
    close(m_pipe[0]);
    close(m_pipe[1]);
}

} // namespace nms
