// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/overview.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nms {

namespace {

constexpr std::int64_t factor = 4; // on each side, how many cells or texels of the level below one texel covers
constexpr std::int64_t smallestSide = 256;
constexpr std::int64_t cellsPerBlock = 1 << 16;

/// Accumulates one texel. Infinities count for minimum and maximum, and for the mean only where no cell is finite.
struct TexelAccumulator {
    float minimum = std::numeric_limits<float>::infinity();
    float maximum = -std::numeric_limits<float>::infinity();
    double sum = 0; // of the finite cells
    std::int64_t finite = 0;
    bool any = false; // whether there was any cell other than NaN

    void add(float cell)
    {
        if (std::isnan(cell))
            return;
        any = true;
        minimum = std::min(minimum, cell);
        maximum = std::max(maximum, cell);
        if (std::isfinite(cell)) {
            sum += double(cell);
            ++finite;
        }
    }
    void add(const TexelAccumulator &other)
    {
        any = any || other.any;
        minimum = std::min(minimum, other.minimum);
        maximum = std::max(maximum, other.maximum);
        sum += other.sum;
        finite += other.finite;
    }
};

template <class Cell>
Matrix<TexelAccumulator> reduce(const Cell &cell, std::int64_t rows, std::int64_t cols, const std::stop_token &stop)
{
    Matrix<TexelAccumulator> reduced((rows + factor - 1) / factor, (cols + factor - 1) / factor);
    const std::int64_t grain = std::max<std::int64_t>(1, cellsPerBlock / (cols * factor));
    parallelBlocks(reduced.rows(), grain, 0, stop, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t texelRow = begin; texelRow < end; ++texelRow)
            for (std::int64_t row = texelRow * factor; row < std::min(rows, (texelRow + 1) * factor); ++row)
                for (std::int64_t col = 0; col < cols; ++col)
                    reduced(texelRow, col / factor).add(cell(row, col));
    });
    return reduced;
}

OverviewLevel levelOf(const Matrix<TexelAccumulator> &gathered, std::int64_t cellsPerTexel)
{
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    OverviewLevel level;
    level.cellsPerTexel = cellsPerTexel;
    level.minimum = Matrix<float>(gathered.rows(), gathered.cols());
    level.mean = Matrix<float>(gathered.rows(), gathered.cols());
    level.maximum = Matrix<float>(gathered.rows(), gathered.cols());
    for (std::int64_t row = 0; row < gathered.rows(); ++row)
        for (std::int64_t col = 0; col < gathered.cols(); ++col) {
            const TexelAccumulator &texel = gathered(row, col);
            level.minimum(row, col) = texel.any ? texel.minimum : nan;
            level.maximum(row, col) = texel.any ? texel.maximum : nan;
            level.mean(row, col) = texel.finite > 0 ? float(texel.sum / double(texel.finite))
                : texel.any                         ? texel.minimum + texel.maximum
                                                    : nan;
        }
    return level;
}

/// Calls body(block, begin, end) for fixed blocks of rows, so that sums do not depend on the number of threads.
void overRowBlocks(Span2d<const float> values, std::int64_t grain, const std::stop_token &stop,
                   const std::function<void(std::size_t, std::int64_t, std::int64_t)> &body)
{
    parallelBlocks(values.rows, grain, 0, stop,
                   [&](std::int64_t begin, std::int64_t end) { body(std::size_t(begin / grain), begin, end); });
}

} // namespace

std::vector<OverviewLevel> buildOverview(Span2d<const float> values, const std::stop_token &stop)
{
    std::vector<OverviewLevel> levels;
    if (values.empty())
        return levels;
    Matrix<TexelAccumulator> gathered =
        reduce([&](std::int64_t row, std::int64_t col) { return values(row, col); }, values.rows, values.cols, stop);
    std::int64_t cellsPerTexel = factor;
    levels.push_back(levelOf(gathered, cellsPerTexel));
    while (std::max(gathered.rows(), gathered.cols()) > smallestSide && !stop.stop_requested()) {
        gathered = reduce([&](std::int64_t row, std::int64_t col) -> const TexelAccumulator & { return gathered(row, col); },
                          gathered.rows(), gathered.cols(), stop);
        cellsPerTexel *= factor;
        levels.push_back(levelOf(gathered, cellsPerTexel));
    }
    return levels;
}

