// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/row_sample.h"

#include "core/tensor/row_panels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

namespace nms {

namespace {

struct Plan {
    std::int64_t together = 1; // rows that are read at once
    std::int64_t cellsPerTexel = 1;
    std::int64_t strips = 1; // of a texel, with one group of rows each
};

std::int64_t dividedUp(std::int64_t count, std::int64_t by)
{
    return (count + by - 1) / by;
}

std::optional<Plan> planOf(const TensorInfo &tensor, std::int64_t together, const SampleLimits &limits)
{
    const std::int64_t rows = tensor.rows(), longer = std::max(rows, tensor.cols());
    // In double: three factors may overflow.
    const double groupBytes = double(together) * double(tensor.cols()) * double(bytesOf(tensor.dtype));
    const double mostGroups = std::floor(double(limits.bytes) / groupBytes);
    if (rows <= 0 || mostGroups < 1)
        return std::nullopt;
    const std::int64_t forBytes = std::int64_t(std::ceil(double(rows) / mostGroups));
    const std::int64_t forScreen = dividedUp(longer, limits.mostTexels);
    Plan plan;
    plan.together = together;
    plan.cellsPerTexel = dividedUp(std::max({forBytes, forScreen, limits.leastRowsToOne * together}), together) * together;
    if (longer < limits.leastTexels * plan.cellsPerTexel || rows < plan.cellsPerTexel)
        return std::nullopt;
    const double texelRows = double(dividedUp(rows, plan.cellsPerTexel));
    plan.strips = std::clamp(std::int64_t(mostGroups / texelRows), std::int64_t(1),
                             plan.cellsPerTexel / together / limits.leastRowsToOne);
    return plan;
}

/// The same number for the same two, and otherwise as if drawn at random (the end of SplitMix64).
std::uint64_t scattered(std::int64_t texelRow, std::int64_t strip)
{
    std::uint64_t bits = std::uint64_t(texelRow) * 0x9E3779B97F4A7C15U + std::uint64_t(strip) * 0xD1B54A32D192ED03U;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBU;
    return bits ^ (bits >> 31);
}

/// First rows of the groups that are read of one row of texels, ascending.
std::vector<std::int64_t> groupsOf(const Plan &plan, std::int64_t texelRow, std::int64_t rows)
{
    const std::int64_t row0 = texelRow * plan.cellsPerTexel;
    const std::int64_t groups = dividedUp(std::min(rows - row0, plan.cellsPerTexel), plan.together);
    const std::int64_t strips = std::min(plan.strips, groups);
    std::vector<std::int64_t> first;
    for (std::int64_t strip = 0; strip < strips; ++strip) {
        const std::int64_t begin = strip * groups / strips, end = (strip + 1) * groups / strips;
        const auto inside = std::int64_t(scattered(texelRow, strip) % std::uint64_t(end - begin));
        first.push_back(row0 + (begin + inside) * plan.together);
    }
    return first;
}

/// Adds the magnitudes of a row to the sums of its texels.
void addRow(std::span<const float> cells, std::int64_t cellsPerTexel, std::vector<double> &sums)
{
    const std::size_t side = std::size_t(cellsPerTexel);
    for (std::size_t texel = 0; texel < sums.size(); ++texel) {
        const std::span<const float> own =
            cells.subspan(texel * side, std::min(side, cells.size() - texel * side)); // fewer at the right edge
        std::array<float, 4> lanes{}; // in turn, so that additions do not wait for each other
        std::size_t col = 0;
        for (; col + lanes.size() <= own.size(); col += lanes.size())
            for (std::size_t lane = 0; lane < lanes.size(); ++lane)
                lanes[lane] += std::abs(own[col + lane]);
        for (; col < own.size(); ++col)
            lanes[0] += std::abs(own[col]);
        sums[texel] += (double(lanes[0]) + double(lanes[1])) + (double(lanes[2]) + double(lanes[3]));
    }
}

} // namespace

Result<std::optional<RowSample>> sampleRows(TensorSource &source, const TensorInfo &tensor, const SampleLimits &limits,
                                            const std::stop_token &stop)
{
    const std::int64_t rows = tensor.rows(), cols = tensor.cols();
    const std::optional<Plan> plan = planOf(tensor, source.rowsReadWithOne(tensor), limits);
    if (!plan)
        return std::optional<RowSample>();
    const std::int64_t side = plan->cellsPerTexel;
    RowSample sample{side, plan->strips * plan->together, {}};
    sample.magnitude = Matrix<float>::forOverwrite(dividedUp(rows, side), dividedUp(cols, side));
    const auto readTexels = [&](std::int64_t begin, std::int64_t count) -> Status {
        Matrix<float> read = Matrix<float>::forOverwrite(plan->together, cols);
        for (std::int64_t texelRow = begin; texelRow < begin + count; ++texelRow) {
            std::vector<double> sums(std::size_t(sample.magnitude.cols()));
            std::int64_t rowsRead = 0;
            for (const std::int64_t row0 : groupsOf(*plan, texelRow, rows)) {
                const Span2d<float> group = read.span().block(0, 0, std::min(plan->together, rows - row0), cols);
                if (Status status = source.readRows(tensor, row0, group); !status)
                    return status;
                for (std::int64_t row = 0; row < group.rows; ++row)
                    addRow(group.row(row), side, sums);
                rowsRead += group.rows;
            }
            for (std::int64_t col = 0; col < sample.magnitude.cols(); ++col)
                sample.magnitude(texelRow, col) =
                    float(sums[std::size_t(col)] / double(rowsRead * std::min(side, cols - col * side)));
        }
        return {};
    };
    const Status visited =
        visitRows(source, tensor, sample.magnitude.rows(), cols * sample.rowsPerTexel, 0, stop, readTexels);
    if (!visited)
        return fail(visited.error());
    return std::optional(std::move(sample));
}

} // namespace nms
