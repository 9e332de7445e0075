// SPDX-License-Identifier: Apache-2.0
// How benches take time. Needs core/base alone: also for the bench of the CUDA routines, which is built with little more.
#pragma once

#include "core/base/result.h"

#include <utility>
#include <vector>

namespace nms::bench {

/// CPU time of the calling thread, which other processes disturb least, is right where all the work is done on it.
enum class Clock { ThreadCpu, Wall };

double secondsOf(Clock clock); // since some moment

/// The mean of the middle two where they are even in number; not of none.
double median(std::vector<double> values);

/// Of `count` calls of `work`, which tells how long it took, after one that warms up. The first error ends it.
template <class Work> Result<double> medianSeconds(int count, Work work)
{
    std::vector<double> seconds;
    for (int k = 0; k <= count; ++k) {
        const Result<double> one = work();
        if (!one)
            return fail(one.error());
        if (k > 0)
            seconds.push_back(*one);
    }
    return median(std::move(seconds));
}

} // namespace nms::bench
