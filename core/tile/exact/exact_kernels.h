// SPDX-License-Identifier: Apache-2.0
// The exact method's steps on one tile, vectorised for each instruction set. Files compiled for other instruction sets also
// include this header: it holds data and no inline code, which the linker might share between levels.
#pragma once

#include "core/simd/simd_level.h"

#include <cstddef>
#include <cstdint>

namespace nms {

/// Working memory for one tile. Tables have rows of `stride` entries; lines (α, β, masks) one entry for each row or column.
///
/// 32 bits are enough. Let U = 2²⁴ bound the scores. Coarse sweeps leave |β| ≤ U; the last sweep leaves |α|, |β| ≤ 4U, and
/// as the thresholds of rows (columns) differ by at most U among themselves, |A − α − β| ≤ 2U. Searches never move the
/// potential of a source, and that of any other line by at most the length of a path to it from a source, measured with the
/// potentials that the sweeps left: at most (M + 3)·U, because along an alternating path scores cancel in pairs. (There is a
/// path to every line. Say a row is below n: it can reach all columns except the fewer than n that it keeps. A row out of
/// reach keeps none of the columns within reach, so it is below n and a source itself; since all rows are within reach, a
/// column that is not is kept by all of them, so it is above n, and a source. The same holds with rows and columns
/// exchanged.) So |A − α − β| ≤ (M + 5)·U < 2³¹ = 128·U for M ≤ 64, and so are the distances.
struct ExactWork {
    static constexpr int maxM = 64;
    static constexpr std::int32_t unit = (1 << 24) - 1; // the tile's maximum after quantisation
    static constexpr std::int32_t padding = -(1 << 30); // less than any value in a sweep
    static constexpr int coarseSweeps = 5; // on scores of 14 bits (coarse_steps.h)
    static constexpr int sweeps = coarseSweeps + 1; // before the first search
    static constexpr int coarseShift = 10; // to a coarse score
    static constexpr std::int16_t coarseUnit = unit >> coarseShift; // the largest coarse score, and threshold
    static constexpr std::int16_t coarsePadding = -coarseUnit - 1;

    alignas(64) std::int32_t scores[maxM * maxM]; // quantised; rows from m on hold `padding`
    alignas(64) std::int32_t transposed[maxM * maxM]; // the transpose; likewise
    alignas(64) std::int16_t coarseScores[maxM * maxM]; // scores >> coarseShift; rows from m on hold `coarsePadding`
    alignas(64) std::int16_t coarseTransposed[maxM * maxM];
    alignas(64) std::int16_t coarseAlpha[maxM];
    alignas(64) std::int16_t coarseBeta[maxM];
    alignas(64) std::int32_t alpha[maxM];
    alignas(64) std::int32_t beta[maxM];
    alignas(64) std::uint64_t rows[maxM]; // bit j of rows[i]: (i, j) is kept
    std::uint64_t columns[maxM]; // the same by columns
    std::uint64_t rowsBelow, rowsAbove; // rows that keep fewer than n, and more than n
    std::uint64_t columnsBelow, columnsAbove;
    int n, m;
};

/// A tile of a batch: its original scores, and its result.
struct ExactBatchTile {
    alignas(64) float values[ExactWork::maxM * ExactWork::maxM]; // rows of `stride`; lines from m on: 0 or not written
    ExactWork work;
    float largest; // the largest score, set by gather()
    std::int32_t iterations;
    bool proven;
    double objective;
};

struct ExactKernels {
    /// Fills both tables with score·scale, rounded to nearest. `values` has rows of `stride`.
    void (*quantise)(ExactWork &work, const float *values, double scale);
    /// The same on coarse scores, as one of the first sweeps; from the second on `relaxed`.
    void (*coarseSweep)(ExactWork &work, bool relaxed);
    /// Moves α, then β to the midpoint of the n-th and (n+1)-th largest of A minus the other: the last sweep.
    void (*sweep)(ExactWork &work);
    /// Keeps the entries above the thresholds: sets `rows`, `columns`, and which rows and columns are below and above n.
    void (*keep)(ExactWork &work);
    /// The same from `rows` alone: sets `columns`, and which rows and columns are below and above n.
    void (*countLines)(ExactWork &work);
    /// After the last sweep: adds entries at the threshold, in row-major order, while row and column keep fewer than n.
    void (*keepTies)(ExactWork &work);
    /// One search for shortest augmenting paths from rows below and columns above n to rows above and columns below n;
    /// applies at least one of them.
    void (*augment)(ExactWork &work);
    /// Whether a mask with n everywhere and α, β prove each other optimal. If so, `rows` becomes the first optimal mask in
    /// row-major order (equal_optima.h), and `columns` is no longer valid.
    bool (*conclude)(ExactWork &work);
    /// The sum of the kept scores: each column in double from the top, then the columns in pairs.
    double (*keptScore)(const ExactWork &work, const float *values);

    /// For a batch. Copies `rows` × `cols` scores, rows `pitch` apart, pads them with 0, and finds the largest. False where
    /// a score is negative or not finite.
    bool (*gather)(ExactBatchTile &tile, const float *cells, std::ptrdiff_t pitch, int rows, int cols);
    /// Solves gathered tiles, none of them all zero, by the steps above.
    void (*solve)(ExactBatchTile *const *tiles, int count);
};

/// For a stride of 4, 8, 16, 32 or 64 and one of simdLevels().
const ExactKernels &exactKernels(SimdLevel level, int stride);

NMS_AT_EACH_LEVEL(const ExactKernels &exactKernels(int stride))

} // namespace nms
