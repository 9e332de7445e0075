// SPDX-License-Identifier: Apache-2.0
#include "core/tile/tile_mask.h"

#include "core/tile/masks/mask_kernels.h"

#include <bit>

namespace nms {

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
