// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nms {

struct CellPoint {
    double row = 0;
    double col = 0;
    friend bool operator==(const CellPoint &, const CellPoint &) = default;
};
struct PixelPoint {
    double x = 0;
    double y = 0;
};
struct CellRect {
    double row0 = 0, col0 = 0, row1 = 0, col1 = 0;
};

/// The view of a matrix: cell (r, c) covers the square [r, r+1) × [c, c+1), rows grow downwards. Pixels are device pixels,
/// (0, 0) at the top left of the viewport.
struct Camera {
    static constexpr double minPixelsPerCell = 1.0 / 256;
    static constexpr double maxPixelsPerCell = 256;

    CellPoint center; // at the centre of the viewport
    double pixelsPerCell = 1;
    int width = 1;
    int height = 1;

    CellPoint cellAt(PixelPoint pixel) const;
    PixelPoint pixelOf(CellPoint cell) const;
    CellRect visible() const; // not clipped to the matrix

    void panBy(double dx, double dy); // in pixels; the matrix moves with the pointer
    void zoomAt(PixelPoint anchor, double factor); // the anchor stays fixed; clamped to 1/256 … 256 pixels per cell
    // The largest scale at which the whole rectangle is visible, within the limits of zoomAt.
    void fit(CellRect cells, double marginPixels);
    friend bool operator==(const Camera &, const Camera &) = default;
};

} // namespace nms
