// SPDX-License-Identifier: Apache-2.0
// Rounding of one tile in the vectors of a processor. Read by files that are compiled for other processors than the rest: it
// holds data and no inline code, which the linker might share.
#pragma once

#include "core/solver/tile/simd/simd_level.h"

#include <cstdint>

namespace nms {

/// One tile at work. Tables have rows of `stride` entries, masks one word for each row or column.
struct RoundingWork {
    static constexpr int maxM = 64;
    static constexpr std::int32_t kept = 2147483647; // above every key
    static constexpr std::int32_t closed = -2147483648; // below every key

    alignas(64) std::int32_t keys[maxM * maxM]; // ordered as the keys are, which they may round
    alignas(64) std::int32_t transposed[maxM * maxM];
    alignas(64) std::uint64_t rows[maxM]; // bit j of rows[i]: (i, j) is kept
    alignas(64) std::uint64_t columns[maxM];
    int n, m;
};

struct RoundingKernels {
    /// Fills `rows` by greedy selection: keys falling, row-major where equal, each entry taken while its row and column
    /// have room.
    void (*greedyByScore)(RoundingWork &work, const float *scores);
    void (*greedyByPlan)(RoundingWork &work, const double *plan);
};

/// For a stride of 4, 8, 16, 32 or 64 and one of simdLevels().
const RoundingKernels &roundingKernels(SimdLevel level, int stride);

/// For roundingKernels() alone: each is compiled for its processor.
const RoundingKernels &roundingKernelsBaseline(int stride);
const RoundingKernels &roundingKernelsAvx2(int stride);
const RoundingKernels &roundingKernelsAvx512(int stride);

} // namespace nms
