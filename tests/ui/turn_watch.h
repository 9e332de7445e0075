// SPDX-License-Identifier: Apache-2.0
// How long the turns of the event loop of this thread take.
#pragma once

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTimer>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace nms::test {

inline double threadSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

/// Longest processor time between two turns of the event loop of this thread, and how long those turns took.
class TurnWatch
{
public:
    template <class Action> void during(const char *what, Action action)
    {
        QElapsedTimer clock;
        clock.start();
        const double before = threadSeconds();
        action();
        Turns &turns = m_turns[what];
        turns.processor.push_back(threadSeconds() - before);
        turns.clock.push_back(1e-9 * double(clock.nsecsElapsed()));
    }
    /// Turns the event loop for a while.
    void turn(const char *what, int milliseconds)
    {
        QTimer wake; // or a turn without events would not end
        wake.start(20);
        QElapsedTimer clock;
        clock.start();
        // Without a time limit: with one, a call does not wait, and repeats turns until it has passed.
        while (clock.elapsed() < milliseconds)
            during(what, [] { QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents); });
    }
    void expectBelow(double seconds) const
    {
        for (const auto &[what, turns] : m_turns)
            EXPECT_LT(longest(turns.processor), seconds) << "blocked by: " << what;
    }
    /// The longest ones, in ms.
    void print(std::size_t most = 8) const
    {
        std::vector<std::pair<double, std::string>> sorted;
        for (const auto &[what, turns] : m_turns)
            sorted.emplace_back(1000 * longest(turns.processor), what);
        std::sort(sorted.rbegin(), sorted.rend());
        for (std::size_t i = 0; i < std::min(most, sorted.size()); ++i)
            std::printf("%6.1f ms  %s\n", sorted[i].first, sorted[i].second.c_str());
    }
    /// Of all turns of each action: processor time of this thread, and by the clock, in ms.
    void printAll() const
    {
        for (const auto &[what, turns] : m_turns) {
            const auto over = std::count_if(turns.processor.begin(), turns.processor.end(),
                                            [](double seconds) { return seconds > 0.016; });
            std::printf("%-24s %5zu turns, %3lld over 16 ms; processor time: longest %5.1f, 99 %% %5.1f, all %7.1f; by the "
                        "clock: longest %6.1f ms\n",
                        what.c_str(), turns.processor.size(), static_cast<long long>(over), 1000 * longest(turns.processor),
                        1000 * quantile(turns.processor, 0.99), 1000 * sum(turns.processor), 1000 * longest(turns.clock));
        }
    }

private:
    struct Turns {
        std::vector<double> processor, clock; // s
    };
    static double longest(const std::vector<double> &times) { return *std::max_element(times.begin(), times.end()); }
    static double quantile(std::vector<double> times, double share)
    {
        const auto at = times.begin() + std::ptrdiff_t(double(times.size() - 1) * share);
        std::nth_element(times.begin(), at, times.end());
        return *at;
    }
    static double sum(const std::vector<double> &times)
    {
        double all = 0;
        for (const double time : times)
            all += time;
        return all;
    }

    std::map<std::string, Turns> m_turns; // by what was going on
};

} // namespace nms::test
