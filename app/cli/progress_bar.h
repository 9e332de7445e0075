// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace nms::cli {

/// A bar on standard error with rate and remaining time, redrawn in place a few times a second; nothing if standard error is
/// not a terminal. The destructor clears it. Any thread.
class ProgressBar
{
public:
    /// `unit` is what the rate counts ("tiles" per second); empty: only the fraction done is shown.
    explicit ProgressBar(std::string unit = {});
    ~ProgressBar();
    ProgressBar(const ProgressBar &) = delete;
    ProgressBar &operator=(const ProgressBar &) = delete;

    void setLabel(const std::string &label); // what is being processed
    void setShare(double share, std::int64_t unitsDone = 0); // fraction done, in [0, 1]

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
    Clock::time_point m_drawn; // time of the last redraw
};

} // namespace nms::cli
