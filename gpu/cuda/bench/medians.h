// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <algorithm>
#include <vector>

namespace nms::warp::bench {

/// Of `count` repetitions of what tells how long it took, after one that warms up.
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
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
}

} // namespace nms::warp::bench
