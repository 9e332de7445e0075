// SPDX-License-Identifier: Apache-2.0
#include "core/view/camera.h"

#include <algorithm>
#include <cmath>

namespace nms {

CellPoint Camera::cellAt(PixelPoint pixel) const
{
    return {center.row + (pixel.y - 0.5 * height) / pixelsPerCell, center.col + (pixel.x - 0.5 * width) / pixelsPerCell};
}

PixelPoint Camera::pixelOf(CellPoint cell) const
{
    return {0.5 * width + (cell.col - center.col) * pixelsPerCell, 0.5 * height + (cell.row - center.row) * pixelsPerCell};
}

CellRect Camera::visible() const
{
    const CellPoint topLeft = cellAt({0, 0});
    const CellPoint bottomRight = cellAt({double(width), double(height)});
    return {topLeft.row, topLeft.col, bottomRight.row, bottomRight.col};
}

void Camera::panBy(double dx, double dy)
{
    center.row -= dy / pixelsPerCell;
    center.col -= dx / pixelsPerCell;
}

void Camera::zoomAt(PixelPoint anchor, double factor)
{
    if (!(factor > 0) || !std::isfinite(factor))
        return;
    const CellPoint held = cellAt(anchor);
    pixelsPerCell = std::clamp(pixelsPerCell * factor, minPixelsPerCell, maxPixelsPerCell);
    center.row = held.row - (anchor.y - 0.5 * height) / pixelsPerCell;
    center.col = held.col - (anchor.x - 0.5 * width) / pixelsPerCell;
}

void Camera::fit(CellRect cells, double marginPixels)
{
    center = {0.5 * (cells.row0 + cells.row1), 0.5 * (cells.col0 + cells.col1)};
    const double roomX = std::max(1.0, width - 2 * marginPixels);
    const double roomY = std::max(1.0, height - 2 * marginPixels);
    // An empty rectangle has no scale of its own: it is only centred.
    double scale = maxPixelsPerCell;
    if (cells.col1 > cells.col0)
        scale = std::min(scale, roomX / (cells.col1 - cells.col0));
    if (cells.row1 > cells.row0)
        scale = std::min(scale, roomY / (cells.row1 - cells.row0));
    if (cells.col1 > cells.col0 || cells.row1 > cells.row0)
        pixelsPerCell = std::max(scale, minPixelsPerCell);
}

} // namespace nms
