// SPDX-License-Identifier: Apache-2.0
// Makes and evaluates one tile's mask, vectorised for each instruction set. Files compiled for other instruction sets also
// include this header: it holds data and no inline code, which the linker might share between levels.
#pragma once

#include "core/simd/simd_level.h"

#include <cstdint>

namespace nms {

/// Working memory for one tile. Tables have rows of `stride` entries, masks one word for each row or column.
struct SelectionWork {
    static constexpr int maxM = 64;
    static constexpr std::int32_t kept = 2147483647; // above every key
    static constexpr std::int32_t closed = -2147483648; // below every key
    static constexpr std::int32_t minimumGain = 2; // a gain of this in ⌊A·scale⌋ is a gain in A, whatever was truncated

    alignas(64) std::int32_t keys[maxM * maxM]; // integers in the order of the keys, which they may round
    alignas(64) std::int32_t transposed[maxM * maxM];
    alignas(64) std::uint64_t rows[maxM]; // bit j of rows[i]: (i, j) is kept
    alignas(64) std::uint64_t columns[maxM];
    int n = 0, m = 0;
};

/// Potentials as integers, in a unit in which the tile's largest score is between 2³⁵ and 2³⁶.
struct BoundLines {
    static constexpr double finer = 4096; // ratio to the integers of the sweeps
    static constexpr double limit = 0x1p38; // for |α| and |β| at the start

    alignas(64) double alpha[SelectionWork::maxM];
    alignas(64) double beta[SelectionWork::maxM];
    int n, m;
};

/// Tables for the sweeps. |A|, |α| and |β| stay below 2²⁸: a sweep leaves α no further from any fixed point of the sweeps
/// than β was, and there is a fixed point within 2²⁵.
struct BoundWork {
    static constexpr std::int32_t padding = -(1 << 30); // less than any value in a sweep

    alignas(64) std::int32_t scores[SelectionWork::maxM * SelectionWork::maxM];
    alignas(64) std::int32_t transposed[SelectionWork::maxM * SelectionWork::maxM];
    alignas(64) std::int32_t alpha[SelectionWork::maxM];
    alignas(64) std::int32_t beta[SelectionWork::maxM];
};

struct MaskKernels {
    /// Fills `rows` by greedy selection: entries in descending order of keys, row-major on ties, each taken if fewer than n
    /// are kept in its row and in its column.
    void (*greedyByScore)(SelectionWork &work, const float *scores);
    void (*greedyByPlan)(SelectionWork &work, const double *plan);
    /// The same where `rows` already keeps some entries, at most n in every row and every column.
    void (*greedyFrom)(SelectionWork &work, const float *scores);
    /// Fills `rows` with the n largest of every row, of every column, or of every column among the n largest of the rows;
    /// the first on ties.
    void (*largestInRows)(SelectionWork &work, const float *scores);
    void (*largestInColumns)(SelectionWork &work, const float *scores);
    void (*largestInBoth)(SelectionWork &work, const float *scores);
    /// Index of the mask, of `count` with m rows each, that keeps the largest sum of ⌊A·scale⌋, the first on ties. `scale`
    /// is a power of two for which N·M scores sum to less than 2³¹.
    int (*bestCandidate)(SelectionWork &work, const float *scores, double scale, const std::uint64_t *rows, int count);
    /// While a row i and a column j hold fewer than n: replaces (i', j') by (i, j') and (i', j), with the largest A[i,j'] +
    /// A[i',j] − A[i',j'] if `best`, otherwise the first that is possible.
    void (*swapUntilFull)(std::uint64_t *rows, const float *scores, int n, int m, bool best);
    /// At most `most` times: the best swap for the first row and column that are short of n and have a swap that gains.
    void (*swapWhileGaining)(std::uint64_t *rows, const float *scores, int n, int m, int most);
    /// Improves `rows`, which keeps n of every row and column, by exchanges: (i, j) and (k, l), which are kept, are
    /// replaced by (i, l) and (k, j), which are not, where ⌊A·scale⌋ gains at least `minimumGain`. For a row i the exchange
    /// with the largest gain (the first k, j, l on ties) until none is left; the rows in turn, until none gains or `most`
    /// exchanges are done. Returns their number. `scale` is a power of two that scales all scores to less than 2²⁹.
    int (*exchangeEntries)(SelectionWork &work, const float *scores, double scale, int most);
    /// Thresholds of `rows`, which keeps n < m of every row and column: α, then β, `sweeps` (at most 8) times, from β = 0;
    /// each is midway between the smallest kept and the largest not kept of its line, minus the other side's thresholds.
    /// `scale` scales the scores to less than 2²⁴; α and β have `stride` entries.
    void (*separatingThresholds)(SelectionWork &work, const float *scores, double scale, int sweeps, std::int32_t *alpha,
                                 std::int32_t *beta);
    /// The sum of the kept scores: each column in double from the top, then the columns in pairs.
    double (*keptScore)(const std::uint64_t *rows, const float *scores, int m);
    /// N·Σα + N·Σβ + Σ max(0, ⌈A·scale⌉ − α − β), exactly. `scale` is a power of two.
    double (*boundAt)(const BoundLines &lines, const float *scores, double scale);
    /// Moves α, then β to the midpoint of the n-th and (n+1)-th largest of A·scale minus the other, `sweeps` times.
    void (*sweepLines)(BoundWork &work, BoundLines &lines, const float *scores, double scale, int sweeps);
};

/// For a stride of 4, 8, 16, 32 or 64 and one of simdLevels().
const MaskKernels &maskKernels(SimdLevel level, int stride);

NMS_AT_EACH_LEVEL(const MaskKernels &maskKernels(int stride))

} // namespace nms
