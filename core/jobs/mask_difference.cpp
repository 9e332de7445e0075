// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/mask_difference.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <string>

namespace nms::jobs {

namespace {

struct TileCells {
    std::int64_t row0, row1, col0, col1;
};

TileCells cellsOf(const TileGrid &grid, std::int64_t tile)
{
    const std::int64_t row0 = grid.rowOf(tile) * grid.m, col0 = grid.colOf(tile) * grid.m;
    return {row0, row0 + grid.realRows(tile), col0, col0 + grid.realCols(tile)};
}

MaskDifferenceSums sumsOf(const Mask &a, const Mask &b, Span2d<const float> score, const TileCells &cells)
{
    MaskDifferenceSums sums;
    for (std::int64_t row = cells.row0; row < cells.row1; ++row)
        for (std::int64_t col = cells.col0; col < cells.col1; ++col) {
            const bool inA = a.at(row, col), inB = b.at(row, col);
            const double value = double(score(row, col));
            sums.keptA += inA ? value : 0;
            sums.keptB += inB ? value : 0;
            if (inA == inB)
                continue;
            ++(inA ? sums.onlyA : sums.onlyB);
            (inA ? sums.scoreOnlyA : sums.scoreOnlyB) += value;
        }
    return sums;
}

bool hasShape(const Mask &mask, const TileGrid &grid)
{
    return mask.rows() == grid.rows && mask.cols() == grid.cols;
}

} // namespace

MaskDifferenceSums &MaskDifferenceSums::operator+=(const MaskDifferenceSums &other)
{
    onlyA += other.onlyA;
    onlyB += other.onlyB;
    scoreOnlyA += other.scoreOnlyA;
    scoreOnlyB += other.scoreOnlyB;
    keptA += other.keptA;
    keptB += other.keptB;
    return *this;
}

Result<MaskDifference> maskDifference(const Mask &a, const Mask &b, Span2d<const float> score, const TileGrid &grid,
                                      int threads, const Progress &progress)
{
    if (!hasShape(a, grid) || !hasShape(b, grid) || score.rows != grid.rows || score.cols != grid.cols || grid.m < 1)
        return fail(ErrorKind::Usage, "masks", "are not of the same shape as the tensor",
                    "compare masks of the same tensor");
    MaskDifference difference;
    difference.grid = grid;
    difference.tiles.resize(std::size_t(grid.count()));
    parallelBlocks(grid.tileRows(), 1, threads, progress.stop, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t tile = begin * grid.tileCols(); tile < end * grid.tileCols(); ++tile)
            difference.tiles[std::size_t(tile)] = sumsOf(a, b, score, cellsOf(grid, tile));
    });
    if (progress.stop.stop_requested())
        return fail(ErrorKind::Cancelled, "masks", "the comparison was cancelled");
    for (const MaskDifferenceSums &tile : difference.tiles) {
        difference.total += tile;
        difference.tilesThatDiffer += tile.entries() > 0;
    }
    return difference;
}

std::vector<DifferingEntry> differingEntries(const Mask &a, const Mask &b, Span2d<const float> score, const TileGrid &grid,
                                             std::int64_t tile)
{
    std::vector<DifferingEntry> entries;
    const TileCells cells = cellsOf(grid, tile);
    for (std::int64_t row = cells.row0; row < cells.row1; ++row)
        for (std::int64_t col = cells.col0; col < cells.col1; ++col)
            if (const bool inA = a.at(row, col); inA != b.at(row, col))
                entries.push_back({row, col, score(row, col), inA});
    std::ranges::stable_sort(entries, std::greater(), &DifferingEntry::score);
    return entries;
}

} // namespace nms::jobs
