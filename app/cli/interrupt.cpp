// SPDX-License-Identifier: Apache-2.0
#include "app/cli/interrupt.h"

#include <array>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace nms::cli {

namespace {

sigset_t interruptSignals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

} // namespace

InterruptGuard::InterruptGuard()
{
    const sigset_t signals = interruptSignals();
    m_signals = signalfd(-1, &signals, SFD_CLOEXEC);
    m_ended = eventfd(0, EFD_CLOEXEC);
    if (m_signals < 0 || m_ended < 0)
        return; // out of descriptors: then the signals keep their own, deadly meaning
    pthread_sigmask(SIG_BLOCK, &signals, &m_before);
    m_watcher = std::thread([this] { watch(); });
}

InterruptGuard::~InterruptGuard()
{
    if (m_watcher.joinable()) {
        eventfd_write(m_ended, 1);
        m_watcher.join();
        pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
    }
    close(m_signals);
    close(m_ended);
}

void InterruptGuard::watch()
{
    std::array<pollfd, 2> fds{pollfd{m_signals, POLLIN, 0}, pollfd{m_ended, POLLIN, 0}};
    while (true) {
        if (poll(fds.data(), fds.size(), -1) < 0)
            continue;
        if (fds[1].revents != 0)
            return;
        signalfd_siginfo info{};
        if (read(m_signals, &info, sizeof info) != sizeof info)
            continue;
        if (!m_stop.request_stop()) { // it was asked before and did not end
            const int signal = static_cast<int>(info.ssi_signo);
            const sigset_t signals = interruptSignals();
            std::signal(signal, SIG_DFL);
            pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
            std::raise(signal);
        }
    }
}

} // namespace nms::cli
