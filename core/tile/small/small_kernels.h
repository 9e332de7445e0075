// SPDX-License-Identifier: Apache-2.0
// The exact method on small tiles, sixteen side by side, one in each lane: every feasible mask is tried for M ≤ 4, threshold
// sweeps for 4 < M ≤ 8.
#pragma once

#include "core/simd/simd_level.h"

#include <cstddef>
#include <cstdint>

namespace nms {

struct TableGroup {
    static constexpr int tiles = 16;
    static constexpr int maxM = 4;
};

/// Solves sixteen tiles. Tile t's entry (i, j) is cells[i·stride + 4·t + j], for every m; what lies at i or j ≥ m is not
/// used. Byte i of rows[t] becomes what row i of the mask keeps, bit j in column j, objective[t] the sum of the scores kept:
/// each column in double from the top, then the columns in pairs two apart, then one. Both are aligned to 64 bytes. Of equal
/// optima the row-major first is kept, in tiles of zeros the band. False, and nothing of use, where a score may be negative
/// or not finite (−0 is one that only may).
using TableKernel = bool (*)(const float *cells, std::ptrdiff_t stride, std::uint32_t *rows, double *objective);

/// For 1 ≤ n ≤ m ≤ 4 and one of simdLevels().
TableKernel tableKernel(SimdLevel level, int n, int m);
NMS_AT_EACH_LEVEL(TableKernel tableKernel(int n, int m))

/// Sixteen tiles at work.
struct SweptGroup {
    static constexpr int tiles = 16;
    static constexpr int maxM = 8;

    alignas(64) std::int32_t scores[maxM][maxM][tiles]; // the floats' bits
    alignas(64) std::int32_t quantised[maxM][maxM][tiles];
    alignas(64) std::int32_t alpha[maxM][tiles];
    alignas(64) std::int32_t beta[maxM][tiles];
    alignas(64) std::int32_t most[tiles]; // bits of the largest score
    alignas(64) std::uint32_t rows[2][tiles]; // byte i % 4 of rows[i / 4]: what row i keeps
    alignas(64) std::int32_t iterations[tiles]; // sweeps that it took until every line keeps n; 0: more are needed
};

struct SweepKernels {
    /// Quantises sixteen tiles and sweeps each until all its lines keep n, `sweeps` times at most; its mask then is the only
    /// optimum. Tiles of zeros get the band in one. Tile t's entry (i, j) is cells[i·stride + 8·t + j], for every m; what
    /// lies at i or j ≥ m is not used. False, and nothing of use in `group`, where a score may be negative or not finite
    /// (−0 is one that only may).
    bool (*sweep)(const float *cells, std::ptrdiff_t stride, int sweeps, SweptGroup &group);
    /// Σ of the scores that `rows` keep: each column in double from the top, then the columns in pairs four apart, two, one.
    void (*sumKept)(const SweptGroup &group, double *objective);
};

/// For 5 ≤ m ≤ 8, 1 ≤ n ≤ m and one of simdLevels().
const SweepKernels &sweepKernels(SimdLevel level, int n, int m);
NMS_AT_EACH_LEVEL(const SweepKernels &sweepKernels(int n, int m))

} // namespace nms
