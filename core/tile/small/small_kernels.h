// SPDX-License-Identifier: Apache-2.0
// The exact method on small tiles, sixteen side by side, one in each lane: all feasible masks are tried for M ≤ 4,
// threshold sweeps are made for 4 < M ≤ 8.
#pragma once

#include "core/simd/simd_level.h"

#include <cstddef>
#include <cstdint>

namespace nms {

struct TableGroup {
    static constexpr int tiles = 16;
    static constexpr int maxM = 4;
};

/// Solves sixteen tiles. Tile t's entry (i, j) is cells[i·stride + 4·t + j], for every m; entries at i or j ≥ m are
/// ignored. Byte i of rows[t] is set to row i of the mask, bit j for column j, and objective[t] to the sum of the kept
/// scores: each column in double from the top, then the columns in pairs two apart, then one apart. Both arrays are aligned
/// to 64 bytes. Of equal optima the first in row-major order is returned, for tiles of zeros the band. Returns false, and
/// no usable results, where a score may be negative or not finite (−0 also counts as negative).
using TableKernel = bool (*)(const float *cells, std::ptrdiff_t stride, std::uint32_t *rows, double *objective);

/// For 1 ≤ n ≤ m ≤ 4 and one of simdLevels().
TableKernel tableKernel(SimdLevel level, int n, int m);
NMS_AT_EACH_LEVEL(TableKernel tableKernel(int n, int m))

/// Working memory for sixteen tiles.
struct SweptGroup {
    static constexpr int tiles = 16;
    static constexpr int maxM = 8;

    alignas(64) std::int32_t scores[maxM][maxM][tiles]; // bit patterns of the floats
    alignas(64) std::int32_t quantised[maxM][maxM][tiles];
    alignas(64) std::int16_t coarseScores[maxM][maxM][tiles]; // quantised >> ExactWork::coarseShift
    alignas(64) std::int16_t coarseAlpha[maxM][tiles];
    alignas(64) std::int16_t coarseBeta[maxM][tiles];
    alignas(64) std::int32_t alpha[maxM][tiles];
    alignas(64) std::int32_t beta[maxM][tiles];
    alignas(64) std::int32_t most[tiles]; // bit pattern of the largest score
    alignas(64) std::uint32_t rows[2][tiles]; // byte i % 4 of rows[i / 4]: the mask of row i
    alignas(64) std::int32_t iterations[tiles]; // number of sweeps, after which every row and column kept n; 0: not all do
};

struct SweepKernels {
    /// Quantises sixteen tiles and sweeps them ExactWork::sweeps times. Where all rows and columns of one then keep n, its
    /// mask is the only optimum. Tiles of zeros get the band after one. Tile t's entry (i, j) is cells[i·stride + 8·t + j],
    /// for every m; entries at i or j ≥ m are ignored. Returns false, and leaves nothing usable in `group`, where a score
    /// may be negative or not finite (−0 also counts as negative).
    bool (*sweep)(const float *cells, std::ptrdiff_t stride, SweptGroup &group);
    /// Sum of the scores that `rows` keep: each column in double from the top, then the columns in pairs four, two and one
    /// apart.
    void (*sumKept)(const SweptGroup &group, double *objective);
};

/// For 5 ≤ m ≤ 8, 1 ≤ n ≤ m and one of simdLevels().
const SweepKernels &sweepKernels(SimdLevel level, int n, int m);
NMS_AT_EACH_LEVEL(const SweepKernels &sweepKernels(int n, int m))

} // namespace nms
