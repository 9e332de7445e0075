// SPDX-License-Identifier: Apache-2.0
#include "core/view/color_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace nms {

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

using Vector3 = std::array<double, 3>;

Vector3 linear(Rgba8 color)
{
    const auto decode = [](double v) {
        return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    return {decode(color.r / 255.0), decode(color.g / 255.0), decode(color.b / 255.0)};
}

// CIE L*a*b*, D65: not the space that the diverging map is made in.
Vector3 lab(Vector3 rgb)
{
    const auto f = [](double t) {
        return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116;
    };
    const double x = f((0.4124 * rgb[0] + 0.3576 * rgb[1] + 0.1805 * rgb[2]) / 0.9505);
    const double y = f(0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]);
    const double z = f((0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2]) / 1.089);
    return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

double apart(const Vector3 &a, const Vector3 &b)
{
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

// Machado, Oliveira, Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009; severity 1.
using Matrix3 = std::array<Vector3, 3>;
constexpr Matrix3 protanopia{
    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}};
constexpr Matrix3 deuteranopia{
    {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}};
constexpr Matrix3 tritanopia{
    {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}};

Vector3 seenWith(const Matrix3 &deficiency, Rgba8 color)
{
    const Vector3 rgb = linear(color);
    Vector3 seen;
    for (std::size_t i = 0; i < 3; ++i) {
        const Vector3 &row = deficiency[i];
        seen[i] = std::clamp(row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2], 0.0, 1.0);
    }
    return seen;
}

} // namespace

TEST(ColorMap, EndsAreThePublishedOnes)
{
    EXPECT_EQ(colorTable(ColorMapId::Inferno).front(), (Rgba8{0, 0, 4, 255}));
    EXPECT_EQ(colorTable(ColorMapId::Inferno).back(), (Rgba8{252, 255, 164, 255}));
    EXPECT_EQ(colorTable(ColorMapId::Viridis).front(), (Rgba8{68, 1, 84, 255}));
    EXPECT_EQ(colorTable(ColorMapId::Viridis).back(), (Rgba8{253, 231, 37, 255}));
    EXPECT_EQ(colorTable(ColorMapId::Cividis).front(), (Rgba8{0, 34, 78, 255}));
    EXPECT_EQ(colorTable(ColorMapId::Gray)[51], (Rgba8{51, 51, 51, 255}));
    EXPECT_EQ(colorTable(ColorMapId::MaskTones).back(), (Rgba8{0x2f, 0x6f, 0xb3, 255}));
}

TEST(ColorMap, SequentialMapsGrowLighter)
{
    for (const ColorMapId id :
         {ColorMapId::Inferno, ColorMapId::Viridis, ColorMapId::Cividis, ColorMapId::Gray, ColorMapId::MaskTones}) {
        const auto table = colorTable(id);
        for (std::size_t i = 8; i < table.size(); ++i)
            EXPECT_GT(lab(linear(table[i]))[0], lab(linear(table[i - 8]))[0]) << nameOf(id) << " " << i;
    }
}

TEST(ColorMap, DivergingIsEvenAndDarkAtZero)
{
    const auto table = colorTable(ColorMapId::Diverging);
    const Vector3 middle = lab(linear(colorOf(0, {-1, 1, false}, ColorMapId::Diverging)));
    EXPECT_LT(middle[0], 20) << "dark";
    EXPECT_LT(std::hypot(middle[1], middle[2]), 2) << "neutral";
    EXPECT_GT(lab(linear(table.front()))[0], 70);
    EXPECT_GT(lab(linear(table.back()))[0], 70);
    EXPECT_GT(table.front().b, table.front().r) << "negative is blue";
    EXPECT_GT(table.back().r, table.back().b) << "positive is orange";
    // Eight entries apart, so that rounding to 8 bits does not count.
    double least = 1e9, most = 0;
    for (std::size_t i = 8; i < table.size(); i += 8) {
        const double step = apart(lab(linear(table[i])), lab(linear(table[i - 8])));
        least = std::min(least, step);
        most = std::max(most, step);
    }
    EXPECT_LT(most / least, 1.6);
    for (std::size_t i = 0; i < 128; ++i)
        EXPECT_NEAR(lab(linear(table[i]))[0], lab(linear(table[255 - i]))[0], 5) << "both signs weigh the same, " << i;
}

