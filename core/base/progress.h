// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>

namespace nms {

/// How a long call reports its progress and is stopped. `report` may be called from any worker thread, a few times a
/// second; each function documents what it counts (tiles, rows, tensors).
struct Progress {
    std::stop_token stop;
    std::function<void(std::int64_t done, std::int64_t total)> report;
};

/// Turns the tiles that workers finish into a few reports a second. add() may be called from any thread.
class ProgressMeter
{
public:
    ProgressMeter(const Progress &progress, std::int64_t total) : m_progress(progress), m_total(total) { }

    void add(std::int64_t tiles)
    {
        const std::int64_t done = m_done.fetch_add(tiles, std::memory_order_relaxed) + tiles;
        if (!m_progress.report)
            return;
        const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
        auto next = m_next.load(std::memory_order_relaxed);
        // Of the workers that see a report due, the one that wins the exchange makes it. The final report is always made.
        if (done == m_total || (now >= next && m_next.compare_exchange_strong(next, now + interval)))
            m_progress.report(done, m_total);
    }

private:
    static constexpr std::chrono::steady_clock::rep interval =
        std::chrono::steady_clock::duration(std::chrono::milliseconds(100)).count();

    const Progress &m_progress;
    const std::int64_t m_total;
    std::atomic<std::int64_t> m_done = 0;
    std::atomic<std::chrono::steady_clock::rep> m_next = 0;
};

} // namespace nms
