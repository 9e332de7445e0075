// SPDX-License-Identifier: Apache-2.0
// What one warp does in the launches that walk through a stack of matrices in the caller's own memory.
#pragma once

#include "gpu/cuda/launches.h"
#include "gpu/cuda/warp/lanes.h"
#include "gpu/cuda/warp/weights.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Distance of a row from the first element.
NMS_FN std::int64_t rowOffset(const StackSteps &steps, std::int64_t row)
{
    std::int64_t offset = 0;
    NMS_NO_UNROLL
    for (int k = steps.rowDimensions - 1; k > 0; --k) {
        const std::int64_t whole = row / steps.size[k];
        offset += (row - whole * steps.size[k]) * steps.stride[k];
        row = whole;
    }
    return offset + row * steps.stride[0]; // of the outermost dimension no remainder is needed
}

/// Distances of columns from the first element of their row.
NMS_FN WarpLanes<std::int64_t> columnOffset(const StackSteps &steps, const WarpLanes<std::int64_t> &columns)
{
    const int first = steps.rowDimensions;
    if (steps.columnDimensions == 1) // nearly always: no division
        return columns * steps.stride[first];
    WarpLanes<std::int64_t> rest = columns;
    WarpLanes<std::int64_t> offset = std::int64_t(0);
    NMS_NO_UNROLL
    for (int k = first + steps.columnDimensions - 1; k >= first; --k) {
        const WarpLanes<std::int64_t> whole = rest / steps.size[k];
        offset = offset + (rest - whole * steps.size[k]) * steps.stride[k];
        rest = whole;
    }
    return offset;
}

/// Calls `body(row)` for the rows of warp `warp`.
template <class Launch, class Body> NMS_FN void forRowsOf(const Launch &launch, std::int64_t warp, Body body)
{
    for (std::int64_t row = warp; row < launch.rows; row += launch.warps)
        body(row);
}

/// Calls `body(columns, used)` for all columns, 32 at a time.
template <class Body> NMS_FN void forColumns(std::int64_t cols, Body body)
{
    const WarpLanes<std::int64_t> lane = to<std::int64_t>(laneIndex());
    NMS_NO_UNROLL
    for (std::int64_t first = 0; first < cols; first += 32) {
        const WarpLanes<std::int64_t> columns = lane + first;
        body(columns, columns < cols);
    }
}

template <class Stored, class Packed, class Convert>
NMS_FN void packRows(const PackLaunch &launch, std::int64_t warp, Convert convert)
{
    forRowsOf(launch, warp, [&](std::int64_t row) {
        const auto *from = static_cast<const Stored *>(launch.from) + rowOffset(launch.steps, row);
        auto *to = static_cast<Packed *>(launch.to) + row * launch.cols;
        forColumns(launch.cols, [&](const WarpLanes<std::int64_t> &columns, const WarpLanes<bool> &used) {
            scatter(to, columns, map(convert, gather(from, columnOffset(launch.steps, columns), used)), used);
        });
    });
}

NMS_FN void runStack(const PackLaunch &launch, std::int64_t warp)
{
    if (launch.bytes == 8)
        packRows<double, float>(launch, warp, [](double x) { return static_cast<float>(x); });
    else if (launch.bytes == 4)
        packRows<std::uint32_t, std::uint32_t>(launch, warp, [](std::uint32_t x) { return x; });
    else
        packRows<std::uint16_t, std::uint16_t>(launch, warp, [](std::uint16_t x) { return x; });
}

/// Sum over all lanes, in a fixed order; every lane gets it.
template <class T> NMS_FN WarpLanes<T> sumOverWarp(WarpLanes<T> value)
{
    for (int step = 16; step > 0; step /= 2)
        value = value + shuffleXor(value, step);
    return value;
}

/// Each lane's sums over weights or scores.
struct ValueSums {
    WarpLanes<double> magnitude = 0.0;
    WarpLanes<double> keptMagnitude = 0.0;
    WarpLanes<double> squared = 0.0;
    WarpLanes<double> squaredLost = 0.0;
};

