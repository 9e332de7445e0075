// SPDX-License-Identifier: Apache-2.0
#include "gpu/vulkan/resources.h"

#include <cstdint>
#include <optional>
#include <string>

namespace nms::vulkan {

namespace {

std::optional<std::uint32_t> memoryType(const Device &device, std::uint32_t allowed, VkMemoryPropertyFlags flags)
{
    VkPhysicalDeviceMemoryProperties properties;
    vkGetPhysicalDeviceMemoryProperties(device.physical(), &properties);
    for (std::uint32_t i = 0; i < properties.memoryTypeCount; ++i)
        if ((allowed >> i & 1) && (properties.memoryTypes[i].propertyFlags & flags) == flags)
            return i;
    return std::nullopt;
}

Result<UniqueMemory> allocate(const Device &device, const VkMemoryRequirements &needs, VkMemoryPropertyFlags preferred,
                              VkMemoryPropertyFlags required)
{
    auto type = memoryType(device, needs.memoryTypeBits, preferred);
    if (!type)
        type = memoryType(device, needs.memoryTypeBits, required);
    if (!type)
        return fail(ErrorKind::Device, device.name(), "has no memory of the kind that is needed",
                    "update the Vulkan driver");
    const VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, nullptr, needs.size, *type};
    VkDeviceMemory memory = VK_NULL_HANDLE;
    if (auto status = check(vkAllocateMemory(device.handle(), &info, nullptr, &memory),
                            device.name() + ": " + std::to_string(needs.size >> 20) + " MiB of memory");
        !status)
        return fail(status.error());
    return UniqueMemory(device.handle(), memory);
}

} // namespace

Result<MappedBuffer> MappedBuffer::create(const Device &device, VkDeviceSize size, VkBufferUsageFlags usage, bool cached)
{
    VkBufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
    info.size = size;
    info.usage = usage;
    VkBuffer buffer = VK_NULL_HANDLE;
    if (auto status = check(vkCreateBuffer(device.handle(), &info, nullptr, &buffer), "vkCreateBuffer"); !status)
        return fail(status.error());
    MappedBuffer result;
    result.buffer = UniqueBuffer(device.handle(), buffer);
    result.size = size;

    VkMemoryRequirements needs;
    vkGetBufferMemoryRequirements(device.handle(), buffer, &needs);
    constexpr VkMemoryPropertyFlags required = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    auto memory = allocate(device, needs, cached ? required | VK_MEMORY_PROPERTY_HOST_CACHED_BIT : required, required);
    if (!memory)
        return fail(memory.error());
    result.memory = std::move(*memory);
    if (auto status = check(vkBindBufferMemory(device.handle(), buffer, result.memory.get(), 0), "vkBindBufferMemory");
        !status)
        return fail(status.error());
    void *data = nullptr;
    if (auto status = check(vkMapMemory(device.handle(), result.memory.get(), 0, VK_WHOLE_SIZE, 0, &data), "vkMapMemory");
        !status)
        return fail(status.error());
    result.data = static_cast<std::byte *>(data);
    return result;
}

Result<DeviceImage> DeviceImage::create(const Device &device, VkExtent2D extent, VkFormat format, VkImageUsageFlags usage)
{
    VkImageCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO;
    info.imageType = VK_IMAGE_TYPE_2D;
    info.format = format;
    info.extent = {extent.width, extent.height, 1};
    info.mipLevels = 1;
    info.arrayLayers = 1;
    info.samples = VK_SAMPLE_COUNT_1_BIT;
    info.tiling = VK_IMAGE_TILING_OPTIMAL;
    info.usage = usage;
    VkImage image = VK_NULL_HANDLE;
    if (auto status = check(vkCreateImage(device.handle(), &info, nullptr, &image), "vkCreateImage"); !status)
        return fail(status.error());
    DeviceImage result;
    result.image = UniqueImage(device.handle(), image);
    result.extent = extent;

    VkMemoryRequirements needs;
    vkGetImageMemoryRequirements(device.handle(), image, &needs);
    auto memory = allocate(device, needs, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0);
    if (!memory)
        return fail(memory.error());
    result.memory = std::move(*memory);
    if (auto status = check(vkBindImageMemory(device.handle(), image, result.memory.get(), 0), "vkBindImageMemory"); !status)
        return fail(status.error());

    VkImageViewCreateInfo viewInfo{};
    viewInfo.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO;
    viewInfo.image = image;
    viewInfo.viewType = VK_IMAGE_VIEW_TYPE_2D;
    viewInfo.format = format;
    viewInfo.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    VkImageView view = VK_NULL_HANDLE;
    if (auto status = check(vkCreateImageView(device.handle(), &viewInfo, nullptr, &view), "vkCreateImageView"); !status)
        return fail(status.error());
    result.view = UniqueImageView(device.handle(), view);
    return result;
}

} // namespace nms::vulkan
