// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/overview.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace nms {

namespace {

constexpr std::int64_t factor = 4; // on each side, how many cells or texels of the level below one texel covers
constexpr std::int64_t smallestSide = 256;
constexpr std::int64_t cellsPerBlock = 1 << 16;

/// Accumulates one texel. Infinities count for minimum and maximum, and for the magnitude only where no cell is finite.
struct TexelAccumulator {
    float minimum = std::numeric_limits<float>::infinity();
    float maximum = -std::numeric_limits<float>::infinity();
    double magnitude = 0; // sum over the finite cells
    std::int64_t finite = 0;

    void add(float cell)
    {
        if (std::isnan(cell))
            return;
        minimum = std::min(minimum, cell);
        maximum = std::max(maximum, cell);
        if (std::isfinite(cell)) {
            magnitude += double(std::abs(cell));
            ++finite;
        }
    }
    /// The same for `factor` cells, quickly where all are finite.
    void addAll(const float *cells)
    {
        static_assert(factor == 4);
        const float a = cells[0], b = cells[1], c = cells[2], d = cells[3];
        const float sum = (std::abs(a) + std::abs(b)) + (std::abs(c) + std::abs(d));
        if (!(sum <= std::numeric_limits<float>::max())) { // NaN, Inf, or too large a sum
            for (std::int64_t k = 0; k < factor; ++k)
                add(cells[k]);
            return;
        }
        minimum = std::min(minimum, std::min(std::min(a, b), std::min(c, d)));
        maximum = std::max(maximum, std::max(std::max(a, b), std::max(c, d)));
        magnitude += double(sum);
        finite += factor;
    }
    void add(const TexelAccumulator &other)
    {
        minimum = std::min(minimum, other.minimum);
        maximum = std::max(maximum, other.maximum);
        magnitude += other.magnitude;
        finite += other.finite;
    }
};

std::int64_t texels(std::int64_t cells)
{
    return (cells + factor - 1) / factor;
}

OverviewLevel emptyLevel(std::int64_t rows, std::int64_t cols, std::int64_t cellsPerTexel)
{
    return {cellsPerTexel, Matrix<float>::forOverwrite(rows, cols), Matrix<float>::forOverwrite(rows, cols),
            Matrix<float>::forOverwrite(rows, cols)};
}

void store(const TexelAccumulator &texel, std::int64_t row, std::int64_t col, OverviewLevel &level)
{
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const bool any = texel.minimum <= texel.maximum; // a cell other than NaN
    level.minimum(row, col) = any ? texel.minimum : nan;
    level.maximum(row, col) = any ? texel.maximum : nan;
    level.magnitude(row, col) = texel.finite > 0 ? float(texel.magnitude / double(texel.finite))
        : any                                    ? std::numeric_limits<float>::infinity()
                                                 : nan;
}

/// The texels of one row.
void reduceRow(Span2d<const float> values, std::int64_t texelRow, std::vector<TexelAccumulator> &out)
{
    out.assign(out.size(), {});
    for (std::int64_t row = texelRow * factor; row < std::min(values.rows, (texelRow + 1) * factor); ++row) {
        const float *cells = values.row(row).data();
        std::int64_t col = 0;
        for (; col + factor <= values.cols; col += factor)
            out[std::size_t(col / factor)].addAll(cells + col);
        for (; col < values.cols; ++col)
            out[std::size_t(col / factor)].add(cells[col]);
    }
}

/// The first level, and the accumulators of the second one: those of the first would take more memory than the values.
Matrix<TexelAccumulator> reduceTwice(Span2d<const float> values, OverviewLevel &level, const std::stop_token &stop)
{
    Matrix<TexelAccumulator> reduced(texels(level.minimum.rows()), texels(level.minimum.cols()));
    const std::int64_t grain = std::max<std::int64_t>(1, cellsPerBlock / (values.cols * factor * factor));
    parallelBlocks(reduced.rows(), grain, 0, stop, [&](std::int64_t begin, std::int64_t end) {
        std::vector<TexelAccumulator> line(std::size_t(level.minimum.cols()));
        for (std::int64_t row = begin * factor; row < std::min(level.minimum.rows(), end * factor); ++row) {
            reduceRow(values, row, line);
            for (std::int64_t col = 0; col < level.minimum.cols(); ++col) {
                store(line[std::size_t(col)], row, col, level);
                reduced(row / factor, col / factor).add(line[std::size_t(col)]);
            }
        }
    });
    return reduced;
}

Matrix<TexelAccumulator> reduce(const Matrix<TexelAccumulator> &below)
{
    Matrix<TexelAccumulator> reduced(texels(below.rows()), texels(below.cols()));
    for (std::int64_t row = 0; row < below.rows(); ++row)
        for (std::int64_t col = 0; col < below.cols(); ++col)
            reduced(row / factor, col / factor).add(below(row, col));
    return reduced;
}

/// Extremes and sum of the finite cells, and how many there are of others.
struct Extent {
    float minimum = std::numeric_limits<float>::max();
    float maximum = std::numeric_limits<float>::lowest();
    std::array<double, factor> sums{}; // in turn, so that additions do not wait for each other
    std::int64_t zeros = 0;
    std::int64_t nans = 0;
    std::int64_t infinities = 0;

