// SPDX-License-Identifier: Apache-2.0
#include "app/cli/interrupt.h"

#include <array>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace nms::cli {

namespace {

/// A blocked signal reaches a signalfd even if it is ignored, so ignored signals are left out.
sigset_t signalsToTake()
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
        struct sigaction action = {};
        if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&set, signal);
    }
    return set;
}

} // namespace

InterruptGuard::InterruptGuard() : m_taken(signalsToTake())
{
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGXFSZ, &ignore, &m_fileSizeBefore);
    m_signals = signalfd(-1, &m_taken, SFD_CLOEXEC);
    m_ended = eventfd(0, EFD_CLOEXEC);
    if (m_signals < 0 || m_ended < 0)
        return; // out of descriptors: the signals keep their default action
    pthread_sigmask(SIG_BLOCK, &m_taken, &m_before);
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
    sigaction(SIGXFSZ, &m_fileSizeBefore, nullptr);
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
        if (read(m_signals, &info, sizeof info) == sizeof info)
            take(static_cast<int>(info.ssi_signo));
    }
}

void InterruptGuard::take(int signal)
{
    int none = 0;
    m_signal.compare_exchange_strong(none, signal); // set before the stop request, so that its cause is known then
    if (m_stop.request_stop() || (signal != SIGINT && signal != SIGTERM))
        return;
    std::signal(signal, SIG_DFL); // a second signal: the first did not end the program
    pthread_sigmask(SIG_UNBLOCK, &m_taken, nullptr);
    std::raise(signal);
}

} // namespace nms::cli
