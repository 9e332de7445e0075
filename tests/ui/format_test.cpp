// SPDX-License-Identifier: Apache-2.0
#include "ui/models/format.h"

#include <gtest/gtest.h>

using namespace nms;

namespace {

TEST(Format, CountsHaveGapsThatDoNotBreak)
{
    const QString gap(QChar(0x202f));
    EXPECT_EQ(format::count(576), "576");
    EXPECT_EQ(format::count(-1234567), "-1" + gap + "234" + gap + "567");
}

} // namespace
