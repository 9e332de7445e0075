// SPDX-License-Identifier: Apache-2.0
// The counterpart of gpu/vulkan/shaders/heatmap.frag: the same steps in the same order. Change both or neither.
#include "core/base/parallel.h"
#include "core/view/heatmap_plan.h"

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

struct Color {
    float r = 0, g = 0, b = 0;
};

Color operator+(Color a, Color b)
{
    return {a.r + b.r, a.g + b.g, a.b + b.b};
}

Color toColor(Rgba8 color)
{
    return {static_cast<float>(color.r), static_cast<float>(color.g), static_cast<float>(color.b)};
}

Color mix(Color a, Color b, float t)
{
    return {a.r + t * (b.r - a.r), a.g + t * (b.g - a.g), a.b + t * (b.b - a.b)};
}

Rgba8 toRgba(Color color)
{
    const auto byte = [](float value) {
        return static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
    };
    return {byte(color.r), byte(color.g), byte(color.b), 255};
}

struct Samples {
    std::int32_t first = 0;
    std::uint32_t count = 0;
    std::int32_t stride = 1;
};

// A field or a tile map with its colour map.
class Layer
{
public:
    Layer(const HeatmapField &field, const ValueScale &scale, ColorMapId colors)
        : m_values(field.onHost()), m_table(fineColorTable(colors)), m_low(scale.low), m_origin(scale.origin()),
          m_factor(scale.factor()), m_logarithmic(scale.isLogarithmic())
    { }

    Color at(const Samples &rows, const Samples &columns) const
    {
        Color sum;
        bool anyNan = false, anyPositiveInfinity = false, anyNegativeInfinity = false;
        for (std::uint32_t i = 0; i < rows.count; ++i) {
            const std::int64_t row = rows.first + std::int64_t(i) * rows.stride;
            const float *values = m_values->data() + row * m_values->cols() + columns.first;
            for (std::uint32_t j = 0; j < columns.count; ++j) {
                const float value = values[std::int64_t(j) * columns.stride];
                if (std::isfinite(value)) [[likely]]
                    sum = sum + colorOfFinite(value);
                else if (std::isnan(value))
                    anyNan = true;
                else
                    (value > 0 ? anyPositiveInfinity : anyNegativeInfinity) = true;
            }
        }
        if (anyNan || (anyPositiveInfinity && anyNegativeInfinity))
            return toColor(nanColor);
        if (anyPositiveInfinity || anyNegativeInfinity)
            return toColor(anyPositiveInfinity ? positiveInfinityColor : negativeInfinityColor);
        const float weight = 1 / static_cast<float>(rows.count * columns.count);
        return {weight * sum.r, weight * sum.g, weight * sum.b};
    }

private:
    Color colorOfFinite(float value) const
    {
        const float position = m_logarithmic ? std::log(std::max(m_low, value)) : value;
        const float unit = std::clamp((position - m_origin) * m_factor, 0.0f, 1.0f);
        return toColor(m_table[std::min(static_cast<std::size_t>(unit * fineColorCount), fineColorCount - 1)]);
    }

    const Matrix<float> *m_values = nullptr;
    std::span<const Rgba8, fineColorCount> m_table;
    float m_low = 0;
    float m_origin = 0;
    float m_factor = 1;
    bool m_logarithmic = false;
};

class Painter
{
public:
    explicit Painter(const HeatmapScene &scene)
        : m_plan(planHeatmap(scene)), m_field(scene.field, scene.scale, scene.colors),
          m_tiles(scene.tileMap, scene.tileScale, scene.tileColors), m_background(toColor(scene.theme.background)),
          m_tileLine(toColor(scene.theme.tileLine)), m_accent(toColor(scene.theme.accent)),
          m_hover(toColor(scene.theme.text))
    { }

    Rgba8 pixel(std::size_t x, std::size_t y) const
    {
        const AxisPixel &row = m_plan.rows.pixels[y];
        const AxisPixel &column = m_plan.columns.pixels[x];
        const auto distance = [&](int shift) {
            return std::max(row.marks >> shift & 255, column.marks >> shift & 255);
        };

        Color color = m_background;
        const std::uint32_t outside = distance(8);
        if (outside == 0) {
            color = data(row, column);
            const std::uint32_t lines = row.marks | column.marks;
            if (lines & AxisPixel::cellLine)
                color = mix(color, m_background, m_plan.cellLineWeight);
            if (lines & AxisPixel::tileLine)
                color = mix(color, m_tileLine, m_plan.tileLineWeight);
        } else if (outside == 1) {
            color = m_tileLine;
        }
        color = outlined(color, distance(16), HeatmapPlan::selectionOutline, m_accent);
        color = outlined(color, distance(24), HeatmapPlan::hoverOutline, m_hover);
        return toRgba(color);
    }

private:
    Color data(const AxisPixel &row, const AxisPixel &column) const
    {
        const Samples fieldRows{row.fieldFirst, row.samples & 0xffff, m_plan.rows.fieldStride};
        const Samples fieldColumns{column.fieldFirst, column.samples & 0xffff, m_plan.columns.fieldStride};
        const Samples tileRows{row.tileFirst, row.samples >> 16, m_plan.rows.tileStride};
        const Samples tileColumns{column.tileFirst, column.samples >> 16, m_plan.columns.tileStride};
        const bool hasTile = m_plan.usesTiles && tileRows.count * tileColumns.count > 0;
        const bool hasField =
            m_plan.usesField && fieldRows.count * fieldColumns.count > 0 && (m_plan.prefersField || !hasTile);
        Color color = m_background;
        if (hasField)
            color = m_field.at(fieldRows, fieldColumns);
        else if (hasTile)
            color = m_tiles.at(tileRows, tileColumns);
        return mix(color, m_background, m_plan.groundWeight);
    }

    Color outlined(Color color, std::uint32_t distance, HeatmapPlan::Outline outline, Color line) const
    {
        if (distance == 0 || distance > outline.last + 1)
            return color;
        return distance >= outline.first && distance <= outline.last ? line : m_background;
    }

    HeatmapPlan m_plan;
    Layer m_field;
    Layer m_tiles;
    Color m_background;
    Color m_tileLine;
    Color m_accent;
    Color m_hover;
};

} // namespace

Image paintHeatmap(const HeatmapScene &scene)
{
    Image image;
    if (scene.camera.width <= 0 || scene.camera.height <= 0)
        return image;
    image.width = scene.camera.width;
    image.height = scene.camera.height;
    const auto width = static_cast<std::size_t>(image.width);
    image.pixels.resize(width * static_cast<std::size_t>(image.height));
    const Painter painter(scene);
    parallelBlocks(image.height, 16, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (auto y = static_cast<std::size_t>(begin); y < static_cast<std::size_t>(end); ++y)
            for (std::size_t x = 0; x < width; ++x)
                image.pixels[y * width + x] = painter.pixel(x, y);
    });
    return image;
}

} // namespace nms
