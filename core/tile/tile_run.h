// SPDX-License-Identifier: Apache-2.0
// The unit of work of a RunSolver, and the part of the mask that it may write.
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/mask.h"
#include "core/sparsity/tile_grid.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace nms {

/// Consecutive tiles of one row of tiles. A run begins at a word boundary of the mask and ends at one or at the end of the
/// row, so no other run touches its words: they are written without locks.
struct TileRun {
    Span2d<const float> cells; // the scores of its rows, from its first column to its last one or farther
    TileGrid grid; // of the whole matrix
    std::int64_t first = 0; // its first tile
    std::int64_t count = 0;

    /// `score`: of the whole matrix.
    static TileRun of(Span2d<const float> score, const TileGrid &grid, std::int64_t first, std::int64_t count)
    {
        TileRun run{{}, grid, first, count};
        run.cells = score.block(run.row0(), run.col0(), run.row1() - run.row0(), grid.cols - run.col0());
        return run;
    }
    /// One of its tiles.
    TileRun one(std::int64_t tile) const
    {
        TileRun run{{}, grid, tile, 1};
        run.cells = columns(run.col0(), cells.cols - (run.col0() - col0()));
        return run;
    }
    /// The scores of `cols` columns, from column `col` of the matrix on.
    Span2d<const float> columns(std::int64_t col, std::int64_t cols) const
    {
        return cells.block(0, col - col0(), cells.rows, cols);
    }

    std::int64_t end() const { return first + count; }
    std::int64_t row0() const { return grid.rowOf(first) * grid.m; } // of its first cell
    std::int64_t col0() const { return grid.colOf(first) * grid.m; }
    std::int64_t row1() const { return std::min<std::int64_t>(grid.rows, row0() + grid.m); } // after its last cell
    std::int64_t col1() const { return std::min<std::int64_t>(grid.cols, col0() + count * grid.m); }

    /// The fewest m × m tiles that fill whole words.
    static constexpr std::int64_t tilesPerWords(int m) { return 64 / std::gcd(m, 64); }
};

/// The cells of one run in a mask. Bits outside are dropped, so that threads that write different runs never write the same
/// word, whatever their solvers pass.
class RunMask
{
public:
    RunMask(Mask &mask, const TileRun &run) : m_mask(mask), m_row1(run.row1()), m_col1(run.col1()) { }

    /// Writes the lowest `count` of `bits` (1 to 64) to a row of the matrix, the first of them in column `col`, which must
    /// not be left of the run. The mask's bits there must still be 0.
    void put(std::int64_t row, std::int64_t col, std::int64_t count, std::uint64_t bits)
    {
        count = std::min(count, m_col1 - col);
        if (count <= 0 || row >= m_row1)
            return;
        bits &= ~std::uint64_t(0) >> (64 - count);
        std::uint64_t *words = m_mask.row64(row).data() + col / 64;
        const int shift = int(col % 64);
        words[0] |= bits << shift;
        if (shift + count > 64)
            words[1] |= bits >> (64 - shift);
    }

    /// Writes the m rows of the tile whose first cell is (row0, col0).
    void putTile(std::int64_t row0, std::int64_t col0, int m, const std::uint64_t *rows)
    {
        const std::int64_t count = std::min<std::int64_t>(m, m_col1 - col0),
                           height = std::min<std::int64_t>(m, m_row1 - row0);
        if (count <= 0 || height <= 0)
            return;
        const std::uint64_t real = ~std::uint64_t(0) >> (64 - count);
        const int shift = int(col0 % 64);
        const bool across = shift + count > 64;
        const std::int64_t stride = m_mask.wordsPerRow();
        std::uint64_t *words = m_mask.row64(row0).data() + col0 / 64;
        for (std::int64_t i = 0; i < height; ++i, words += stride) {
            const std::uint64_t bits = rows[i] & real;
            words[0] |= bits << shift;
            if (across)
                words[1] |= bits >> (64 - shift);
        }
    }

private:
    Mask &m_mask;
    const std::int64_t m_row1;
    const std::int64_t m_col1;
};

} // namespace nms
