// SPDX-License-Identifier: Apache-2.0
// Which part of a large matrix goes to the screen, and at which level of detail.
#pragma once

#include "core/base/matrix.h"
#include "core/view/camera.h"

#include <cstdint>
#include <span>

namespace nms {

/// Every Vulkan device takes images of this side.
inline constexpr std::int64_t largestFieldSide = 4096;

/// A rectangle of texels, half-open, of a level that has cellsPerTexel × cellsPerTexel cells a texel.
struct FieldPart {
    std::int64_t cellsPerTexel = 1;
    std::int64_t row0 = 0;
    std::int64_t col0 = 0;
    std::int64_t row1 = 0;
    std::int64_t col1 = 0;
    friend bool operator==(const FieldPart &, const FieldPart &) = default;
};

/// What of a rows × cols matrix to show. `levels` are the levels of detail that exist, ascending, 1 first. A matrix that
/// fits into one image is taken whole; otherwise the visible part with a margin, at the finest level at which it fits.
/// `current` is kept while it still serves, so that panning does not copy at every step.
FieldPart chooseFieldPart(std::int64_t rows, std::int64_t cols, const Camera &camera, std::span<const std::int64_t> levels,
                          const FieldPart &current);

/// Copies texels [row0, row1) × [col0, col1).
Matrix<float> cropped(Span2d<const float> values, const FieldPart &part);

/// Means of factor × factor blocks, the last ones smaller; NaN is left out.
Matrix<float> minified(Span2d<const float> values, std::int64_t factor);

} // namespace nms