/// Adds a row.
template <class Stored>
NMS_FN void addRow(const StackValues &values, const std::uint64_t *bits, std::int64_t row, std::int64_t cols,
                   ValueSums &sums)
{
    using Element = typename Stored::Element;
    const auto *from = static_cast<const Element *>(values.data) + rowOffset(values.steps, row);
    const WarpLanes<std::int64_t> lane = to<std::int64_t>(laneIndex());
    NMS_UNROLL_SOME
    for (std::int64_t first = 0; first < cols; first += 32) {
        const WarpLanes<std::int64_t> columns = lane + first;
        const WarpLanes<bool> used = columns < cols;
        const std::uint64_t word = bits[first / 64] >> (first % 64);
        const WarpLanes<bool> kept = map([word](std::int64_t l) { return (word >> l & 1) != 0; }, lane);
        const WarpLanes<double> value =
            map([](Element x) { return static_cast<double>(Stored::value(x)); }, gather(from, columns, used));
        const WarpLanes<double> magnitude = map([](double x) { return x < 0 ? -x : x; }, value);
        const WarpLanes<double> square = value * value;
        sums.magnitude = sums.magnitude + magnitude;
        sums.keptMagnitude = sums.keptMagnitude + select(kept, magnitude, 0.0);
        sums.squared = sums.squared + square;
        sums.squaredLost = sums.squaredLost + select(kept, WarpLanes<double>(0.0), square);
    }
}

/// The sums of the warp's rows.
NMS_FN ValueSums sumsOf(const StackValues &values, const UnpackLaunch &launch, std::int64_t warp)
{
    ValueSums sums;
    withStorage(values.type, [&](auto stored) {
        forRowsOf(launch, warp, [&](std::int64_t row) {
            addRow<decltype(stored)>(values, launch.bits + row * launch.wordsPerRow, row, launch.cols, sums);
        });
    });
    return sums;
}

/// Each lane's counts of entries of the mask.
struct MaskCounts {
    WarpLanes<std::int64_t> kept = std::int64_t(0);
    WarpLanes<std::int64_t> changed = std::int64_t(0);
};

/// Writes the bytes of a row, and counts.
NMS_FN void writeRow(const UnpackLaunch &launch, std::int64_t row, MaskCounts &counts)
{
    const std::uint64_t *bits = launch.bits + row * launch.wordsPerRow;
    std::uint8_t *bytes = launch.bytes + rowOffset(launch.steps, row);
    forColumns(launch.cols, [&](const WarpLanes<std::int64_t> &columns, const WarpLanes<bool> &used) {
        const WarpLanes<std::uint64_t> word = gather(bits, columns / std::int64_t(64), used);
        const WarpLanes<std::uint8_t> kept =
            map([](std::uint64_t w, std::int64_t c) { return static_cast<std::uint8_t>(w >> (c % 64) & 1); }, word, columns);
        const WarpLanes<std::int64_t> place = columnOffset(launch.steps, columns);
        if (launch.compare) {
            const WarpLanes<std::uint8_t> before = gather(static_cast<const std::uint8_t *>(bytes), place, used);
            counts.changed = counts.changed +
                map([](std::uint8_t a, std::uint8_t b) { return static_cast<std::int64_t>(a != b); }, before, kept);
        }
        counts.kept = counts.kept + to<std::int64_t>(kept);
        scatter(bytes, place, kept, used);
    });
}

NMS_FN void runStack(const UnpackLaunch &launch, std::int64_t warp)
{
    const ValueSums weights = sumsOf(launch.weights, launch, warp);
    ValueSums scores;
    if (launch.scores.data != nullptr)
        scores = sumsOf(launch.scores, launch, warp);
    MaskCounts counts;
    forRowsOf(launch, warp, [&](std::int64_t row) { writeRow(launch, row, counts); });
    const WarpLanes<StackSums> all = map(
        [](double magnitude, double keptMagnitude, double squared, double squaredLost, double score, double keptScore,
           std::int64_t kept, std::int64_t changed) {
            return StackSums{magnitude, keptMagnitude, squared, squaredLost, score, keptScore, kept, changed};
        },
        sumOverWarp(weights.magnitude), sumOverWarp(weights.keptMagnitude), sumOverWarp(weights.squared),
        sumOverWarp(weights.squaredLost), sumOverWarp(scores.magnitude), sumOverWarp(scores.keptMagnitude),
        sumOverWarp(counts.kept), sumOverWarp(counts.changed));
    scatter(launch.sums, WarpLanes<std::int64_t>(warp), all, laneIndex() == 0);
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
