// SPDX-License-Identifier: Apache-2.0
#include "core/base/natural_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace nms;

namespace {

TEST(NaturalOrder, CountsInNames)
{
    const std::vector<std::string> sorted{"",
                                          "encoder.layer.2.attention",
                                          "encoder.layer.2.output",
                                          "encoder.layer.10.attention",
                                          "encoder.layer.100",
                                          "encoder.layer.99999999999999999999998",
                                          "encoder.layer.99999999999999999999999",
                                          "encoder.layers",
                                          "pooler",
                                          "\xc3\xa9"};
    for (std::size_t a = 0; a < sorted.size(); ++a)
        for (std::size_t b = 0; b < sorted.size(); ++b)
            EXPECT_EQ(comesBefore(sorted[a], sorted[b]), a < b) << sorted[a] << ", " << sorted[b];
}

TEST(NaturalOrder, IsAnOrderWhateverTheZerosInFront)
{
    const std::vector<std::string> names{"a1", "a01", "a001", "a", "a0", "a00", "1a", "01a", "a1b", "a01b", "a2", "a10"};
    for (const std::string &a : names) {
        EXPECT_FALSE(comesBefore(a, a));
        for (const std::string &b : names) {
            EXPECT_EQ(comesBefore(a, b) || comesBefore(b, a), a != b) << a << ", " << b;
            EXPECT_FALSE(comesBefore(a, b) && comesBefore(b, a)) << a << ", " << b;
            for (const std::string &c : names) {
                const bool follows = comesBefore(a, b) && comesBefore(b, c);
                EXPECT_TRUE(!follows || comesBefore(a, c)) << a << ", " << b << ", " << c;
            }
        }
    }
}

} // namespace
