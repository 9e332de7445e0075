// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

namespace nms {

/// A rows × cols matrix cut into m × m tiles, numbered row-major. The last row and column of tiles may be ragged: solvers
/// see those tiles padded with score 0.
struct TileGrid {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    int m = 1;

    std::int64_t tileRows() const { return (rows + m - 1) / m; }
    std::int64_t tileCols() const { return (cols + m - 1) / m; }
    std::int64_t count() const { return tileRows() * tileCols(); }
    std::int64_t rowOf(std::int64_t tile) const { return tile / tileCols(); }
    std::int64_t colOf(std::int64_t tile) const { return tile % tileCols(); }
    std::int64_t index(std::int64_t tileRow, std::int64_t tileCol) const { return tileRow * tileCols() + tileCol; }

    /// Unpadded rows and columns of a tile.
    int realRows(std::int64_t tile) const { return int(std::min<std::int64_t>(m, rows - rowOf(tile) * m)); }
    int realCols(std::int64_t tile) const { return int(std::min<std::int64_t>(m, cols - colOf(tile) * m)); }
    int entries(std::int64_t tile) const { return realRows(tile) * realCols(tile); } // without padding
    friend bool operator==(const TileGrid &, const TileGrid &) = default;
};

/// A rectangle of tiles, half-open.
struct TileRegion {
    std::int64_t tileRow0 = 0;
    std::int64_t tileCol0 = 0;
    std::int64_t tileRow1 = 0;
    std::int64_t tileCol1 = 0;

    std::int64_t tileRows() const { return tileRow1 - tileRow0; }
    std::int64_t tileCols() const { return tileCol1 - tileCol0; }
    bool empty() const { return tileRow1 <= tileRow0 || tileCol1 <= tileCol0; }
    static TileRegion all(const TileGrid &grid) { return {0, 0, grid.tileRows(), grid.tileCols()}; }
    TileRegion clippedTo(const TileGrid &grid) const
    {
        return {
            std::clamp<std::int64_t>(tileRow0, 0, grid.tileRows()), std::clamp<std::int64_t>(tileCol0, 0, grid.tileCols()),
            std::clamp<std::int64_t>(tileRow1, 0, grid.tileRows()), std::clamp<std::int64_t>(tileCol1, 0, grid.tileCols())};
    }
    friend bool operator==(const TileRegion &, const TileRegion &) = default;
};

} // namespace nms
