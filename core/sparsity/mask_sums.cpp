// SPDX-License-Identifier: Apache-2.0
#include "core/sparsity/mask_sums.h"

#include "core/base/cpu_clones.h"
#include "core/base/parallel.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

namespace nms {

namespace {

// GCC keeps arrays of accumulators in memory, vectors in registers.
constexpr int lanes = 4;
typedef double Lanes __attribute__((vector_size(8 * lanes)));
typedef std::int64_t Bits __attribute__((vector_size(8 * lanes)));
typedef float Floats __attribute__((vector_size(4 * lanes)));

/// Lane l of a row sums the columns l, l + 4, …; then the lanes are summed.
struct RowSums {
    Lanes magnitude = {};
    Lanes keptMagnitude = {};
    Lanes squared = {};
    Lanes squaredLost = {};
};

/// Four columns, the first of which is bit 0 of `kept`.
NMS_INLINE void addFour(const float *weights, std::uint64_t kept, RowSums &sums)
{
    constexpr Bits sign = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN};
    constexpr Bits lane = {1, 2, 4, 8};
    Floats values;
    std::memcpy(&values, weights, sizeof values);
    const Bits size = Bits(__builtin_convertvector(values, Lanes)) & ~sign;
    const Bits keep = (lane & std::int64_t(kept)) != 0;
    const Lanes lost = Lanes(size & ~keep);
    sums.magnitude += Lanes(size);
    sums.keptMagnitude += Lanes(size & keep);
    sums.squared += Lanes(size) * Lanes(size);
    sums.squaredLost += lost * lost;
}

NMS_CPU_CLONES void addRow(const float *weights, const std::uint64_t *words, std::int64_t cols, RowSums &out)
{
    RowSums sums;
    std::int64_t col = 0;
    for (; col + 64 <= cols; col += 64)
        for (int k = 0; k < 64; k += lanes)
            addFour(weights + col + k, words[col / 64] >> k, sums);
    for (; col < cols; col += lanes) {
        float rest[lanes] = {};
        std::copy(weights + col, weights + std::min(col + lanes, cols), rest);
        addFour(rest, words[col / 64] >> (col % 64), sums);
    }
    out = sums;
}

double total(const Lanes &sums)
{
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

} // namespace

MaskSums &MaskSums::operator+=(const MaskSums &other)
{
    magnitude += other.magnitude;
    keptMagnitude += other.keptMagnitude;
    squared += other.squared;
    squaredLost += other.squaredLost;
    kept += other.kept;
    elements += other.elements;
    return *this;
}

MaskSums maskSums(const WeightsView &weights, const Mask &mask, int threads)
{
    constexpr std::int64_t cellsPerBlock = 1 << 16;
    std::vector<MaskSums> ofRows(std::size_t(weights.rows));
    parallelBlocks(
        weights.rows, cellsPerBlock / std::max<std::int64_t>(1, weights.cols), threads, {},
        [&](std::int64_t begin, std::int64_t end) {
            const bool direct = weights.type == WeightType::F32;
            std::vector<float> converted(direct ? 0 : std::size_t(weights.cols));
            for (std::int64_t row = begin; row < end; ++row) {
                const std::span<const std::uint64_t> words = mask.row64(row);
                RowSums sums;
                if (!direct)
                    rowToFloat(weights, row, converted);
                addRow(direct ? weights.floats().row(row).data() : converted.data(), words.data(), weights.cols, sums);
                MaskSums &to = ofRows[std::size_t(row)];
                to = {total(sums.magnitude), total(sums.keptMagnitude), total(sums.squared), total(sums.squaredLost), 0,
                      weights.cols};
                for (const std::uint64_t word : words)
                    to.kept += std::popcount(word);
            }
        });
    MaskSums all;
    for (const MaskSums &row : ofRows)
        all += row;
    return all;
}

} // namespace nms
