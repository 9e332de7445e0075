// SPDX-License-Identifier: Apache-2.0
// Everything about a picture that is decided once for a column or row of pixels or once for a frame. The camera never turns,
// so the two axes are independent; what is left for each pixel is small enough to be said twice, in C++ and in GLSL.
#pragma once

#include "core/view/heatmap_scene.h"

#include <cstdint>
#include <vector>

namespace nms {

/// One column (or row) of pixels. Texel numbers are within the field (or tile map) and always valid for it. The shader reads
/// this struct as it is (uvec4).
struct AxisPixel {
    std::int32_t fieldFirst = 0;
    std::int32_t tileFirst = 0;
    std::uint32_t samples = 0; // of the field | of the tile map << 16; 0: not covered
    std::uint32_t marks = 0; // lines | matrix distance << 8 | selection distance << 16 | hover distance << 24

    static constexpr std::uint32_t cellLine = 1; // the first pixel of a cell
    static constexpr std::uint32_t tileLine = 2; // beside a border between two tiles
    static constexpr std::uint32_t farAway = 255;
};
static_assert(sizeof(AxisPixel) == 16);

struct AxisPlan {
    std::vector<AxisPixel> pixels;
    std::int32_t fieldStride = 1; // from one sample to the next, in texels
    std::int32_t tileStride = 1;
    bool fieldCoversAll = true; // every pixel inside of the matrix has samples of the field
    bool tilesCoverAll = true;
};

/// Distances are in pixels along the axis: 0 inside, 1 just outside; the larger of row and column is the pixel's distance.
/// Outlines lie outside of what they point to, beside dark pixels, so that they are seen on any colour.
struct HeatmapPlan {
    AxisPlan columns;
    AxisPlan rows;
    float fieldWeight = 1; // of the field against the tile map
    bool usesField = false; // by at least one pixel, perhaps
    bool usesTiles = false;
    float cellLineWeight = 0;
    float tileLineWeight = 0;

    /// Distances of an outline's own colour; nearer and up to one pixel farther away it is dark.
    struct Outline {
        std::uint32_t first = 1;
        std::uint32_t last = 1;
    };
    static constexpr Outline selectionOutline{2, 3};
    static constexpr Outline hoverOutline{1, 1};
    /// Where texels are smaller than pixels a pixel shows the mean colour of its footprint, of at most about this many
    /// samples along each axis. Of colours, not of values: signed weights would cancel and the picture would fade to black
    /// on the way out; NaN and ±Inf outweigh everything, so that a single one is seen from afar. Samples sit at fixed
    /// texels, multiples of the stride, so that panning does not make them flicker.
    static constexpr int samplesPerAxis = 4;
};

/// Double precision throughout: crisp for matrices of any width at every scale.
HeatmapPlan planHeatmap(const HeatmapScene &scene);

} // namespace nms
