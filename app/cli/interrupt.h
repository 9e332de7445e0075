// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace nms::cli {

/// Turns the first SIGINT or SIGTERM into a stop request; the second kills the process as if nobody had caught it.
/// Construct it before other threads exist: they inherit the blocked signals, so that only its own thread takes them,
/// outside signal context. A signal that was ignored when the process began (nohup) stays ignored.
class InterruptGuard
{
public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard &) = delete;
    InterruptGuard &operator=(const InterruptGuard &) = delete;

    std::stop_token token() const { return m_stop.get_token(); }

private:
    void watch();

    std::stop_source m_stop;
    sigset_t m_before{};
    int m_signals = -1; // signalfd
    int m_ended = -1; // eventfd: readable once the destructor runs
    std::thread m_watcher;
};

} // namespace nms::cli
