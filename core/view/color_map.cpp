// SPDX-License-Identifier: Apache-2.0
#include "core/view/color_map.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nms {

namespace {

using ColorTable = std::array<Rgba8, 256>;

constexpr std::uint32_t infernoValues[256] = {
#include "assets/colormaps/inferno.inc"
};
constexpr std::uint32_t viridisValues[256] = {
#include "assets/colormaps/viridis.inc"
};
constexpr std::uint32_t cividisValues[256] = {
#include "assets/colormaps/cividis.inc"
};

ColorTable fromHex(const std::uint32_t (&values)[256])
{
    ColorTable table;
    for (std::size_t i = 0; i < table.size(); ++i) {
        table[i] = {static_cast<std::uint8_t>(values[i] >> 16), static_cast<std::uint8_t>(values[i] >> 8),
                    static_cast<std::uint8_t>(values[i]), 255};
    }
    return table;
}

std::uint8_t toByte(double unit)
{
    return static_cast<std::uint8_t>(std::lround(255 * std::clamp(unit, 0.0, 1.0)));
}

// Oklab (Björn Ottosson, "A perceptual color space for image processing", 2020) to sRGB.
Rgba8 fromOklch(double lightness, double chroma, double hueDegrees)
{
    const double hue = hueDegrees * std::numbers::pi / 180;
    const double a = chroma * std::cos(hue);
    const double b = chroma * std::sin(hue);
    const double l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
    const double m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
    const double s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
    const auto encode = [](double linear) {
        return toByte(linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055);
    };
    return {encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            encode(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s), 255};
}

// Lightness rises linearly on both sides of a dark neutral, towards blue below and orange above: equal steps of |value| are
// equal steps of lightness on both sides, and blue and orange can be distinguished with every common kind of colour
// blindness. Chroma rises from 0 and is reduced towards the bright ends, where sRGB offers less of it.
ColorTable divergingTable()
{
    constexpr double blueHue = 240, orangeHue = 60;
    ColorTable table;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const double signedDistance = static_cast<double>(i) / 127.5 - 1;
        const double distance = std::abs(signedDistance);
        const double chroma = 0.20 * distance * (1 - 0.4 * distance);
        table[i] = fromOklch(0.22 + 0.56 * distance, chroma, signedDistance < 0 ? blueHue : orangeHue);
    }
    return table;
}

ColorTable betweenColors(Rgba8 first, Rgba8 last)
{
    ColorTable table;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const double t = static_cast<double>(i) / 255;
        const auto mix = [t](std::uint8_t a, std::uint8_t b) {
            return toByte((a + t * (b - a)) / 255);
        };
        table[i] = {mix(first.r, last.r), mix(first.g, last.g), mix(first.b, last.b), 255};
    }
    return table;
}

Rgba8 interpolated(std::span<const Rgba8, 256> table, float unit)
{
    const float position = 255 * unit;
    const auto below = static_cast<std::size_t>(position);
    const Rgba8 a = table[below];
    const Rgba8 b = table[std::min<std::size_t>(below + 1, 255)];
    const float t = position - static_cast<float>(below);
    const auto mix = [t](std::uint8_t from, std::uint8_t to) {
        const auto start = static_cast<float>(from);
        return static_cast<std::uint8_t>(std::lround(start + t * (static_cast<float>(to) - start)));
    };
    return {mix(a.r, b.r), mix(a.g, b.g), mix(a.b, b.b), 255};
}

using FineColorTable = std::array<Rgba8, fineColorCount>;

FineColorTable refined(ColorMapId id)
{
    FineColorTable fine;
    for (std::size_t i = 0; i < fine.size(); ++i)
        fine[i] = interpolated(colorTable(id), static_cast<float>(i) / static_cast<float>(fine.size() - 1));
    return fine;
}

} // namespace

std::span<const Rgba8, 256> colorTable(ColorMapId id)
{
    static const ColorTable inferno = fromHex(infernoValues);
    static const ColorTable viridis = fromHex(viridisValues);
    static const ColorTable cividis = fromHex(cividisValues);
    static const ColorTable diverging = divergingTable();
    static const ColorTable gray = betweenColors({0, 0, 0, 255}, {255, 255, 255, 255});
    static const ColorTable maskTones = betweenColors({0x1b, 0x1e, 0x24, 255}, {0x2f, 0x6f, 0xb3, 255});
    switch (id) {
    case ColorMapId::Inferno:
        return inferno;
    case ColorMapId::Viridis:
        return viridis;
    case ColorMapId::Cividis:
        return cividis;
    case ColorMapId::Diverging:
        return diverging;
    case ColorMapId::Gray:
        return gray;
    case ColorMapId::MaskTones:
        break;
    }
    return maskTones;
}

std::string_view nameOf(ColorMapId id)
{
    switch (id) {
    case ColorMapId::Inferno:
        return "inferno";
    case ColorMapId::Viridis:
        return "viridis";
    case ColorMapId::Cividis:
        return "cividis";
    case ColorMapId::Diverging:
        return "diverging";
    case ColorMapId::Gray:
        return "gray";
    case ColorMapId::MaskTones:
        break;
    }
    return "mask";
}

std::span<const Rgba8, fineColorCount> fineColorTable(ColorMapId id)
{
    static const std::array tables{refined(ColorMapId::Inferno), refined(ColorMapId::Viridis),
                                   refined(ColorMapId::Cividis), refined(ColorMapId::Diverging),
                                   refined(ColorMapId::Gray),    refined(ColorMapId::MaskTones)};
    return tables[static_cast<std::size_t>(id)];
}

bool ValueScale::isLogarithmic() const
{
    return logarithmic && low > 0 && low < high;
}

float ValueScale::origin() const
{
    return isLogarithmic() ? std::log(low) : low;
}

float ValueScale::factor() const
{
    // An empty range is a step function: everything above `low` maps to 1.
    constexpr float step = 1e30f;
    const float span = isLogarithmic() ? std::log(high) - std::log(low) : high - low;
    return span > 0 ? std::min(step, 1 / span) : step;
}

float ValueScale::normalize(float value) const
{
    const float position = isLogarithmic() ? std::log(std::max(low, value)) : value;
    // NaN needs its own case, since std::max(low, NaN) is low.
    return std::isnan(value) ? value : std::clamp((position - origin()) * factor(), 0.0f, 1.0f);
}

Rgba8 colorOf(float value, const ValueScale &scale, ColorMapId map)
{
    if (std::isnan(value))
        return nanColor;
    if (std::isinf(value))
        return value > 0 ? positiveInfinityColor : negativeInfinityColor;
    return interpolated(colorTable(map), scale.normalize(value));
}

} // namespace nms
