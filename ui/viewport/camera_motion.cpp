// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/camera_motion.h"

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

constexpr std::int64_t wholeMatrix = std::int64_t(1) << 20;
constexpr double longestSide = 2048; // cells

struct TileRange {
    std::int64_t begin;
    std::int64_t end;
};

TileRange watchedRange(double low, double high, int m, std::int64_t tiles)
{
    const double middle = (low + high) / 2;
    const double half = std::min((high - low) * 0.625, longestSide / 2); // a margin of an eighth on each side
    const auto tile = [&](double cell) {
        return std::int64_t(std::clamp(std::floor(cell / m), 0., double(tiles)));
    };
    const std::int64_t begin = std::min(tile(middle - half), tiles - 1);
    return {begin, std::max(begin + 1, std::min(tiles, tile(middle + half) + 1))};
}

bool growTo(TileRange &range, std::int64_t tile, int m)
{
    const TileRange grown{std::min(range.begin, tile), std::max(range.end, tile + 1)};
    if (double((grown.end - grown.begin) * m) > 2 * longestSide)
        return false;
    range = grown;
    return true;
}

} // namespace

Camera CameraFlight::at(double elapsed) const
{
    const double t = std::clamp(elapsed / seconds, 0., 1.);
    const double eased = t * t * (3 - 2 * t);
    if (t >= 1)
        return m_to;
    Camera camera = m_to;
    const double ratio = m_to.pixelsPerCell / m_from.pixelsPerCell;
    camera.pixelsPerCell = m_from.pixelsPerCell * std::pow(ratio, eased);
    const double start = 1 / m_from.pixelsPerCell;
    const double end = 1 / m_to.pixelsPerCell;
    const double along = std::abs(ratio - 1) < 1e-3 ? eased : (start - 1 / camera.pixelsPerCell) / (start - end);
    camera.center.row = m_from.center.row + (m_to.center.row - m_from.center.row) * along;
    camera.center.col = m_from.center.col + (m_to.center.col - m_from.center.col) * along;
    return camera;
}

CellRect cellsOfTile(const TileGrid &grid, std::int64_t tile)
{
    const double row = double(grid.rowOf(tile) * grid.m);
    const double col = double(grid.colOf(tile) * grid.m);
    return {row, col, row + grid.realRows(tile), col + grid.realCols(tile)};
}

Camera fittedBetween(const Camera &camera, const CellRect &cells, double margin, CoveredEdges covered)
{
    Camera result = camera;
    result.width = std::max(1, int(camera.width - covered.left - covered.right));
    result.height = std::max(1, int(camera.height - covered.top - covered.bottom));
    result.fit(cells, margin);
    // Convert to the whole viewport, whose centre differs from that of the uncovered part.
    result.center.col += (covered.right - covered.left) / 2 / result.pixelsPerCell;
    result.center.row += (covered.bottom - covered.top) / 2 / result.pixelsPerCell;
    result.width = camera.width;
    result.height = camera.height;
    return result;
}

Camera cameraAtTile(const Camera &camera, const TileGrid &grid, std::int64_t tile, CoveredEdges covered)
{
    const double side =
        std::max(1., std::min(camera.width - covered.left - covered.right, camera.height - covered.top - covered.bottom));
    return fittedBetween(camera, cellsOfTile(grid, tile), 0.22 * side, covered);
}

void keepOnMatrix(Camera &camera, std::int64_t rows, std::int64_t cols)
{
    camera.center.row = std::clamp(camera.center.row, 0., double(rows));
    camera.center.col = std::clamp(camera.center.col, 0., double(cols));
}

std::optional<std::int64_t> tileAt(const Camera &camera, const TileGrid &grid, PixelPoint pixel)
{
    const CellPoint cell = camera.cellAt(pixel);
    if (!(cell.row >= 0 && cell.col >= 0 && cell.row < double(grid.rows) && cell.col < double(grid.cols)))
        return std::nullopt;
    return grid.index(std::int64_t(cell.row) / grid.m, std::int64_t(cell.col) / grid.m);
}

TileRegion regionToWatch(const Camera &camera, const TileGrid &grid, std::optional<std::int64_t> selected)
{
    if (grid.count() == 0 || grid.rows * grid.cols <= wholeMatrix)
        return TileRegion::all(grid);
    const CellRect visible = camera.visible();
    TileRange rows = watchedRange(visible.row0, visible.row1, grid.m, grid.tileRows());
    TileRange cols = watchedRange(visible.col0, visible.col1, grid.m, grid.tileCols());
    if (selected && *selected < grid.count()) {
        TileRange grownRows = rows;
        TileRange grownCols = cols;
        if (growTo(grownRows, grid.rowOf(*selected), grid.m) && growTo(grownCols, grid.colOf(*selected), grid.m)) {
            rows = grownRows;
            cols = grownCols;
        }
    }
    return {rows.begin, cols.begin, rows.end, cols.end};
}

TileRegion regionOfTile(const Camera &camera, const TileGrid &grid, std::optional<std::int64_t> shown)
{
    if (grid.count() == 0 || grid.rows * grid.cols <= wholeMatrix)
        return TileRegion::all(grid);
    const auto clipped = [&](double cell, std::int64_t tiles) {
        return std::clamp<std::int64_t>(std::int64_t(cell) / grid.m, 0, tiles - 1);
    };
    const std::int64_t middle =
        grid.index(clipped(camera.center.row, grid.tileRows()), clipped(camera.center.col, grid.tileCols()));
    const std::int64_t tile = shown && *shown < grid.count() ? *shown : middle;
    const std::int64_t row = grid.rowOf(tile), col = grid.colOf(tile);
    return {row, col, row + 1, col + 1};
}

} // namespace nms
