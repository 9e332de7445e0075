// SPDX-License-Identifier: Apache-2.0
// The exact method for M ≤ 4: every feasible mask is tried, on several tiles side by side, one in each lane. This header is
// read by files that are compiled for other processors than the rest: it holds data and no inline code.
#pragma once

#include "core/solver/tile/simd/simd_level.h"

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

/// For tableKernel() alone: each is compiled for its processor.
TableKernel tableKernelBaseline(int n, int m);
TableKernel tableKernelAvx2(int n, int m);
TableKernel tableKernelAvx512(int n, int m);

} // namespace nms
