// SPDX-License-Identifier: Apache-2.0
// How benchmarks measure time. Needs core/base alone: also used by the benchmark of the CUDA routines, which is built with
// little more.
#pragma once

#include "core/base/result.h"

#include <utility>
#include <vector>

namespace nms::bench {

/// CPU time of the calling thread, which other processes disturb least, is right where that thread does all the work.
enum class Clock { ThreadCpu, Wall };

double secondsOf(Clock clock); // since an arbitrary moment

/// The mean of the middle two for an even number of values; requires at least one.
double median(std::vector<double> values);

/// The median of `count` calls of `work`, which returns the time that it took, after one call to warm up. The first error
/// is returned.
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
