// SPDX-License-Identifier: Apache-2.0
#include "core/view/heatmap_plan.h"

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

constexpr double cellLinesFrom = 8; // pixels per cell
constexpr double tileLinesFrom = 12; // pixels per tile

// One axis of the camera.
struct Axis {
    double center = 0; // in cells
    double scale = 1; // pixels per cell
    int size = 1; // in pixels

    double cellAt(double pixel) const { return center + (pixel - 0.5 * size) / scale; }
    double cellAtMiddle(std::int64_t pixel) const { return cellAt(static_cast<double>(pixel) + 0.5); }

    // The first pixel whose centre is at or after `cell`, clamped to slightly outside the viewport.
    std::int64_t firstPixelFrom(double cell) const
    {
        const double guess = std::ceil((cell - center) * scale + 0.5 * size - 0.5);
        auto pixel = static_cast<std::int64_t>(std::clamp(guess, -1000.0, size + 1000.0));
        // Corrects rounding: cellAt rounds differently from its inverse, and cell lines and rectangles must agree to the
        // pixel.
        while (pixel > -1000 && cellAtMiddle(pixel - 1) >= cell)
            --pixel;
        while (pixel < size + 1000 && cellAtMiddle(pixel) < cell)
            ++pixel;
        return pixel;
    }
};

// Pixels [first, last).
struct PixelRange {
    std::int64_t first = 0;
    std::int64_t last = 0;

    std::uint32_t distance(std::int64_t pixel) const
    {
        const std::int64_t outside = std::max({std::int64_t(0), first - pixel, pixel - (last - 1)});
        return static_cast<std::uint32_t>(std::min<std::int64_t>(outside, AxisPixel::farAway));
    }
};

// Never empty, so that a cell smaller than a pixel can still be outlined.
PixelRange pixelsOf(const Axis &axis, double cell0, double cell1)
{
    const std::int64_t first = axis.firstPixelFrom(cell0);
    return {first, std::max(first + 1, axis.firstPixelFrom(cell1))};
}

// Which texels of a field (along one axis) a pixel shows.
class Sampler
{
public:
    Sampler(const Axis &axis, std::int64_t origin, std::int64_t cellsPerTexel, std::int64_t texels)
        : m_axis(axis), m_origin(static_cast<double>(origin)),
          m_cellsPerTexel(static_cast<double>(std::max<std::int64_t>(1, cellsPerTexel))), m_texels(texels)
    {
        const double footprint = 1 / (axis.scale * m_cellsPerTexel); // texels per pixel
        m_averages = footprint > 1;
        if (m_averages)
            m_stride = static_cast<std::int64_t>(std::ceil(footprint / HeatmapPlan::samplesPerAxis));
    }

    std::int64_t stride() const { return m_stride; }

    struct Samples {
        std::int32_t first = 0;
        std::uint32_t count = 0;
    };
    Samples at(std::int64_t pixel) const
    {
        const std::int64_t nearest = floorTexel(m_axis.cellAtMiddle(pixel), 0);
        if (nearest < 0 || nearest >= m_texels)
            return {};
        if (m_averages) {
            // Texels whose centres lie in the pixel: every texel belongs to exactly one pixel.
            const std::int64_t begin = std::max<std::int64_t>(0, floorTexel(m_axis.cellAt(double(pixel)), 0.5));
            const std::int64_t end = std::min(m_texels, floorTexel(m_axis.cellAt(double(pixel) + 1), 0.5));
            const std::int64_t first = (begin + m_stride - 1) / m_stride * m_stride;
            if (first < end)
                return {static_cast<std::int32_t>(first), static_cast<std::uint32_t>((end - 1 - first) / m_stride + 1)};
        }
        return {static_cast<std::int32_t>(nearest), 1};
    }

private:
    std::int64_t floorTexel(double cell, double shift) const
    {
        const double texel = std::floor((cell - m_origin) / m_cellsPerTexel + shift);
        return static_cast<std::int64_t>(std::clamp(texel, -1.0, static_cast<double>(m_texels) + 1));
    }

    Axis m_axis;
    double m_origin = 0;
    double m_cellsPerTexel = 1;
    std::int64_t m_texels = 0;
    std::int64_t m_stride = 1;
    bool m_averages = false;
};

struct AxisScene {
    Axis axis;
    std::int64_t cells = 0;
    std::int64_t tileSize = 0;
    Sampler field;
    Sampler tiles;
    std::optional<PixelRange> selection;
    std::optional<PixelRange> hovered;
};

