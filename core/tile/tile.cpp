// SPDX-License-Identifier: Apache-2.0
#include "core/tile/tile.h"

#include "core/base/cpu_clones.h"
#include "core/simd/stride.h"
#include "core/tile/masks/mask_kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace nms {

namespace {

struct Bits {
    std::int32_t largest = 0;
    std::int32_t any = 0;
};

NMS_CPU_CLONES Bits bitsOf(const float *values, int count)
{
    Bits bits;
    for (int k = 0; k < count; ++k) {
        const std::int32_t value = std::bit_cast<std::int32_t>(values[k]);
        bits.largest = bits.largest > value ? bits.largest : value;
        bits.any |= value;
    }
    return bits;
}

} // namespace

/// Copies rows of a length known at compile time, without a call of memcpy.
template <int Stride> void TileScores::copy(Span2d<const float> cells)
{
    float *to = m_scores.values.data();
    if (m_realRows == Stride && m_realCols == Stride) {
        for (int i = 0; i < Stride; ++i)
            std::memcpy(to + i * Stride, cells.data + i * cells.stride, Stride * sizeof(float));
        return;
    }
    for (int i = 0; i < m_m; ++i, to += Stride) {
        const int filled = i < m_realRows ? m_realCols : 0;
        if (filled > 0)
            std::copy_n(cells.data + i * cells.stride, filled, to);
        std::fill(to + filled, to + Stride, 0.0F);
    }
}

void TileScores::examine()
{
    // Non-negative floats are ordered like their bit patterns. Only negative numbers, −0 and some NaN have the sign bit.
    const Bits bits = bitsOf(m_scores.values.data(), m_m * m_stride);
    m_maximum = std::bit_cast<float>(bits.largest);
    m_valid = std::isfinite(m_maximum);
    if (bits.any < 0)
        m_valid = m_valid && std::all_of(m_scores.values.data(), m_scores.values.data() + m_m * m_stride, [](float value) {
                      return value >= 0;
                  });
}

void TileScores::gather(Span2d<const float> cells, int m)
{
    m_m = m;
    m_stride = strideFor(m);
    m_realRows = int(cells.rows);
    m_realCols = int(cells.cols);
    withStride(m_stride, [&](auto stride) { copy<stride>(cells); });
    examine();
}

void TileScores::gather(Span2d<const float> score, const TileGrid &grid, std::int64_t tile)
{
    gather(score.block(grid.rowOf(tile) * grid.m, grid.colOf(tile) * grid.m, grid.realRows(tile), grid.realCols(tile)),
           grid.m);
}

double TileScores::total() const
{
    // In four lanes, the smallest stride: the order of the sum is the same on every processor, and the loop vectorises.
    constexpr int lanes = 4;
    double total[lanes] = {};
    const float *values = m_scores.values.data();
    for (int k = 0; k < m_m * m_stride; k += lanes)
        for (int l = 0; l < lanes; ++l)
            total[l] += double(values[k + l]);
    return (total[0] + total[1]) + (total[2] + total[3]);
}

TileMask TileMask::band(NmPattern pattern)
{
    TileMask mask;
    for (int i = 0; i < pattern.m; ++i)
        for (int k = 0; k < pattern.n; ++k)
            mask.add(i, (i + k) % pattern.m);
    return mask;
}

double keptScore(const TileScores &scores, const TileMask &mask, SimdLevel level)
{
    return maskKernels(level, scores.stride()).keptScore(mask.rows.data(), scores.row(0), scores.m());
}

TileMask loadTile(const Mask &mask, const TileGrid &grid, std::int64_t tile)
{
    TileMask out;
    const std::int64_t row0 = grid.rowOf(tile) * grid.m, col0 = grid.colOf(tile) * grid.m;
    const int rows = grid.realRows(tile), cols = grid.realCols(tile);
    const std::uint64_t real = ~std::uint64_t(0) >> (64 - cols);
    const std::size_t word = std::size_t(col0 / 64);
    const int shift = int(col0 % 64);
    for (int i = 0; i < rows; ++i) {
        const std::span<const std::uint64_t> words = mask.row64(row0 + i);
        std::uint64_t bits = words[word] >> shift;
        if (shift + cols > 64)
            bits |= words[word + 1] << (64 - shift);
        out.rows[std::size_t(i)] = bits & real;
    }
    return out;
}

} // namespace nms
