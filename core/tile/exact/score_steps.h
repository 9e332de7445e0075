// SPDX-License-Identifier: Apache-2.0
// Quantises scores to integers, and sums the kept scores.
#pragma once

#include "core/simd/transpose.h"
#include "core/tile/exact/exact_kernels.h"

namespace nms {

namespace {

/// Fills both tables, in blocks that fit the registers.
template <int P> void quantise(ExactWork &work, const float *values, double scale)
{
    using Shape = LineShape<P>;
    using Doubles = DoubleLanes<Shape::lanes>;
    using Vector = typename Shape::Vector;
    constexpr int lanes = Shape::lanes;
    for (int i = 0; i < P; i += lanes)
        for (int j = 0; j < P; j += lanes) {
            Vector block[lanes];
            unroll<lanes>([&](auto k) __attribute__((always_inline)) {
                const float *from = values + (i + k) * P + j;
                // For non-negative scores, adding a half and truncating rounds to nearest.
                block[k] =
                    Doubles::truncated(Doubles::load(from) * scale + 0.5, Doubles::load(from + lanes / 2) * scale + 0.5);
                if (i + k >= work.m)
                    block[k] = Vector{};
                Shape::store(work.scores + (i + k) * P + j, 0, block[k]);
            });
            exchangeAll<lanes / 2>(block);
            unroll<lanes>([&](auto k) __attribute__((always_inline)) {
                Shape::store(work.transposed + (j + k) * P + i, 0, block[k]);
            });
        }
    for (int i = work.m; i < P; ++i)
        for (int v = 0; v < Shape::vectors; ++v) {
            Shape::store(work.scores + i * P, v, Shape::all(ExactWork::padding));
            Shape::store(work.transposed + i * P, v, Shape::all(ExactWork::padding));
        }
}

template <int P> double keptScore(const ExactWork &work, const float *values)
{
    using Shape = LineShape<P>;
    using Doubles = DoubleLanes<Shape::lanes>;
    using Half = typename Doubles::Half;
    using Vector = typename Shape::Vector;
    Half sums[2 * Shape::vectors] = {};
    for (int i = 0; i < work.m; ++i)
        unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
            const Vector bits = Shape::loadUnaligned(values + i * P + v * Shape::lanes);
            const Vector kept = Shape::Ops::valueWhere(Shape::ofBits(work.rows[i], v), bits);
            sums[2 * v] += Doubles::lower(kept);
            sums[2 * v + 1] += Doubles::upper(kept);
        });
    // Adds the halves of the columns, as long as they fill a vector.
    unroll<Shape::vectors>([&](auto round) __attribute__((always_inline)) {
        constexpr int half = Shape::vectors >> int(decltype(round)());
        unroll<half>([&](auto k) __attribute__((always_inline)) { sums[k] += sums[k + half]; });
    });
    for (int half = Shape::lanes / 4; half > 0; half /= 2)
        for (int k = 0; k < half; ++k)
            sums[0][k] += sums[0][k + half];
    return sums[0][0];
}

/// Non-negative floats are ordered like their bit patterns. Negative ones, −0 and some NaN have the sign bit.
template <int P> bool gather(ExactBatchTile &tile, const float *cells, std::ptrdiff_t pitch, int rows, int cols)
{
    using Shape = LineShape<P>;
    using Vector = typename Shape::Vector;
    constexpr int lanes = Shape::lanes;
    Vector largest = {}, any = {};
    if (rows == P && cols == P) {
        for (int i = 0; i < P; ++i, cells += pitch)
            unroll<Shape::vectors>([&](auto v) __attribute__((always_inline)) {
                const Vector bits = Shape::loadUnaligned(cells + v * lanes);
                // Prefetches the next tiles of the row: each line is in a page of its own, which hardware prefetchers do
                // not predict.
                __builtin_prefetch(cells + 2 * P + v * lanes);
                __builtin_memcpy(tile.values + i * P + v * lanes, &bits, sizeof bits);
                largest = Shape::Ops::max(largest, bits);
                any |= bits;
            });
    } else {
        for (int i = 0; i < tile.work.m; ++i, cells += pitch)
            for (int j = 0; j < P; ++j)
                tile.values[i * P + j] = i < rows && j < cols ? cells[j] : 0;
        for (int k = 0; k < tile.work.m * P; k += lanes) {
            const Vector bits = Shape::loadUnaligned(tile.values + k);
            largest = Shape::Ops::max(largest, bits);
            any |= bits;
        }
    }
    std::int32_t most = 0, all = 0;
    for (int l = 0; l < lanes; ++l) {
        most = largest[l] > most ? largest[l] : most;
        all |= any[l];
    }
    __builtin_memcpy(&tile.largest, &most, sizeof most);
    constexpr std::int32_t infinity = 0x7f800000, minusZero = -2147483647 - 1;
    if (most >= infinity)
        return false;
    bool valid = true;
    for (int k = 0; all < 0 && k < tile.work.m * P; ++k) {
        std::int32_t bits;
        __builtin_memcpy(&bits, tile.values + k, sizeof bits);
        valid &= bits >= 0 || bits == minusZero;
    }
    return valid;
}

} // namespace

} // namespace nms
