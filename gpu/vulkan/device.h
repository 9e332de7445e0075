// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <vulkan/vulkan.h>

#include <memory>
#include <string>
#include <vector>

namespace nms::vulkan {

/// Extensions to ask for where they are supported; without any of them SharedImports opens nothing.
std::vector<const char *> sharingInstanceExtensions();
std::vector<const char *> sharingDeviceExtensions();

/// The handles that the renderer needs: borrowed from a window, or owned by a headless Device.
class Device
{
public:
    /// A device of our own without any surface: prefers a discrete GPU, accepts software. Device error without a driver,
    /// with what to install. `validation` switches VK_LAYER_KHRONOS_validation on where installed.
    static Result<std::unique_ptr<Device>> createHeadless(bool validation);

    /// Handles owned by somebody else (QVulkanWindow).
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

    /// Messages of the validation layer since the start; 0 where it is off. For tests.
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
