// SPDX-License-Identifier: Apache-2.0
// RAII wrappers of Vulkan objects, each with its own memory allocation, as there are only a few.
#pragma once

#include "core/base/result.h"
#include "gpu/vulkan/call_result.h"
#include "gpu/vulkan/device.h"

#include <cstddef>
#include <utility>

namespace nms::vulkan {

template <class T, auto destroy> class Unique
{
public:
    Unique() = default;
    Unique(VkDevice device, T handle) : m_device(device), m_handle(handle) { }
    Unique(Unique &&other) noexcept
        : m_device(other.m_device), m_handle(std::exchange(other.m_handle, T(VK_NULL_HANDLE))) { }
    Unique &operator=(Unique &&other) noexcept
    {
        std::swap(m_device, other.m_device);
        std::swap(m_handle, other.m_handle);
        return *this;
    }
    ~Unique()
    {
        if (m_handle != T(VK_NULL_HANDLE))
            destroy(m_device, m_handle, nullptr);
    }
    T get() const { return m_handle; }

private:
    VkDevice m_device = VK_NULL_HANDLE;
    T m_handle = VK_NULL_HANDLE;
};

using UniqueBuffer = Unique<VkBuffer, vkDestroyBuffer>;
using UniqueMemory = Unique<VkDeviceMemory, vkFreeMemory>;
using UniqueImage = Unique<VkImage, vkDestroyImage>;
using UniqueImageView = Unique<VkImageView, vkDestroyImageView>;
using UniqueShader = Unique<VkShaderModule, vkDestroyShaderModule>;
using UniquePipeline = Unique<VkPipeline, vkDestroyPipeline>;
using UniquePipelineLayout = Unique<VkPipelineLayout, vkDestroyPipelineLayout>;
using UniqueDescriptorLayout = Unique<VkDescriptorSetLayout, vkDestroyDescriptorSetLayout>;
using UniqueDescriptorPool = Unique<VkDescriptorPool, vkDestroyDescriptorPool>;
using UniqueRenderPass = Unique<VkRenderPass, vkDestroyRenderPass>;
using UniqueFramebuffer = Unique<VkFramebuffer, vkDestroyFramebuffer>;
using UniqueCommandPool = Unique<VkCommandPool, vkDestroyCommandPool>;
using UniqueFence = Unique<VkFence, vkDestroyFence>;

/// A buffer in host-visible, coherent memory that stays mapped. Members are destroyed in reverse order: the buffer before
/// its memory.
struct MappedBuffer {
    UniqueMemory memory;
    UniqueBuffer buffer;
    std::byte *data = nullptr;
    VkDeviceSize size = 0;

    /// `cached` memory is preferable if the host reads what the GPU wrote.
    static Result<MappedBuffer> create(const Device &device, VkDeviceSize size, VkBufferUsageFlags usage,
                                       bool cached = false);
};

/// A 2-D image with one mip level, one layer and one sample, in device memory.
struct DeviceImage {
    UniqueMemory memory;
    UniqueImage image;
    UniqueImageView view;
    VkExtent2D extent{0, 0};

    static Result<DeviceImage> create(const Device &device, VkExtent2D extent, VkFormat format, VkImageUsageFlags usage);
};

} // namespace nms::vulkan