AxisPlan planAxis(const AxisScene &scene)
{
    AxisPlan plan;
    plan.fieldStride = static_cast<std::int32_t>(scene.field.stride());
    plan.tileStride = static_cast<std::int32_t>(scene.tiles.stride());
    plan.pixels.resize(static_cast<std::size_t>(std::max(0, scene.axis.size)));

    const auto cellOf = [&](std::int64_t pixel) {
        return std::floor(scene.axis.cellAtMiddle(pixel));
    };
    const auto borderBetween = [&](double before, double after) {
        return before >= 0 && after < static_cast<double>(scene.cells) && scene.tileSize > 0 &&
            std::floor(before / double(scene.tileSize)) != std::floor(after / double(scene.tileSize));
    };
    const PixelRange matrix = pixelsOf(scene.axis, 0, static_cast<double>(scene.cells));
    double before = cellOf(-1);
    double here = cellOf(0);
    for (std::int64_t i = 0; i < scene.axis.size; ++i) {
        const double after = cellOf(i + 1);
        AxisPixel &pixel = plan.pixels[static_cast<std::size_t>(i)];
        const Sampler::Samples field = scene.field.at(i);
        const Sampler::Samples tiles = scene.tiles.at(i);
        pixel.fieldFirst = field.first;
        pixel.tileFirst = tiles.first;
        pixel.samples = field.count | tiles.count << 16;
        const std::uint32_t selection = scene.selection ? scene.selection->distance(i) : AxisPixel::farAway;
        const std::uint32_t hovered = scene.hovered ? scene.hovered->distance(i) : AxisPixel::farAway;
        const std::uint32_t outside = scene.cells > 0 ? matrix.distance(i) : AxisPixel::farAway;
        if (outside == 0) {
            plan.fieldCoversAll &= field.count > 0;
            plan.tilesCoverAll &= tiles.count > 0;
        }
        pixel.marks = outside << 8 | selection << 16 | hovered << 24;
        if (before >= 0 && before != here)
            pixel.marks |= AxisPixel::cellLine;
        // Where cells have lines of their own, a second pixel makes tile borders stand out.
        if (borderBetween(before, here) || (scene.axis.scale >= cellLinesFrom && borderBetween(here, after)))
            pixel.marks |= AxisPixel::tileLine;
        before = here;
        here = after;
    }
    return plan;
}

constexpr double mostGround = 0.6; // at the change from tile map to entries: dim, but still to be read

/// How far `value` is from both ends of what lies between: 0 there, 1 in the middle.
double betweenness(double value, double start, double end)
{
    if (end <= start)
        return 0;
    const double t = std::clamp((value - start) / (end - start), 0.0, 1.0);
    return 1 - std::abs(2 * t - 1);
}

} // namespace

HeatmapPlan planHeatmap(const HeatmapScene &scene)
{
    const Camera &camera = scene.camera;
    const Axis x{camera.center.col, camera.pixelsPerCell, camera.width};
    const Axis y{camera.center.row, camera.pixelsPerCell, camera.height};
    const auto columnRange = [&](const std::optional<CellRect> &rect) {
        return rect ? std::optional(pixelsOf(x, rect->col0, rect->col1)) : std::nullopt;
    };
    const auto rowRange = [&](const std::optional<CellRect> &rect) {
        return rect ? std::optional(pixelsOf(y, rect->row0, rect->row1)) : std::nullopt;
    };
    const HeatmapField &field = scene.field;
    const HeatmapField &tiles = scene.tileMap;

    HeatmapPlan plan;
    plan.columns = planAxis({x, scene.cols, scene.tileSize, Sampler(x, field.col0, field.cellsPerTexel, field.texelCols()),
                             Sampler(x, tiles.col0, tiles.cellsPerTexel, tiles.texelCols()), columnRange(scene.selection),
                             columnRange(scene.hovered)});
    plan.rows = planAxis({y, scene.rows, scene.tileSize, Sampler(y, field.row0, field.cellsPerTexel, field.texelRows()),
                          Sampler(y, tiles.row0, tiles.cellsPerTexel, tiles.texelRows()), rowRange(scene.selection),
                          rowRange(scene.hovered)});

    const double scale = camera.pixelsPerCell;
    if (tiles.isThere()) {
        plan.prefersField = scale >= 0.5 * (double(scene.fadeStart) + double(scene.fadeEnd));
        if (field.isThere())
            plan.groundWeight = static_cast<float>(mostGround * betweenness(scale, scene.fadeStart, scene.fadeEnd));
    }
    const bool fieldCoversAll = plan.columns.fieldCoversAll && plan.rows.fieldCoversAll;
    const bool tilesCoverAll = plan.columns.tilesCoverAll && plan.rows.tilesCoverAll;
    plan.usesField = field.isThere() && (plan.prefersField || !tilesCoverAll);
    plan.usesTiles = tiles.isThere() && (!plan.prefersField || !fieldCoversAll);
    if (scene.cellLines && scale >= cellLinesFrom)
        plan.cellLineWeight = static_cast<float>(0.28 * std::min(1.0, (scale - 6) / 6));
    const double tilePixels = scale * scene.tileSize;
    if (tilePixels >= tileLinesFrom)
        plan.tileLineWeight = static_cast<float>(std::min(1.0, (tilePixels - 8) / 16));
    return plan;
}

} // namespace nms
