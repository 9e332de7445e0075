// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace nms::cli {

/// Turns the first SIGINT, SIGTERM, SIGHUP (the terminal was closed) or SIGXCPU (limit on processor time) into a stop
/// request. A second SIGINT or SIGTERM kills the process by the signal's default action; SIGHUP and SIGXCPU do not, as they
/// may arrive many times. A signal that was ignored when the process began (nohup) stays ignored. SIGXFSZ is ignored, so
/// that a write beyond the file size limit fails with an error that can be reported. Construct it before other threads
/// exist: they inherit the blocked signals, so that only its own thread receives them, outside signal context.
class InterruptGuard
{
public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard &) = delete;
    InterruptGuard &operator=(const InterruptGuard &) = delete;

    std::stop_token token() const { return m_stop.get_token(); }

    /// The signal that requested the stop; 0 before. Any thread.
    int signal() const { return m_signal; }

private:
    void watch();
    void take(int signal);

    std::stop_source m_stop;
    std::atomic<int> m_signal = 0;
    sigset_t m_taken{};
    sigset_t m_before{};
    struct sigaction m_fileSizeBefore = {};
    int m_signals = -1; // signalfd
    int m_ended = -1; // eventfd: readable once the destructor runs
    std::thread m_watcher;
};

} // namespace nms::cli
