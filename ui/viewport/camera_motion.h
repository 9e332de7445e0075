// SPDX-License-Identifier: Apache-2.0
// Where the camera goes: flights, the look at a tile, what a solver run is asked to capture.
#pragma once

#include "core/sparsity/tile_grid.h"
#include "core/view/camera.h"

#include <optional>

namespace nms {

/// A flight from one look to another, eased at both ends. The scale changes evenly on a logarithmic scale and the path is
/// the one on which a single point of the screen stays where it is, as with a zoom by hand.
class CameraFlight
{
public:
    static constexpr double seconds = 0.25;

    CameraFlight(const Camera &from, const Camera &to) : m_from(from), m_to(to) { }
    bool finishedAfter(double elapsed) const { return elapsed >= seconds; }
    Camera at(double elapsed) const; // seconds since the start; width and height are those of the goal

private:
    Camera m_from;
    Camera m_to;
};

CellRect cellsOfTile(const TileGrid &grid, std::int64_t tile); // ragged ones smaller

/// Pixels at the edges that panels cover.
struct CoveredEdges {
    double left = 0;
    double right = 0;
    double bottom = 0;
    double top = 0;
};

/// The cells as large as they fit into what is not covered.
Camera fittedBetween(const Camera &camera, const CellRect &cells, double margin, CoveredEdges covered);

/// The tile in the middle of what is not covered, filling about half of it, its neighbours around it.
Camera lookingAtTile(const Camera &camera, const TileGrid &grid, std::int64_t tile, CoveredEdges covered);

/// Keeps the middle of the viewport on the matrix, so that it cannot be lost.
void keepOnMatrix(Camera &camera, std::int64_t rows, std::int64_t cols);

/// The tile under a pixel; none beside the matrix.
std::optional<std::int64_t> tileAt(const Camera &camera, const TileGrid &grid, PixelPoint pixel);

/// What a run captures for the viewport: all of a matrix of up to 2²⁰ entries; of a larger one what is visible and a margin,
/// at most 2048 cells a side, with the selected tile where that lies near.
TileRegion regionToWatch(const Camera &camera, const TileGrid &grid, std::optional<std::int64_t> selected);

} // namespace nms
