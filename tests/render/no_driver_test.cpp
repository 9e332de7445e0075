// SPDX-License-Identifier: Apache-2.0
#include "gpu/vulkan/device.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace nms::vulkan {

TEST(NoDriver, IsAClearError)
{
    // Old and new name of the loader's variable.
    ASSERT_EQ(setenv("VK_ICD_FILENAMES", "/nonexistent/icd.json", 1), 0);
    ASSERT_EQ(setenv("VK_DRIVER_FILES", "/nonexistent/icd.json", 1), 0);
    for (const bool validation : {false, true}) {
        const auto device = Device::createHeadless(validation);
        ASSERT_FALSE(device);
        EXPECT_EQ(device.error().kind, ErrorKind::Device);
        EXPECT_THAT(device.error().line(), ::testing::HasSubstr("no Vulkan driver"));
        EXPECT_THAT(device.error().remedy, ::testing::HasSubstr("apt install mesa-vulkan-drivers"));
    }
}

} // namespace nms::vulkan
