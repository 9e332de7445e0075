// SPDX-License-Identifier: Apache-2.0
#include "core/view/theme_colors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace nms {
namespace {

// Contrast as WCAG 2.1 defines it.
double linear(std::uint8_t byte)
{
    const double value = byte / 255.0;
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double luminance(Rgba8 color)
{
    return 0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b);
}

double contrast(Rgba8 a, Rgba8 b)
{
    const double one = luminance(a), other = luminance(b);
    return (std::max(one, other) + 0.05) / (std::min(one, other) + 0.05);
}

TEST(ThemeColors, ContrastIsReckonedAsDefined)
{
    EXPECT_NEAR(contrast({0, 0, 0}, {255, 255, 255}), 21, 1e-9);
    EXPECT_NEAR(contrast({0x77, 0x77, 0x77}, {255, 255, 255}), 4.48, 0.01); // the well-known grey that just fails
}

TEST(ThemeColors, AllTextReadsOnAllItStandsOn)
{
    for (const auto &[name, t] : {std::pair("dark", darkColors), std::pair("light", lightColors)}) {
        const std::array<std::pair<const char *, Rgba8>, 7> inks{{{"text", t.text},
                                                                  {"muted", t.muted},
                                                                  {"accent", t.accent},
                                                                  {"good", t.good},
                                                                  {"warn", t.warn},
                                                                  {"bad", t.bad},
                                                                  {"violet", t.violet}}};
        const std::array<std::pair<const char *, Rgba8>, 6> grounds{{{"background", t.background},
                                                                     {"panel", t.panel},
                                                                     {"field", t.field},
                                                                     {"raised", t.raised},
                                                                     {"selection", t.selection},
                                                                     {"banner", t.banner}}};
        for (const auto &[ink, color] : inks)
            for (const auto &[ground, behind] : grounds)
                EXPECT_GE(contrast(color, behind), 4.5) << name << ": " << ink << " on " << ground;
        EXPECT_GE(contrast(t.onAccent, t.accentDeep), 4.5) << name;
        EXPECT_GE(contrast(t.accent, t.panel), 3) << name << ": the frame of what has the focus";
    }
}

} // namespace
} // namespace nms
