// SPDX-License-Identifier: Apache-2.0
#include "ui/models/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nms {

std::int64_t Histogram::total() const
{
    return std::accumulate(counts.begin(), counts.end(), zeros);
}

std::int64_t Histogram::most() const
{
    return counts.empty() ? zeros : std::max(zeros, *std::max_element(counts.begin(), counts.end()));
}

double Histogram::lowOf(std::size_t bin) const
{
    return counts.empty() ? 0 : low * std::pow(high / low, double(bin) / double(counts.size()));
}

Histogram histogramOf(std::span<const float> values, std::size_t bins)
{
    Histogram out;
    for (const float value : values) {
        out.zeros += value == 0;
        if (!(value > 0) || !std::isfinite(value))
            continue;
        out.low = out.low > 0 ? std::min(out.low, double(value)) : double(value);
        out.high = std::max(out.high, double(value));
    }
    if (!(out.low > 0))
        return out;
    const double decades = std::log(out.high / out.low);
    out.counts.assign(decades > 0 ? bins : 1, 0);
    const std::size_t size = out.counts.size();
    for (const float value : values) {
        if (!(value > 0) || !std::isfinite(value))
            continue;
        const double place = decades > 0 ? std::log(double(value) / out.low) / decades * double(size) : 0;
        ++out.counts[std::min(size - 1, std::size_t(std::max(0.0, place)))];
    }
    return out;
}

BinnedLine binned(std::span<const double> values, std::size_t most)
{
    BinnedLine out;
    const std::size_t perBin = std::max<std::size_t>(1, (values.size() + most - 1) / most);
    out.perBin = std::int64_t(perBin);
    for (std::size_t first = 0; first < values.size(); first += perBin) {
        const auto group = values.subspan(first, std::min(perBin, values.size() - first));
        const auto [least, greatest] = std::minmax_element(group.begin(), group.end());
        out.mean.push_back(std::accumulate(group.begin(), group.end(), 0.0) / double(group.size()));
        out.least.push_back(*least);
        out.greatest.push_back(*greatest);
    }
    return out;
}

} // namespace nms
