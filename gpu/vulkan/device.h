// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <vulkan/vulkan.h>

#include <memory>
#include <string>
#include <vector>

namespace nms::vulkan {

/// Extensions to enable if they are supported; without any one of them SharedImports opens nothing.
std::vector<const char *> sharingInstanceExtensions();
std::vector<const char *> sharingDeviceExtensions();

/// The handles that the renderer needs: borrowed from a window, or owned by a headless Device.
class Device
{
public:
    /// A device of our own without any surface: a discrete GPU is preferred, a software device accepted. Device error if
    /// there is no driver, with what to install. `validation` enables VK_LAYER_KHRONOS_validation if it is installed.
    static Result<std::unique_ptr<Device>> createHeadless(bool validation);

    /// Handles that the caller owns (QVulkanWindow).
    static Device borrow(VkInstance instance, VkPhysicalDevice physical, VkDevice device, VkQueue queue,
                         std::uint32_t queueFamily);
    ~Device();
    Device(Device &&other) noexcept;
    Device &operator=(Device &&) = delete;

    VkInstance instance() const { return m_instance; }
    VkPhysicalDevice physical() const { return m_physical; }
    VkDevice handle() const { return m_device; }
    VkQueue queue() const { return m_queue; }
    std::uint32_t queueFamily() const { return m_queueFamily; }
    std::string name() const; // "llvmpipe (LLVM 15.0.6, 512 bits)"
    std::uint32_t maxImageSide() const;

    /// Number of messages from the validation layer so far; 0 if it is off. For tests.
    int validationMessages() const;

private:
    Device() = default;
    VkInstance m_instance = VK_NULL_HANDLE;
    VkPhysicalDevice m_physical = VK_NULL_HANDLE;
    VkDevice m_device = VK_NULL_HANDLE;
    VkQueue m_queue = VK_NULL_HANDLE;
    std::uint32_t m_queueFamily = 0;
    struct Owned;
    std::unique_ptr<Owned> m_owned;
};

} // namespace nms::vulkan
