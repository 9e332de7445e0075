// SPDX-License-Identifier: Apache-2.0
#include "gpu/vulkan/call_result.h"

#include <string>

namespace nms::vulkan {

static constexpr const char *memoryRemedy = "show a smaller part of the tensor, or close other programs that use the GPU";

static std::string nameOf(VkResult result)
{
    switch (result) {
    case VK_ERROR_OUT_OF_HOST_MEMORY:
        return "out of host memory";
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
        return "out of device memory";
    case VK_ERROR_INITIALIZATION_FAILED:
        return "initialisation failed";
    case VK_ERROR_DEVICE_LOST:
        return "device lost";
    case VK_ERROR_INCOMPATIBLE_DRIVER:
        return "no compatible driver";
    case VK_ERROR_LAYER_NOT_PRESENT:
        return "layer not present";
    case VK_ERROR_EXTENSION_NOT_PRESENT:
        return "extension not present";
    case VK_ERROR_FEATURE_NOT_PRESENT:
        return "feature not present";
    case VK_ERROR_FORMAT_NOT_SUPPORTED:
        return "format not supported";
    default:
        return "VkResult " + std::to_string(static_cast<int>(result));
    }
}

Status check(VkResult result, const std::string &call)
{
    if (result == VK_SUCCESS)
        return {};
    const bool full = result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY;
    return fail(full ? ErrorKind::Resource : ErrorKind::Device, call, nameOf(result),
                full ? memoryRemedy : "update the Vulkan driver, or set NMS_NO_VULKAN=1 for the painted view");
}

} // namespace nms::vulkan
