// SPDX-License-Identifier: Apache-2.0
// Colour-blind safe colour maps, 256 entries each.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace nms {

struct Rgba8 {
    std::uint8_t r = 0, g = 0, b = 0, a = 255;
    friend bool operator==(const Rgba8 &, const Rgba8 &) = default;
};

enum class ColorMapId {
    Inferno, // plans: 0 black to 1 pale yellow
    Viridis, // tile figures
    Cividis,
    Diverging, // signed weights: blue, dark neutral at zero, orange
    Gray,
    MaskTones, // 0 pruned: dark; 1 kept: the deeper accent colour, on which a selection stays visible
};

std::span<const Rgba8, 256> colorTable(ColorMapId id);
std::string_view nameOf(ColorMapId id);

/// NaN, +Inf and −Inf have colours of their own that occur in no map.
inline constexpr Rgba8 nanColor{255, 0, 170, 255};
inline constexpr Rgba8 positiveInfinityColor{0, 230, 150, 255};
inline constexpr Rgba8 negativeInfinityColor{140, 90, 255, 255};

/// Maps a value to [0, 1] of a colour map.
struct ValueScale {
    float low = 0;
    float high = 1;
    bool logarithmic = false; // requires 0 < low < high, otherwise linear; values ≤ 0 count as low

    /// clamp((f(value) − origin()) · factor(), 0, 1), f = log of max(value, low) where isLogarithmic(), otherwise identity.
    /// NaN stays NaN; with low ≥ high everything above low is 1.
    float normalize(float value) const;
    bool isLogarithmic() const;
    float origin() const;
    float factor() const;
    friend bool operator==(const ValueScale &, const ValueScale &) = default;
};

/// colorOf() at 1024 equidistant values: entry min(⌊1024 · normalize(value)⌋, 1023) differs from it by at most 1 of 255,
/// without interpolation.
inline constexpr std::size_t fineColorCount = 1024;
std::span<const Rgba8, fineColorCount> fineColorTable(ColorMapId id);

/// Interpolates between the two nearest entries of the table.
Rgba8 colorOf(float value, const ValueScale &scale, ColorMapId map);

} // namespace nms
