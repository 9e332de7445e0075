// SPDX-License-Identifier: Apache-2.0
#include "ui/models/chart_points.h"

#include <algorithm>

namespace nms {

std::vector<std::size_t> chartPoints(const std::vector<IterationStats> &stats, std::size_t most)
{
    std::vector<std::size_t> points;
    if (stats.empty())
        return points;
    const double first = stats.front().iteration;
    const double step = std::max(1.0, (stats.back().iteration - first) / double(std::max<std::size_t>(1, most)));
    double next = first;
    for (std::size_t i = 0; i + 1 < stats.size(); ++i) {
        const double iteration = stats[i].iteration;
        if (iteration < next)
            continue;
        points.push_back(i);
        while (next <= iteration)
            next += step;
    }
    points.push_back(stats.size() - 1);
    return points;
}

std::optional<int> firstConverged(const std::vector<IterationStats> &stats, double limit)
{
    const auto first =
        std::find_if(stats.begin(), stats.end(), [&](const IterationStats &one) { return one.residual() <= limit; });
    return first == stats.end() ? std::nullopt : std::optional(first->iteration);
}

} // namespace nms
