// SPDX-License-Identifier: Apache-2.0
#include "ui/models/format.h"

#include <gtest/gtest.h>

#include <limits>

using namespace nms;

namespace {

TEST(Format, PercentKeepsTwoDigits)
{
    EXPECT_EQ(format::percent(0.2234), "22 %");
    EXPECT_EQ(format::percent(0.0041), "0.41 %");
    EXPECT_EQ(format::percent(0.0109), "1.1 %");
    EXPECT_EQ(format::percent(0.000005), "0.0005 %");
    EXPECT_EQ(format::percent(1e-8), "< 0.0001 %");
    EXPECT_EQ(format::percent(0), "0 %");
    EXPECT_EQ(format::percent(0.00999999), "1.0 %");
    EXPECT_EQ(format::percent(7.5), "750 %");
    EXPECT_EQ(format::percent(std::numeric_limits<double>::quiet_NaN()), "–");
}

TEST(Format, CountsInGroupsOfThree)
{
    const QString gap(QChar(0x202f));
    EXPECT_EQ(format::count(576), "576");
    EXPECT_EQ(format::count(12400), "12" + gap + "400");
    EXPECT_EQ(format::count(262144), "262" + gap + "144");
    EXPECT_EQ(format::count(-1234567), "-1" + gap + "234" + gap + "567");
}

TEST(Format, UnitsFollowTheSize)
{
    EXPECT_EQ(format::bytes(0), "0 B");
    EXPECT_EQ(format::bytes(1536), "1.5 KiB");
    EXPECT_EQ(format::bytes(std::int64_t(512) << 20), "512 MiB");
    EXPECT_EQ(format::seconds(0.0000123), "12 µs");
    EXPECT_EQ(format::seconds(0.0069), "6.9 ms");
    EXPECT_EQ(format::seconds(0.084), "84 ms");
    EXPECT_EQ(format::seconds(3.4), "3.40 s");
    EXPECT_EQ(format::shape({384, 1536}), "384×1536");
    EXPECT_EQ(format::shape({}), "scalar");
}

} // namespace
