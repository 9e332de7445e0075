// SPDX-License-Identifier: Apache-2.0
// The exact method's steps on one tile, written for the vectors of a processor. This header is read by files that are
// compiled for other processors than the rest: it holds data and no inline code, which the linker might share.
#pragma once

#include "core/simd/simd_level.h"

#include <cstddef>
#include <cstdint>

namespace nms {

/// One tile at work. Tables have rows of `stride` entries; lines (α, β, masks) one entry for each row or column.
///
/// 32 bits hold everything. Let U = 2²⁴ be the largest score. A sweep leaves |α|, |β| ≤ 4U, and as thresholds of rows
/// (columns) differ by at most U among themselves, |A − α − β| ≤ 2U. Searches never move a source, and no line further than
/// the length of a path to it from a source, measured with the potentials the sweeps left: at most (M + 3)·U, for along an
/// alternating path scores cancel in pairs. (There is a path to every line. Say a row is below n: it can get all columns but
/// the fewer than n it keeps. A row out of reach keeps none of the columns within reach, so it is below n and a source
/// itself; all rows being in reach, a column that is not is kept by all of them, so above n, and a source. The same with
/// sides exchanged.) So |A − α − β| ≤ (M + 5)·U < 2³¹ = 128·U for M ≤ 64, and so are the distances.
struct ExactWork {
    static constexpr int maxM = 64;
    static constexpr std::int32_t unit = (1 << 24) - 1; // the tile's maximum, quantised
    static constexpr std::int32_t padding = -(1 << 30); // below all that a sweep meets
    static constexpr int sweeps = 4; // before the first search

    alignas(64) std::int32_t scores[maxM * maxM]; // quantised; rows from m on hold `padding`
    alignas(64) std::int32_t transposed[maxM * maxM]; // its columns, likewise
    alignas(64) std::int32_t alpha[maxM];
    alignas(64) std::int32_t beta[maxM];
    alignas(64) std::uint64_t rows[maxM]; // bit j of rows[i]: (i, j) is kept
    std::uint64_t columns[maxM]; // the same by columns
    std::uint64_t rowsBelow, rowsAbove; // rows that keep fewer, more than n
    std::uint64_t columnsBelow, columnsAbove;
    int n, m;
};

/// A tile of a batch: its scores as they are, and what became of it.
struct ExactBatchTile {
    alignas(64) float values[ExactWork::maxM * ExactWork::maxM]; // at the stride, lines from m on are 0 or not written
    ExactWork work;
    float largest; // score; as gather() leaves it
    std::int32_t iterations;
    bool proven;
    double objective;
};

struct ExactKernels {
    /// Fills both tables with score·scale, rounded to nearest. `values` has the tile's stride.
    void (*quantise)(ExactWork &work, const float *values, double scale);
    /// Moves α, then β to the middle of the n-th and (n+1)-th largest of A minus the other.
    void (*sweep)(ExactWork &work);
    /// Keeps what lies above the thresholds: `rows`, `columns`, and who is below and above.
    void (*keep)(ExactWork &work);
    /// The same from `rows` alone: `columns`, and who is below and above.
    void (*countLines)(ExactWork &work);
    /// After the last sweep: entries at the threshold wherever row and column have room, row-major.
    void (*keepTies)(ExactWork &work);
    /// One search for shortest augmenting paths; brings at least one line that can take a unit together with one that is
    /// owed it.
    void (*augment)(ExactWork &work);
    /// Whether a mask with n everywhere and α, β prove each other optimal. If so, `rows` becomes the row-major first of all
    /// optimal masks (equal_optima.h), and `columns` no longer belongs to it.
    bool (*conclude)(ExactWork &work);
    /// Σ of the scores kept: each column in double from the top, then the columns in pairs.
    double (*keptScore)(const ExactWork &work, const float *values);

    /// For a batch. Copies `rows` × `cols` scores, rows `pitch` apart, pads them with 0, and finds the largest. False where
    /// one is negative or not finite.
    bool (*gather)(ExactBatchTile &tile, const float *cells, std::ptrdiff_t pitch, int rows, int cols);
    /// Gathered tiles, none of them zero everywhere, from the start to the end, by the steps above.
    void (*solve)(ExactBatchTile *const *tiles, int count);
};

/// For a stride of 4, 8, 16, 32 or 64 and one of simdLevels().
const ExactKernels &exactKernels(SimdLevel level, int stride);

NMS_AT_EACH_LEVEL(const ExactKernels &exactKernels(int stride))

} // namespace nms
