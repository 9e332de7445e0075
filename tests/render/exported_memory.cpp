// SPDX-License-Identifier: Apache-2.0
#include "tests/render/exported_memory.h"

#include "gpu/vulkan/shared_imports.h"

#include <cstring>

namespace nms::test {

namespace {

constexpr VkExternalMemoryHandleTypeFlagBits handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;

/// What a buffer in such memory needs.
VkMemoryRequirements needsOf(const vulkan::Device &device, std::int64_t bytes)
{
    VkExternalMemoryBufferCreateInfo external{};
    external.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO;
    external.handleTypes = handleType;
    VkBufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
    info.pNext = &external;
    info.size = VkDeviceSize(bytes);
    info.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT;
    VkMemoryRequirements needs{};
    VkBuffer buffer = VK_NULL_HANDLE;
    if (vkCreateBuffer(device.handle(), &info, nullptr, &buffer) == VK_SUCCESS)
        vkGetBufferMemoryRequirements(device.handle(), buffer, &needs);
    vkDestroyBuffer(device.handle(), buffer, nullptr);
    return needs;
}

} // namespace

Result<std::shared_ptr<ExportedMemory>> ExportedMemory::create(const std::shared_ptr<const vulkan::Device> &device,
                                                               std::int64_t bytes)
{
    const auto id = vulkan::SharedImports(*device).device();
    const VkMemoryRequirements needs = needsOf(*device, bytes);
    VkPhysicalDeviceMemoryProperties properties;
    vkGetPhysicalDeviceMemoryProperties(device->physical(), &properties);
    std::uint32_t type = 0;
    while (type < properties.memoryTypeCount &&
           !((needs.memoryTypeBits >> type & 1) &&
             (properties.memoryTypes[type].propertyFlags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT)))
        ++type;
    constexpr VkMemoryPropertyFlags wanted = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    if (!id || type == properties.memoryTypeCount || (properties.memoryTypes[type].propertyFlags & wanted) != wanted)
        return fail(ErrorKind::Unsupported, device->name(), "does not give away memory that the host writes", "");

    VkExportMemoryAllocateInfo shared{};
    shared.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO;
    shared.handleTypes = handleType;
    const VkMemoryAllocateInfo allocate{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, &shared, needs.size, type};
    VkDeviceMemory memory = VK_NULL_HANDLE;
    if (const Status made =
            vulkan::check(vkAllocateMemory(device->handle(), &allocate, nullptr, &memory), "vkAllocateMemory");
        !made)
        return fail(made.error());
    auto exported = std::make_shared<ExportedMemory>();
    exported->m_memory = vulkan::UniqueMemory(device->handle(), memory);
    exported->m_device = device;
    exported->m_id = *id;
    exported->m_bytes = std::int64_t(needs.size);
    void *data = nullptr;
    if (const Status mapped =
            vulkan::check(vkMapMemory(device->handle(), memory, 0, VK_WHOLE_SIZE, 0, &data), "vkMapMemory");
        !mapped)
        return fail(mapped.error());
    exported->m_data = static_cast<float *>(data);
    return exported;
}

Result<int> ExportedMemory::openHandle() const
{
    ++m_handles;
    if (m_keepsHandles)
        return fail(ErrorKind::Device, m_device->name(), "keeps its memory", "");
    const auto get = reinterpret_cast<PFN_vkGetMemoryFdKHR>(vkGetDeviceProcAddr(m_device->handle(), "vkGetMemoryFdKHR"));
    VkMemoryGetFdInfoKHR info{};
    info.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR;
    info.memory = m_memory.get();
    info.handleType = handleType;
    int handle = -1;
    if (const Status got = vulkan::check(get(m_device->handle(), &info, &handle), "vkGetMemoryFdKHR"); !got)
        return fail(got.error());
    return handle;
}

Status ExportedMemory::read(void *to, std::int64_t offset, std::int64_t rowBytes, std::int64_t strideBytes,
                            std::int64_t rows) const
{
    ++m_reads;
    const auto *from = reinterpret_cast<const std::byte *>(m_data) + offset;
    for (std::int64_t row = 0; row < rows; ++row)
        std::memcpy(static_cast<std::byte *>(to) + row * rowBytes, from + row * strideBytes, std::size_t(rowBytes));
    return {};
}

} // namespace nms::test
