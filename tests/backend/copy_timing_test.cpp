// SPDX-License-Identifier: Apache-2.0
// Copying without solving, as `nmscope bench --sizes` times it.
#include "gpu/cuda/copy_timing.h"
#include "tests/backend/simulated_queue.h"
#include "tests/backend/typed_weights.h"

#include <algorithm>

namespace nms::test {
namespace {

TEST(CopyTiming, copiesEveryPanelThereAndItsMaskBack)
{
    std::vector<std::string> calls;
    const auto queue = simulatedQueues({.heard = [&](const std::string &call) {
        calls.push_back(call);
    }})(1);
    ASSERT_TRUE(queue);
    const TypedWeights weights(WeightType::F16, 403, 150, 1); // panels of 100 rows
    const auto seconds = warp::copySeconds(**queue, weights.view);
    ASSERT_TRUE(seconds) << seconds.error().line();
    EXPECT_GT(*seconds, 0);
    EXPECT_EQ(std::ranges::count(calls, "upload"), 5);
    EXPECT_EQ(std::ranges::count(calls, "download"), 5);
    EXPECT_EQ(std::ranges::count(calls, "launch"), 0);
    EXPECT_EQ(*warp::copySeconds(**queue, weights.view.rowsFrom(0, 0)), 0);
}

TEST(CopyTiming, tellsOfALostDeviceAndOfTooLittleMemory)
{
    const TypedWeights weights(WeightType::F32, 403, 150, 1);
    const auto lost = simulatedQueues({.uploads = 1})(1);
    const auto small = simulatedQueues({.memory = 100})(1);
    ASSERT_TRUE(lost && small);
    EXPECT_EQ(warp::copySeconds(**lost, weights.view).error().kind, ErrorKind::Device);
    EXPECT_EQ(warp::copySeconds(**small, weights.view).error().kind, ErrorKind::Resource);
}

} // namespace
} // namespace nms::test
