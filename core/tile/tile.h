// SPDX-License-Identifier: Apache-2.0
// One tile: its scores, copied from the matrix and padded to M×M with score 0, and its mask.
#pragma once

#include "core/base/matrix.h"
#include "core/simd/simd_level.h"
#include "core/sparsity/mask.h"
#include "core/sparsity/nm_pattern.h"
#include "core/sparsity/tile_grid.h"

#include <array>
#include <cstdint>

namespace nms {

/// Row length of a tile in scratch memory: m rounded up to 4, 8, 16, 32 or 64. Loops over lanes then have a constant
/// length, so that the compiler can vectorise them; entries between m and the stride are 0.
constexpr int strideFor(int m)
{
    return m <= 4 ? 4 : m <= 8 ? 8 : m <= 16 ? 16 : m <= 32 ? 32 : 64;
}

/// M×M doubles, ints, … of one tile at `strideFor(m)`.
template <class T> struct alignas(64) TileArray {
    std::array<T, std::size_t(NmPattern::maxM *NmPattern::maxM)> values;
    T *row(int i, int stride) { return values.data() + i * stride; }
    const T *row(int i, int stride) const { return values.data() + i * stride; }
};

/// A value for each row or each column of a tile.
template <class T> using TileLine = std::array<T, std::size_t(NmPattern::maxM)>;

class TileScores
{
public:
    void gather(Span2d<const float> score, const TileGrid &grid, std::int64_t tile);

    /// From the cells of the tile that lie inside the matrix, at most m × m.
    void gather(Span2d<const float> cells, int m);

    int m() const { return m_m; }
    int stride() const { return m_stride; }
    int realRows() const { return m_realRows; }
    int realCols() const { return m_realCols; }
    const float *row(int i) const { return m_scores.row(i, m_stride); }
    float maximum() const { return m_maximum; }
    double total() const; // computed on demand
    bool valid() const { return m_valid; } // finite and not negative

private:
    template <int Stride> void copy(Span2d<const float> cells);
    void examine();

    int m_m = 0;
    int m_stride = 0;
    int m_realRows = 0;
    int m_realCols = 0;
    float m_maximum = 0;
    bool m_valid = true;
    TileArray<float> m_scores;
};

/// Bit j of rows[i] = entry (i, j) of the padded tile is kept.
struct TileMask {
    TileLine<std::uint64_t> rows = {};

    bool at(int i, int j) const { return rows[std::size_t(i)] >> j & 1; }
    void add(int i, int j) { rows[std::size_t(i)] |= std::uint64_t(1) << j; }
    void remove(int i, int j) { rows[std::size_t(i)] &= ~(std::uint64_t(1) << j); }

    /// Keeps (i, j) when (j − i) mod m < n: the mask that every transposable method returns for an all-zero tile.
    static TileMask band(NmPattern pattern);
};

/// Sum of the kept scores: each column in double from the top, then the columns in pairs.
double keptScore(const TileScores &scores, const TileMask &mask, SimdLevel level);

/// The part of `mask` that lies in one tile, without padding.
TileMask loadTile(const Mask &mask, const TileGrid &grid, std::int64_t tile);

} // namespace nms
