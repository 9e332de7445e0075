// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/exact/small/exact_table.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nms {

static_assert(ExactTable::maxM == strideFor(ExactTable::maxM));

namespace {

constexpr int groupTiles = TableGroup::tiles;
constexpr int groupStride = groupTiles * ExactTable::maxM;

/// Sixteen tiles as the kernels read them, out of tiles that are ragged, fewer, or smaller than 4 × 4. No −0 is left.
class PaddedGroup
{
public:
    const float *copy(Span2d<const float> cells, int m)
    {
        m_cells.fill(0);
        for (std::int64_t i = 0; i < cells.rows; ++i) {
            float *to = m_cells.data() + i * groupStride;
            for (std::int64_t col = 0; col < cells.cols; col += m, to += ExactTable::maxM)
                for (std::int64_t j = 0; j < std::min<std::int64_t>(m, cells.cols - col); ++j)
                    to[j] = cells(i, col + j) + 0.0F;
        }
        return m_cells.data();
    }

private:
    alignas(64) std::array<float, std::size_t(ExactTable::maxM *groupStride)> m_cells;
};

/// The first tile whose scores are none; m columns each.
std::int64_t firstInvalid(Span2d<const float> cells, int m)
{
    std::int64_t first = (cells.cols + m - 1) / m;
    for (std::int64_t i = 0; i < cells.rows; ++i)
        for (std::int64_t col = 0; col < cells.cols; ++col)
            if (const float value = cells(i, col); !(value >= 0 && std::isfinite(value)))
                first = std::min(first, col / m);
    return first;
}

/// Puts `count` bits into a row whose bits there are 0.
void putBits(std::span<std::uint64_t> row, std::int64_t col0, std::int64_t count, std::uint64_t bits)
{
    bits &= ~std::uint64_t(0) >> (64 - count);
    const std::size_t word = std::size_t(col0 / 64);
    const int shift = int(col0 % 64);
    row[word] |= bits << shift;
    if (shift + count > 64)
        row[word + 1] |= bits >> (64 - shift);
}

} // namespace

ExactTable::ExactTable(NmPattern pattern, SimdLevel level) : m_kernel(tableKernel(level, pattern.n, pattern.m)) { }

std::int64_t ExactTable::solveRun(const TileRun &run, const std::stop_token &, Mask &mask, TileResult *results)
{
    const int m = run.grid.m;
    const std::int64_t row0 = run.row0(), rows = std::min<std::int64_t>(m, run.grid.rows - row0);
    TableGroup group;
    PaddedGroup padded;
    for (std::int64_t done = 0; done < run.count; done += groupTiles) {
        const std::int64_t col0 = run.col0() + done * m;
        const std::int64_t cols = std::min<std::int64_t>(groupTiles * m, run.grid.cols - col0);
        const std::int64_t tiles = std::min<std::int64_t>(groupTiles, run.count - done);
        const Span2d<const float> cells = run.score.block(row0, col0, rows, cols);
        const bool whole = rows == maxM && cols == groupStride;
        bool solved = whole && m_kernel(cells.data, cells.stride, group);
        solved = solved || m_kernel(padded.copy(cells, m), groupStride, group);
        if (!solved)
            return run.first + done + firstInvalid(cells, m);
        for (std::int64_t tile = 0; tile < tiles; ++tile)
            results[done + tile] = {group.objective[tile], group.objective[tile]};
        for (std::int64_t i = 0; i < rows; ++i)
            putBits(mask.row64(row0 + i), col0, cols, group.rows[i]);
    }
    return run.end();
}

} // namespace nms
