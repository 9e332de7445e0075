// SPDX-License-Identifier: Apache-2.0
// Camera movements (flights, fitting, looking at a tile) and the region that a run captures for the viewport.
#pragma once

#include "core/sparsity/tile_grid.h"
#include "core/view/camera.h"

#include <optional>

namespace nms {

/// An animated flight from one camera to another, eased at both ends. The zoom is interpolated logarithmically, along the
/// path on which one point of the screen stays fixed, as when zooming with the mouse.
class CameraFlight
{
public:
    static constexpr double seconds = 0.25;

    CameraFlight(const Camera &from, const Camera &to) : m_from(from), m_to(to) { }
    bool finishedAfter(double elapsed) const { return elapsed >= seconds; }
    Camera at(double elapsed) const; // `elapsed`: seconds since the start; the result has the width and height of the goal

private:
    Camera m_from;
    Camera m_to;
};

CellRect cellsOfTile(const TileGrid &grid, std::int64_t tile); // smaller for partial tiles at the edge

/// Widths, in pixels, of the edges covered by panels.
struct CoveredEdges {
    double left = 0;
    double right = 0;
    double bottom = 0;
    double top = 0;
};

/// The camera that shows the cells as large as fits into the uncovered part of the viewport.
Camera fittedBetween(const Camera &camera, const CellRect &cells, double margin, CoveredEdges covered);

/// The camera with the tile in the middle of the uncovered part, filling about half of it, with its neighbours around it.
Camera cameraAtTile(const Camera &camera, const TileGrid &grid, std::int64_t tile, CoveredEdges covered);

/// Keeps the centre of the viewport on the matrix, so that the matrix cannot be moved out of sight.
void keepOnMatrix(Camera &camera, std::int64_t rows, std::int64_t cols);

/// The tile under a pixel; empty outside the matrix.
std::optional<std::int64_t> tileAt(const Camera &camera, const TileGrid &grid, PixelPoint pixel);

/// The region that a run captures for the viewport: the whole of a matrix of up to 2²⁰ entries. Of a larger one the visible
/// part and an eighth on each side, at most 2048 cells per side, including the selected tile if it is near.
TileRegion regionToWatch(const Camera &camera, const TileGrid &grid, std::optional<std::int64_t> selected);

/// The same while figures of tiles are drawn, and no entries but those of one tile are shown, if any: of a large matrix only
/// that tile.
TileRegion regionOfTile(const Camera &camera, const TileGrid &grid, std::optional<std::int64_t> shown);

} // namespace nms
