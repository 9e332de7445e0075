// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/training_chart.h"

#include <gtest/gtest.h>

namespace nms {
namespace {

TEST(TrainingChart, IsThinnedOutBetweenTheFirstAndTheLast)
{
    EXPECT_TRUE(drawnRefreshes(0, 5).empty());
    EXPECT_EQ(drawnRefreshes(3, 5), (std::vector<std::size_t>{0, 1, 2}));
    EXPECT_EQ(drawnRefreshes(5, 5), (std::vector<std::size_t>{0, 1, 2, 3, 4}));
    EXPECT_EQ(drawnRefreshes(101, 5), (std::vector<std::size_t>{0, 25, 50, 75, 100}));
}

} // namespace
} // namespace nms
