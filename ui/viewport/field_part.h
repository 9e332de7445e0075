// SPDX-License-Identifier: Apache-2.0
// Selects the part of a large matrix to be displayed, and its level of detail.
#pragma once

#include "core/base/matrix.h"
#include "core/view/camera.h"

#include <cstdint>
#include <span>

namespace nms {

/// Maximum side of an image, supported by every Vulkan device.
inline constexpr std::int64_t largestFieldSide = 4096;

/// A half-open rectangle of texels of a level of detail with cellsPerTexel × cellsPerTexel cells per texel.
struct FieldPart {
    std::int64_t cellsPerTexel = 1;
    std::int64_t row0 = 0;
    std::int64_t col0 = 0;
    std::int64_t row1 = 0;
    std::int64_t col1 = 0;
    std::int64_t size() const { return (row1 - row0) * (col1 - col0); } // texels
    friend bool operator==(const FieldPart &, const FieldPart &) = default;
};

/// The part of a rows × cols matrix to show. `levels`: the available levels of detail (cells per texel), ascending from 1. A
/// matrix that fits into one image is shown whole; otherwise the visible part with a margin, at the finest level that has
/// not many more texels than the viewport has pixels: a frame copies no more than can be seen. `hidden`: something else
/// covers it at this zoom, so that this holds for the coarsest level, too, of which otherwise as much is shown as fits into
/// an image. `current` is returned while it is still suitable, so that panning does not copy at every step.
FieldPart chooseFieldPart(std::int64_t rows, std::int64_t cols, const Camera &camera, std::span<const std::int64_t> levels,
                          bool hidden, const FieldPart &current);

/// A matrix that fits into one image.
inline bool isSmall(std::int64_t rows, std::int64_t cols)
{
    return rows <= largestFieldSide && cols <= largestFieldSide;
}

/// All of a rows × cols matrix at one level of detail.
FieldPart wholePart(std::int64_t rows, std::int64_t cols, std::int64_t cellsPerTexel);

/// True if `part` holds everything of the matrix that the camera sees.
bool covers(const FieldPart &part, std::int64_t rows, std::int64_t cols, const Camera &camera);

/// Copies texels [row0, row1) × [col0, col1).
Matrix<float> cropped(Span2d<const float> values, const FieldPart &part);

/// Means of factor × factor blocks (smaller at the end of rows and columns), ignoring NaN.
Matrix<float> minified(Span2d<const float> values, std::int64_t factor);

/// Means of blocks that are as small as a minimap.
Matrix<float> minimapValues(const Matrix<float> &values);

} // namespace nms