    double sum() const { return (sums[0] + sums[1]) + (sums[2] + sums[3]); }
    void addFinite(float cell, std::size_t lane)
    {
        minimum = std::min(minimum, cell);
        maximum = std::max(maximum, cell);
        sums[lane] += double(cell);
        zeros += cell == 0;
    }
    void add(float cell)
    {
        if (std::isnan(cell))
            ++nans;
        else if (std::isinf(cell))
            ++infinities;
        else
            addFinite(cell, 0);
    }
    void add(std::span<const float> cells)
    {
        std::size_t i = 0;
        for (; i + sums.size() <= cells.size(); i += sums.size()) {
            const float *four = cells.data() + i;
            const float size = (std::abs(four[0]) + std::abs(four[1])) + (std::abs(four[2]) + std::abs(four[3]));
            if (size <= std::numeric_limits<float>::max())
                for (std::size_t lane = 0; lane < sums.size(); ++lane)
                    addFinite(four[lane], lane);
            else // NaN, Inf, or too large a sum
                for (std::size_t lane = 0; lane < sums.size(); ++lane)
                    add(four[lane]);
        }
        for (; i < cells.size(); ++i)
            add(cells[i]);
    }
    void add(const Extent &other)
    {
        minimum = std::min(minimum, other.minimum);
        maximum = std::max(maximum, other.maximum);
        for (std::size_t lane = 0; lane < sums.size(); ++lane)
            sums[lane] += other.sums[lane];
        zeros += other.zeros;
        nans += other.nans;
        infinities += other.infinities;
    }
};

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
    std::int64_t cellsPerTexel = factor;
    levels.push_back(emptyLevel(texels(values.rows), texels(values.cols), cellsPerTexel));
    Matrix<TexelAccumulator> gathered = reduceTwice(values, levels.back(), stop);
    const auto side = [&levels] {
        return std::max(levels.back().minimum.rows(), levels.back().minimum.cols());
    };
    while (side() > smallestSide && !stop.stop_requested()) {
        cellsPerTexel *= factor;
        levels.push_back(emptyLevel(gathered.rows(), gathered.cols(), cellsPerTexel));
        for (std::int64_t row = 0; row < gathered.rows(); ++row)
            for (std::int64_t col = 0; col < gathered.cols(); ++col)
                store(gathered(row, col), row, col, levels.back());
        gathered = reduce(gathered);
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
        Extent cells;
        double squares = 0; // of deviations from the mean
        std::vector<std::int64_t> histogram;
    };
    const std::int64_t grain = std::max<std::int64_t>(1, 4 * cellsPerBlock / values.cols);
    std::vector<Partial> partials(std::size_t((values.rows + grain - 1) / grain));
    overRowBlocks(values, grain, stop, [&](std::size_t block, std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row)
            partials[block].cells.add(values.row(row));
    });
    Extent all;
    for (const Partial &partial : partials)
        all.add(partial.cells);
    summary.zeros = all.zeros;
    summary.nans = all.nans;
    summary.infinities = all.infinities;
    const std::int64_t finite = summary.count - all.nans - all.infinities;
    if (finite <= 0 || stop.stop_requested())
        return summary;
    summary.minimum = all.minimum;
    summary.maximum = all.maximum;
    summary.mean = all.sum() / double(finite);

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
    summary.standardDeviation = std::sqrt(squares / double(finite));
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
