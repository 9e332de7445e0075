// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace nms::cli {

/// A bar on standard error with rate and time left, redrawn in place a few times a second; nothing at all where standard
/// error is no terminal. The destructor wipes it. Any thread.
class ProgressBar
{
public:
    /// Tells how much is done, and how many units ("tiles") a second where there is something to count.
    explicit ProgressBar(std::string unit = {});
    ~ProgressBar();
    ProgressBar(const ProgressBar &) = delete;
    ProgressBar &operator=(const ProgressBar &) = delete;

    void setLabel(const std::string &label); // what is being worked on
    void setShare(double share, std::int64_t unitsDone = 0); // share in [0, 1]

private:
    using Clock = std::chrono::steady_clock;
    void draw(Clock::time_point now); // m_mutex is held

    const bool m_visible;
    const std::string m_unit;
    const Clock::time_point m_start;
    std::mutex m_mutex;
    std::string m_label;
    double m_share = 0;
    std::int64_t m_unitsDone = 0;
    Clock::time_point m_drawn; // last time
};

} // namespace nms::cli