TEST(ColorMap, DivergingTellsSignsApartForEveryEye)
{
    const auto table = colorTable(ColorMapId::Diverging);
    for (const Matrix3 *deficiency : {&protanopia, &deuteranopia, &tritanopia})
        for (std::size_t i = 0; i < 64; ++i) // from half the range on
            EXPECT_GT(apart(lab(seenWith(*deficiency, table[i])), lab(seenWith(*deficiency, table[255 - i]))), 25) << i;
}

TEST(ColorMap, NamesDiffer)
{
    EXPECT_EQ(nameOf(ColorMapId::Inferno), "inferno");
    for (int a = 0; a < 6; ++a)
        for (int b = 0; b < a; ++b)
            EXPECT_NE(nameOf(static_cast<ColorMapId>(a)), nameOf(static_cast<ColorMapId>(b)));
}

TEST(ValueScale, LinearClampsAndKeepsNan)
{
    const ValueScale scale{-2, 2, false};
    EXPECT_FLOAT_EQ(scale.normalize(-2), 0);
    EXPECT_FLOAT_EQ(scale.normalize(0), 0.5f);
    EXPECT_FLOAT_EQ(scale.normalize(1), 0.75f);
    EXPECT_EQ(scale.normalize(1e30f), 1);
    EXPECT_EQ(scale.normalize(-inf), 0);
    EXPECT_TRUE(std::isnan(scale.normalize(nan)));
}

TEST(ValueScale, Logarithmic)
{
    const ValueScale scale{1e-4f, 1, true};
    EXPECT_NEAR(scale.normalize(1e-2f), 0.5f, 1e-6);
    EXPECT_EQ(scale.normalize(0), 0);
    EXPECT_EQ(scale.normalize(-5), 0);
    EXPECT_TRUE(std::isnan(scale.normalize(nan)));
    EXPECT_FLOAT_EQ((ValueScale{-1, 1, true}.normalize(0)), 0.5f) << "linear where a logarithm has no meaning";
}

TEST(ValueScale, EmptyRangeIsAStep)
{
    const ValueScale scale{3, 3, false};
    EXPECT_EQ(scale.normalize(3), 0);
    EXPECT_EQ(scale.normalize(2), 0);
    EXPECT_EQ(scale.normalize(3.001f), 1);
}

TEST(ColorOf, SpecialValuesHaveTheirOwnColours)
{
    const ValueScale scale{0, 1, false};
    EXPECT_EQ(colorOf(nan, scale, ColorMapId::Inferno), nanColor);
    EXPECT_EQ(colorOf(inf, scale, ColorMapId::Inferno), positiveInfinityColor);
    EXPECT_EQ(colorOf(-inf, scale, ColorMapId::Inferno), negativeInfinityColor);
    EXPECT_EQ(colorOf(0, scale, ColorMapId::Inferno), colorTable(ColorMapId::Inferno).front());
    EXPECT_EQ(colorOf(7, scale, ColorMapId::Inferno), colorTable(ColorMapId::Inferno).back());
    EXPECT_EQ(colorOf(100.0f / 255, scale, ColorMapId::Gray), (Rgba8{100, 100, 100, 255}));
}

TEST(ColorOf, FineTableAgrees)
{
    for (int id = 0; id < 6; ++id) {
        const auto map = static_cast<ColorMapId>(id);
        const auto fine = fineColorTable(map);
        for (int i = 0; i <= 10'000; ++i) {
            const float unit = static_cast<float>(i) / 10'000;
            const Rgba8 exact = colorOf(unit, {0, 1, false}, map);
            const Rgba8 nearest = fine[std::min(static_cast<std::size_t>(unit * fineColorCount), fineColorCount - 1)];
            ASSERT_NEAR(nearest.r, exact.r, 1) << nameOf(map) << " " << unit;
            ASSERT_NEAR(nearest.g, exact.g, 1) << nameOf(map) << " " << unit;
            ASSERT_NEAR(nearest.b, exact.b, 1) << nameOf(map) << " " << unit;
        }
    }
}

TEST(ColorOf, SpecialColoursAreInNoMap)
{
    for (int id = 0; id < 6; ++id)
        for (const Rgba8 entry : colorTable(static_cast<ColorMapId>(id)))
            for (const Rgba8 special : {nanColor, positiveInfinityColor, negativeInfinityColor})
                EXPECT_GT(apart(lab(linear(entry)), lab(linear(special))), 15) << nameOf(static_cast<ColorMapId>(id));
}

} // namespace nms
