// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace nms::cli {

/// Turns the first SIGINT, SIGTERM, SIGHUP (the terminal is closed) or SIGXCPU (the limit on processor time) into a stop
/// request; SIGINT or SIGTERM after that kills the process as if nobody had caught it. The other two do not: they come in
/// swarms. A signal that was ignored when the process began (nohup) stays ignored. SIGXFSZ is ignored, so that a write
/// beyond the limit on file sizes fails and can be told. Construct it before other threads exist: they inherit the blocked
/// signals, so that only its own thread takes them, outside signal context.
class InterruptGuard
{
public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard &) = delete;
    InterruptGuard &operator=(const InterruptGuard &) = delete;

    std::stop_token token() const { return m_stop.get_token(); }

    /// The signal that asked for the stop; 0 before. Any thread.
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
