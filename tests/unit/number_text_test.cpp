// SPDX-License-Identifier: Apache-2.0
#include "core/base/number_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nms {
namespace {

TEST(NumberText, PercentKeepsTwoDigits)
{
    EXPECT_EQ(formatPercent(0.2234), "22 %");
    EXPECT_EQ(formatPercent(0.0041), "0.41 %");
    EXPECT_EQ(formatPercent(0.0109), "1.1 %");
    EXPECT_EQ(formatPercent(0.000005), "0.0005 %");
    EXPECT_EQ(formatPercent(1e-8), "< 0.0001 %");
    EXPECT_EQ(formatPercent(0), "0 %");
    EXPECT_EQ(formatPercent(0.00999999), "1.0 %");
    EXPECT_EQ(formatPercent(7.5), "750 %");
    EXPECT_EQ(formatPercent(std::numeric_limits<double>::quiet_NaN()), "–");
    EXPECT_EQ(formatPercent(0.000631, 4), "0.0631 %");
    EXPECT_EQ(formatPercent(0, 4), "0");
}

TEST(NumberText, CountsInGroupsOfThree)
{
    EXPECT_EQ(formatCount(576), "576");
    EXPECT_EQ(formatCount(12400), "12 400");
    EXPECT_EQ(formatCount(262144, "_"), "262_144");
    EXPECT_EQ(formatCount(-123), "-123");
    EXPECT_EQ(formatCount(-1234567), "-1 234 567");
}

TEST(NumberText, UnitsFollowTheSize)
{
    EXPECT_EQ(formatBytes(0), "0 B");
    EXPECT_EQ(formatBytes(1536), "1.5 KiB");
    EXPECT_EQ(formatBytes(double(std::int64_t(512) << 20)), "512 MiB");
    EXPECT_EQ(formatBytes(1e300).substr(formatBytes(1e300).size() - 4), " EiB");
    EXPECT_EQ(formatSeconds(0.0000123), "12 µs");
    EXPECT_EQ(formatSeconds(0.0069), "6.9 ms");
    EXPECT_EQ(formatSeconds(0.084), "84 ms");
    EXPECT_EQ(formatSeconds(3.4), "3.40 s");
    EXPECT_EQ(formatSeconds(34), "34.0 s");
    EXPECT_EQ(formatSeconds(125), "2 min 05 s");
    EXPECT_EQ(formatSeconds(4800), "1 h 20 min");
    EXPECT_EQ(formatShape({384, 1536}), "384×1536");
    EXPECT_EQ(formatShape({}), "scalar");
}

TEST(NumberText, ReadingsHaveFourDigits)
{
    EXPECT_EQ(formatReading(0.04123), "0.0412");
    EXPECT_EQ(formatReading(98.214), "98.21");
    EXPECT_EQ(formatReading(-3.5), "-3.500");
    EXPECT_EQ(formatReading(1.2e-5), "1.20e-05");
    EXPECT_EQ(formatReading(0), "0");
    EXPECT_EQ(formatReading(std::nan("")), "NaN");
    EXPECT_EQ(formatReading(-std::numeric_limits<double>::infinity()), "-Inf");
    EXPECT_EQ(withoutTrailingZeros(formatReading(1)), "1");
    EXPECT_EQ(withoutTrailingZeros(formatReading(0.05)), "0.05");
    EXPECT_EQ(withoutTrailingZeros(formatReading(1234)), "1234");
    EXPECT_EQ(withoutTrailingZeros(formatReading(1.2e-5)), "1.20e-05");
    EXPECT_EQ(withoutTrailingZeros(formatPercent(0.05)), "5 %");
    EXPECT_EQ(formatNumber(98.2141), "98.2141");
    EXPECT_EQ(formatNumber(98.2141, 3), "98.2");
    EXPECT_EQ(formatNumber(100), "100");
    EXPECT_EQ(formatNumber(1e-5), "1e-05");
}

} // namespace
} // namespace nms
