// SPDX-License-Identifier: Apache-2.0
// A pyramid of minimum, maximum and mean magnitude over a matrix: what a viewer shows when it is zoomed far out.
#pragma once

#include "core/base/matrix.h"

#include <cstdint>
#include <stop_token>
#include <vector>

namespace nms {

/// One level: each texel covers cellsPerTexel × cellsPerTexel cells (clipped at the edge). NaN cells are ignored; a texel
/// of only NaN is NaN.
struct OverviewLevel {
    std::int64_t cellsPerTexel = 1;
    Matrix<float> minimum;
    Matrix<float> maximum;
    Matrix<float> magnitude; // mean of |cell| over the finite cells; Inf if there are only infinite ones
};

/// Summary of all values. Quantiles are estimated from a histogram of the finite values.
struct ValueSummary {
    std::int64_t count = 0; // of all cells
    std::int64_t zeros = 0;
    std::int64_t nans = 0;
    std::int64_t infinities = 0;
    float minimum = 0; // of the finite values
    float maximum = 0;
    double mean = 0;
    double standardDeviation = 0; // of the finite values, of the population
    float quantile(double q) const; // of the finite values, 0 ≤ q ≤ 1, interpolated in the histogram

    static constexpr int binCount = 256;
    std::vector<std::int64_t> histogram; // binCount equal bins over [minimum, maximum]
};

/// Levels of 4, 16, 64, … cells per texel until the longer side is ≤ 256 texels; at least one unless `values` is empty.
/// Uses all cores. When `stop` is requested it returns early, and the result must not be used.
std::vector<OverviewLevel> buildOverview(Span2d<const float> values, const std::stop_token &stop = {});
/// Memory of the levels of such a matrix, in bytes.
std::int64_t overviewBytes(std::int64_t rows, std::int64_t cols);

ValueSummary summarize(Span2d<const float> values, const std::stop_token &stop = {}); // the same for `stop`

} // namespace nms