std::int64_t overviewBytes(std::int64_t rows, std::int64_t cols)
{
    std::int64_t bytes = 0;
    do {
        rows = (rows + factor - 1) / factor;
        cols = (cols + factor - 1) / factor;
        bytes += rows * cols * 3 * std::int64_t(sizeof(float));
    } while (std::max(rows, cols) > smallestSide);
    return bytes;
}

ValueSummary summarize(Span2d<const float> values, const std::stop_token &stop)
{
    ValueSummary summary;
    summary.histogram.assign(ValueSummary::binCount, 0);
    summary.count = values.size();
    if (values.empty())
        return summary;

    struct Partial {
        TexelAccumulator finite;
        std::int64_t zeros = 0;
        std::int64_t nans = 0;
        std::int64_t infinities = 0;
        double squares = 0; // of deviations from the mean
        std::vector<std::int64_t> histogram;
    };
    const std::int64_t grain = std::max<std::int64_t>(1, 4 * cellsPerBlock / values.cols);
    std::vector<Partial> partials(std::size_t((values.rows + grain - 1) / grain));
    overRowBlocks(values, grain, stop, [&](std::size_t block, std::int64_t begin, std::int64_t end) {
        Partial &partial = partials[block];
        for (std::int64_t row = begin; row < end; ++row)
            for (const float cell : values.row(row)) {
                if (std::isnan(cell))
                    ++partial.nans;
                else if (std::isinf(cell))
                    ++partial.infinities;
                else
                    partial.finite.add(cell);
                partial.zeros += cell == 0;
            }
    });
    TexelAccumulator all;
    for (const Partial &partial : partials) {
        all.add(partial.finite);
        summary.zeros += partial.zeros;
        summary.nans += partial.nans;
        summary.infinities += partial.infinities;
    }
    if (all.finite == 0)
        return summary;
    summary.minimum = all.minimum;
    summary.maximum = all.maximum;
    summary.mean = all.sum / double(all.finite);

    const double low = all.minimum;
    const double range = double(all.maximum) - low; // in double: it may overflow a float
    const double binsPerUnit = range > 0 ? ValueSummary::binCount / range : 0;
    overRowBlocks(values, grain, stop, [&](std::size_t block, std::int64_t begin, std::int64_t end) {
        Partial &partial = partials[block];
        partial.histogram.assign(ValueSummary::binCount, 0);
        for (std::int64_t row = begin; row < end; ++row)
            for (const float cell : values.row(row)) {
                if (!std::isfinite(cell))
                    continue;
                const double deviation = double(cell) - summary.mean;
                partial.squares += deviation * deviation;
                const auto bin = std::size_t((double(cell) - low) * binsPerUnit);
                ++partial.histogram[std::min<std::size_t>(bin, ValueSummary::binCount - 1)];
            }
    });
    if (stop.stop_requested()) // not every block has a histogram
        return summary;
    double squares = 0;
    for (const Partial &partial : partials) {
        squares += partial.squares;
        for (std::size_t bin = 0; bin < partial.histogram.size(); ++bin)
            summary.histogram[bin] += partial.histogram[bin];
    }
    summary.standardDeviation = std::sqrt(squares / double(all.finite));
    return summary;
}

float ValueSummary::quantile(double q) const
{
    std::int64_t finite = 0;
    for (const std::int64_t bin : histogram)
        finite += bin;
    if (finite == 0 || q <= 0)
        return minimum;
    if (q >= 1)
        return maximum;
    const double wanted = q * double(finite);
    const double width = (double(maximum) - double(minimum)) / binCount;
    double passed = 0;
    for (std::size_t bin = 0; bin < histogram.size(); ++bin) {
        const auto inside = double(histogram[bin]);
        if (inside > 0 && passed + inside >= wanted)
            return float(double(minimum) + width * (double(bin) + (wanted - passed) / inside));
        passed += inside;
    }
    return maximum;
}

} // namespace nms
