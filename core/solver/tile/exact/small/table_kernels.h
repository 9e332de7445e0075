// SPDX-License-Identifier: Apache-2.0
// The exact method for M ≤ 4: every feasible mask is tried, on several tiles side by side, one in each lane. This header is
// read by files that are compiled for other processors than the rest: it holds data and no inline code.
#pragma once

#include "core/solver/tile/simd/simd_level.h"

#include <cstddef>
#include <cstdint>

namespace nms {

/// What is found for sixteen tiles.
struct TableGroup {
    static constexpr int tiles = 16;
    static constexpr int maxM = 4;

    double objective[tiles]; // Σ of the scores kept: each column in double from the top, then the columns in pairs
    std::uint64_t rows[maxM]; // bit m·t + j of rows[i]: entry (i, j) of tile t is kept
};

/// Solves sixteen tiles. Tile t's entry (i, j) is cells[i·stride + 4·t + j], for every m; what lies at i or j ≥ m is read
/// and must be 0. Of equal optima the row-major first is kept, in tiles of zeros the band. False, and nothing of use in
/// `group`, where a score may be negative or not finite (−0 is one that only may).
using TableKernel = bool (*)(const float *cells, std::ptrdiff_t stride, TableGroup &group);

/// For 1 ≤ n ≤ m ≤ 4 and one of simdLevels().
TableKernel tableKernel(SimdLevel level, int n, int m);

/// For tableKernel() alone: each is compiled for its processor.
TableKernel tableKernelBaseline(int n, int m);
TableKernel tableKernelAvx2(int n, int m);
TableKernel tableKernelAvx512(int n, int m);

} // namespace nms
