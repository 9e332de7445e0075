// SPDX-License-Identifier: Apache-2.0
// Everything about a picture that is decided once per row or column of pixels, or once per frame. The camera never rotates,
// so the two axes are independent; what remains for each pixel is small enough to be implemented twice, in C++ and in GLSL.
#pragma once

#include "core/view/heatmap_scene.h"

#include <cstdint>
#include <vector>

namespace nms {

/// One column (or row) of pixels. Texel indices are relative to the field (or tile map) and always valid in it. The shader
/// reads this struct as it is (uvec4).
struct AxisPixel {
    std::int32_t fieldFirst = 0;
    std::int32_t tileFirst = 0;
    std::uint32_t samples = 0; // of the field | of the tile map << 16; 0: outside of it
    std::uint32_t marks = 0; // lines | matrix distance << 8 | selection distance << 16 | hover distance << 24

    static constexpr std::uint32_t cellLine = 1; // the first pixel of a cell
    static constexpr std::uint32_t tileLine = 2; // beside a border between two tiles
    static constexpr std::uint32_t farAway = 255;
};
static_assert(sizeof(AxisPixel) == 16);

struct AxisPlan {
    std::vector<AxisPixel> pixels;
    std::int32_t fieldStride = 1; // in texels, from one sample to the next
    std::int32_t tileStride = 1;
    bool fieldCoversAll = true; // every pixel inside the matrix has samples of the field
    bool tilesCoverAll = true;
};

/// Distances are in pixels along the axis: 0 inside, 1 just outside; the larger of the row's and the column's distance
/// counts for a pixel. Outlines lie outside the rectangle that they mark, beside dark pixels, so that they are visible on
/// any colour.
struct HeatmapPlan {
    AxisPlan columns;
    AxisPlan rows;
    /// The field or the tile map is drawn, never a mixture of their colours; near the change both fade to the ground.
    bool prefersField = true;
    float groundWeight = 0; // of the background against the data
    bool usesField = false; // by at least one pixel, perhaps
    bool usesTiles = false;
    float cellLineWeight = 0;
    float tileLineWeight = 0;

    /// Distances with the outline's own colour; pixels nearer, and one pixel farther away, are dark.
    struct Outline {
        std::uint32_t first = 1;
        std::uint32_t last = 1;
    };
    static constexpr Outline selectionOutline{2, 3};
    static constexpr Outline hoverOutline{1, 1};
    /// Where texels are smaller than pixels, a pixel shows the mean colour of the texels that it covers, of at most about
    /// this many samples along each axis. The mean of colours, not of values: positive and negative weights would cancel,
    /// and the picture would fade to black on zooming out. NaN and ±Inf override all other samples, so that a single one is
    /// visible from far out. Samples are at fixed texels, multiples of the stride, so that panning does not make them
    /// flicker.
    static constexpr int samplesPerAxis = 4;
};

/// Computed in double precision: crisp for matrices of any width at every scale.
HeatmapPlan planHeatmap(const HeatmapScene &scene);

} // namespace nms
