// SPDX-License-Identifier: Apache-2.0
#include "core/bench/timing.h"

#include <algorithm>
#include <chrono>
#include <ctime>

namespace nms::bench {

double secondsOf(Clock clock)
{
    if (clock == Clock::Wall)
        return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

} // namespace nms::bench
