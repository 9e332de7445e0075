// SPDX-License-Identifier: Apache-2.0
// Making and judging one tile's mask in the vectors of a processor. Read by files that are compiled for other processors
// than the rest: it holds data and no inline code, which the linker might share.
#pragma once

#include "core/simd/simd_level.h"

#include <cstdint>

namespace nms {

/// One tile at work. Tables have rows of `stride` entries, masks one word for each row or column.
struct SelectionWork {
    static constexpr int maxM = 64;
    static constexpr std::int32_t kept = 2147483647; // above every key
    static constexpr std::int32_t closed = -2147483648; // below every key
    static constexpr std::int32_t surelyMore = 2; // gained by an exchange of ⌊A·scale⌋: then A gains, whatever was cut off

    alignas(64) std::int32_t keys[maxM * maxM]; // ordered as the keys are, which they may round
    alignas(64) std::int32_t transposed[maxM * maxM];
    alignas(64) std::uint64_t rows[maxM]; // bit j of rows[i]: (i, j) is kept
    alignas(64) std::uint64_t columns[maxM];
    int n, m;
};

/// Potentials as whole numbers, of which the tile's largest score is between 2³⁵ and 2³⁶.
struct BoundLines {
    static constexpr double finer = 4096; // than the integers of the sweeps
    static constexpr double limit = 0x1p38; // of |α| and |β| at the start

    alignas(64) double alpha[SelectionWork::maxM];
    alignas(64) double beta[SelectionWork::maxM];
    int n, m;
};

/// Tables for the sweeps. |A|, |α| and |β| stay below 2²⁸: a sweep takes α no further from any fixed point of the sweeps
/// than β was, and there is one within 2²⁵.
struct BoundWork {
    static constexpr std::int32_t padding = -(1 << 30); // below all that a sweep meets

    alignas(64) std::int32_t scores[SelectionWork::maxM * SelectionWork::maxM];
    alignas(64) std::int32_t transposed[SelectionWork::maxM * SelectionWork::maxM];
    alignas(64) std::int32_t alpha[SelectionWork::maxM];
    alignas(64) std::int32_t beta[SelectionWork::maxM];
};

struct MaskKernels {
    /// Fills `rows` by greedy selection: keys falling, row-major where equal, each entry taken while its row and column
    /// have room.
    void (*greedyByScore)(SelectionWork &work, const float *scores);
    void (*greedyByPlan)(SelectionWork &work, const double *plan);
    /// The same where `rows` keeps something already, at most n of every row and of every column.
    void (*greedyFrom)(SelectionWork &work, const float *scores);
    /// Fills `rows` with the n largest of every row, of every column, of every column among those of the rows; the first
    /// where equal.
    void (*largestInRows)(SelectionWork &work, const float *scores);
    void (*largestInColumns)(SelectionWork &work, const float *scores);
    void (*largestInBoth)(SelectionWork &work, const float *scores);
    /// Which of `count` masks, m rows each, keeps most of ⌊A·scale⌋, the first where equal. `scale` is a power of two that
    /// takes N·M scores to less than 2³¹ in sum.
    int (*bestCandidate)(SelectionWork &work, const float *scores, double scale, const std::uint64_t *rows, int count);
    /// While a row and a column hold fewer than n: puts (i, j') and (i', j) in place of (i', j'), `best` for the largest
    /// A[i,j'] + A[i',j] − A[i',j'], else the first there is.
    void (*swapUntilFull)(std::uint64_t *rows, const float *scores, int n, int m, bool best);
    /// The best swap for the first row and column that are short of n and have one that gains, and so on, `most` times.
    void (*swapWhileGaining)(std::uint64_t *rows, const float *scores, int n, int m, int most);
    /// Improves `rows`, which keeps n of every row and column, by exchanges: (i, l) and (k, j) in place of (i, j) and (k, l)
    /// where these are kept, those are not, and ⌊A·scale⌋ gains `surelyMore` at least. Of those of a row i the one that
    /// gains most (the first k, j, l where equal), until none is left; the rows in turn, until none gains or `most` are
    /// done. Returns how many were. `scale` is a power of two that takes scores to less than 2²⁹.
    int (*exchangeEntries)(SelectionWork &work, const float *scores, double scale, int most);
    /// Thresholds of `rows`, which keeps n < m of every row and column: `sweeps` (at most 8) times α, then β, from β = 0,
    /// midway between the least kept of a line and the greatest left out, less the other side's. `scale` takes scores to
    /// less than 2²⁴; α and β have a stride of entries.
    void (*partLines)(SelectionWork &work, const float *scores, double scale, int sweeps, std::int32_t *alpha,
                      std::int32_t *beta);
    /// Σ of the scores kept: each column in double from the top, then the columns in pairs.
    double (*keptScore)(const std::uint64_t *rows, const float *scores, int m);
    /// N·Σα + N·Σβ + Σ max(0, ⌈A·scale⌉ − α − β), exactly. `scale` is a power of two.
    double (*boundAt)(const BoundLines &lines, const float *scores, double scale);
    /// Moves α, then β to the middle of the n-th and (n+1)-th largest of A·scale minus the other, `sweeps` times.
    void (*sweepLines)(BoundWork &work, BoundLines &lines, const float *scores, double scale, int sweeps);
};

/// For a stride of 4, 8, 16, 32 or 64 and one of simdLevels().
const MaskKernels &maskKernels(SimdLevel level, int stride);

NMS_AT_EACH_LEVEL(const MaskKernels &maskKernels(int stride))

} // namespace nms
