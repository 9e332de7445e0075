// SPDX-License-Identifier: Apache-2.0
// Many values in few bins, for charts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nms {

/// Counts of values ≥ 0 in bins of equal width on a logarithmic axis; zeros, which have no place on it, are counted alone.
/// NaN and negative values are not counted.
struct Histogram {
    double low = 0; // of the first bin; 0: no value is above zero
    double high = 0; // of the last bin
    std::vector<std::int64_t> counts; // bin k: low·(high/low)^(k/size) up to the next, the last one including `high`
    std::int64_t zeros = 0;

    std::int64_t total() const;
    std::int64_t most() const; // of any bin, or of the zeros
    double lowOf(std::size_t bin) const;
};

/// At most `bins` bins from the smallest value above zero to the largest.
Histogram histogramOf(std::span<const float> values, std::size_t bins);

/// Means of `values` in at most `most` groups of equal size (the last may be smaller), with the smallest and the largest of
/// each.
struct BinnedLine {
    std::int64_t perBin = 1;
    std::vector<double> mean;
    std::vector<double> least;
    std::vector<double> greatest;
};
BinnedLine binned(std::span<const double> values, std::size_t most);

} // namespace nms
