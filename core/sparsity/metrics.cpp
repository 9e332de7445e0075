// SPDX-License-Identifier: Apache-2.0
#include "core/sparsity/metrics.h"

#include "core/base/cpu_clones.h"
#include "core/base/parallel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

namespace nms {

namespace {

// As vectors: GCC keeps arrays of accumulators in memory, vectors in registers.
constexpr int lanes = 8;
typedef double Lanes __attribute__((vector_size(8 * lanes)));
typedef std::int64_t Bits __attribute__((vector_size(8 * lanes)));
typedef float Floats __attribute__((vector_size(4 * lanes)));

/// Lane l sums columns l, l + 8, … of a row; at the end the lanes are summed.
struct RowSums {
    Lanes magnitude = {};
    Lanes keptMagnitude = {};
    Lanes squared = {};
    Lanes squaredLost = {};
};

/// Adds eight columns; bit 0 of `kept` is the first of them.
NMS_INLINE void addEight(const float *weights, std::uint64_t kept, RowSums &sums)
{
    constexpr Bits lane = {1, 2, 4, 8, 16, 32, 64, 128};
    Floats values;
    std::memcpy(&values, weights, sizeof values);
    const Bits size = Bits(__builtin_convertvector(values, Lanes)) & INT64_MAX;
    const Bits keep = (lane & std::int64_t(kept)) != 0;
    const Lanes lost = Lanes(size & ~keep);
    sums.magnitude += Lanes(size);
    sums.keptMagnitude += Lanes(size & keep);
    sums.squared += Lanes(size) * Lanes(size);
    sums.squaredLost += lost * lost;
}

/// Adds `cols` columns, of which only a row's last ones may not be a multiple of 64.
NMS_CPU_CLONES void addCells(const float *weights, const std::uint64_t *words, std::int64_t cols, RowSums &out)
{
    RowSums sums = out;
    std::int64_t col = 0;
    for (; col + 64 <= cols; col += 64)
        for (int k = 0; k < 64; k += lanes)
            addEight(weights + col + k, words[col / 64] >> k, sums);
    for (; col < cols; col += lanes) {
        float rest[lanes] = {};
        std::copy(weights + col, weights + std::min(col + lanes, cols), rest);
        addEight(rest, words[col / 64] >> (col % 64), sums);
    }
    out = sums;
}

NMS_CPU_CLONES std::int64_t ones(const std::uint64_t *words, std::size_t count)
{
    std::int64_t all = 0;
    for (std::size_t k = 0; k < count; ++k)
        all += std::popcount(words[k]);
    return all;
}

/// Converts and adds a row in pieces that stay in the first-level cache.
void addRow(const WeightsView &weights, std::int64_t row, std::span<const std::uint64_t> words, RowSums &sums)
{
    if (weights.type == WeightType::F32) {
        addCells(weights.floats().row(row).data(), words.data(), weights.cols, sums);
        return;
    }
    std::array<float, std::size_t(cellsInCache)> converted;
    for (std::int64_t col = 0; col < weights.cols; col += cellsInCache) {
        const std::int64_t count = std::min(cellsInCache, weights.cols - col);
        cellsToFloat(weights, row, col, std::span(converted).first(std::size_t(count)));
        addCells(converted.data(), words.data() + col / 64, count, sums);
    }
}

double total(const Lanes &sums)
{
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
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

void sumRows(const WeightsView &weights, const Mask &mask, std::int64_t row0, std::int64_t rows, std::span<MaskSums> out)
{
    for (std::int64_t k = 0; k < rows; ++k) {
        const std::span<const std::uint64_t> words = mask.row64(row0 + k);
        RowSums sums;
        addRow(weights, row0 + k, words, sums);
        out[std::size_t(k)] = {total(sums.magnitude),   total(sums.keptMagnitude),        total(sums.squared),
                               total(sums.squaredLost), ones(words.data(), words.size()), weights.cols};
    }
}

MaskSums maskSums(const WeightsView &weights, const Mask &mask, int threads)
{
    constexpr std::int64_t cellsPerBlock = 1 << 16;
    std::vector<MaskSums> ofRows(std::size_t(weights.rows));
    parallelBlocks(weights.rows, cellsPerBlock / std::max<std::int64_t>(1, weights.cols), threads, {},
                   [&](std::int64_t begin, std::int64_t end) {
                       sumRows(weights, mask, begin, end - begin, std::span(ofRows).subspan(std::size_t(begin)));
                   });
    MaskSums all;
    for (const MaskSums &row : ofRows)
        all += row;
    return all;
}

namespace {

/// Bits [col0, col0 + count) of a mask row, count ≤ 64.
std::uint64_t bitsOf(std::span<const std::uint64_t> words, std::int64_t col0, int count)
{
    const std::size_t first = std::size_t(col0 / 64);
    const int shift = int(col0 % 64);
    std::uint64_t bits = words[first] >> shift;
    if (shift + count > 64)
        bits |= words[first + 1] << (64 - shift);
    return count == 64 ? bits : bits & ((std::uint64_t(1) << count) - 1);
}

} // namespace

MaskMetrics measure(Span2d<const float> weights, const Mask &mask)
{
    return metricsOf(maskSums(weights, mask));
}

MaskMetrics metricsOf(const MaskSums &sums)
{
    MaskMetrics metrics;
    metrics.keptMagnitude = sums.magnitude > 0 ? sums.keptMagnitude / sums.magnitude : 1;
    metrics.relativeSquaredError = sums.squared > 0 ? sums.squaredLost / sums.squared : 0;
    metrics.keptFraction = sums.elements > 0 ? double(sums.kept) / double(sums.elements) : 0;
    return metrics;
}

std::string TileViolation::text() const
{
    return "tile (" + std::to_string(tileRow) + ", " + std::to_string(tileCol) + "): " + (isRow ? "row " : "column ") +
        std::to_string(line) + " keeps " + std::to_string(kept) + ", " + (atMost ? "may keep at most " : "must keep ") +
        std::to_string(wanted);
}

MaskCheck checkTransposable(const Mask &mask, NmPattern pattern, std::size_t limit)
{
    const TileGrid grid{mask.rows(), mask.cols(), pattern.m};
    MaskCheck check;
    check.tiles = grid.count();
    for (std::int64_t tile = 0; tile < check.tiles; ++tile) {
        const std::int64_t tileRow = grid.rowOf(tile), tileCol = grid.colOf(tile);
        const int rows = grid.realRows(tile), cols = grid.realCols(tile);
        const bool ragged = rows < pattern.m || cols < pattern.m;
        bool violated = false;
        const auto judge = [&](bool isRow, std::int64_t line, int kept) {
            if (kept == pattern.n || (ragged && kept < pattern.n))
                return;
            violated = true;
            if (check.violations.size() < limit)
                check.violations.push_back({tile, tileRow, tileCol, isRow, line, kept, pattern.n, ragged});
        };
        std::array<int, NmPattern::maxM> columnKept = {};
        for (int i = 0; i < rows; ++i) {
            const std::int64_t row = tileRow * pattern.m + i;
            std::uint64_t bits = bitsOf(mask.row64(row), tileCol * pattern.m, cols);
            judge(true, row, std::popcount(bits));
            for (; bits; bits &= bits - 1)
                ++columnKept[std::size_t(std::countr_zero(bits))];
        }
        for (int j = 0; j < cols; ++j)
            judge(false, tileCol * pattern.m + j, columnKept[std::size_t(j)]);
        check.violatingTiles += violated;
    }
    return check;
}

std::int64_t shortLines(const Mask &mask, NmPattern pattern)
{
    const auto [n, m] = pattern;
    std::int64_t lines = 0;
    for (std::int64_t row0 = 0; row0 + m <= mask.rows(); row0 += m)
        for (std::int64_t col0 = 0; col0 + m <= mask.cols(); col0 += m) {
            std::array<int, NmPattern::maxM> columnKept = {};
            for (std::int64_t row = row0; row < row0 + m; ++row) {
                std::uint64_t bits = bitsOf(mask.row64(row), col0, m);
                lines += std::popcount(bits) < n;
                for (; bits; bits &= bits - 1)
                    ++columnKept[std::size_t(std::countr_zero(bits))];
            }
            lines += std::count_if(columnKept.begin(), columnKept.begin() + m, [n = n](int kept) { return kept < n; });
        }
    return lines;
}

} // namespace nms
