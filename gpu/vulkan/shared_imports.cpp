// SPDX-License-Identifier: Apache-2.0
#include "gpu/vulkan/shared_imports.h"

#include <unistd.h>

#include <algorithm>
#include <bit>

namespace nms::vulkan {
namespace {

constexpr VkExternalMemoryHandleTypeFlagBits handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;

/// The device's id if it can import external memory. The functions exist if their extensions were enabled.
std::optional<DeviceId> importableId(const Device &device)
{
    const auto propertiesOf = reinterpret_cast<PFN_vkGetPhysicalDeviceProperties2KHR>(
        vkGetInstanceProcAddr(device.instance(), "vkGetPhysicalDeviceProperties2KHR"));
    const auto bufferPropertiesOf = reinterpret_cast<PFN_vkGetPhysicalDeviceExternalBufferPropertiesKHR>(
        vkGetInstanceProcAddr(device.instance(), "vkGetPhysicalDeviceExternalBufferPropertiesKHR"));
    if (!propertiesOf || !bufferPropertiesOf || !vkGetDeviceProcAddr(device.handle(), "vkGetMemoryFdKHR"))
        return std::nullopt;

    VkPhysicalDeviceExternalBufferInfo info{};
    info.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO;
    info.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT;
    info.handleType = handleType;
    VkExternalBufferProperties buffers{};
    buffers.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES;
    bufferPropertiesOf(device.physical(), &info, &buffers);
    const VkExternalMemoryFeatureFlags can = buffers.externalMemoryProperties.externalMemoryFeatures;
    // A dedicated allocation would have to be made for one particular buffer, but solvers do not know the buffers.
    if (!(can & VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT) || (can & VK_EXTERNAL_MEMORY_FEATURE_DEDICATED_ONLY_BIT))
        return std::nullopt;

    VkPhysicalDeviceIDProperties id{};
    id.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES;
    VkPhysicalDeviceProperties2 properties{};
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    properties.pNext = &id;
    propertiesOf(device.physical(), &properties);
    return std::bit_cast<DeviceId>(id.deviceUUID);
}

std::optional<std::uint32_t> localMemoryType(const Device &device, std::uint32_t allowed)
{
    VkPhysicalDeviceMemoryProperties properties;
    vkGetPhysicalDeviceMemoryProperties(device.physical(), &properties);
    for (std::uint32_t i = 0; i < properties.memoryTypeCount; ++i)
        if ((allowed >> i & 1) && (properties.memoryTypes[i].propertyFlags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT))
            return i;
    return std::nullopt;
}

void transferOwnership(VkCommandBuffer commands, VkBuffer buffer, std::uint32_t from, std::uint32_t to, VkAccessFlags access,
                       VkPipelineStageFlags before, VkPipelineStageFlags after)
{
    VkBufferMemoryBarrier barrier{};
    barrier.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER;
    barrier.dstAccessMask = access;
    barrier.srcQueueFamilyIndex = from;
    barrier.dstQueueFamilyIndex = to;
    barrier.buffer = buffer;
    barrier.size = VK_WHOLE_SIZE;
    vkCmdPipelineBarrier(commands, before, after, 0, 0, nullptr, 1, &barrier, 0, nullptr);
}

} // namespace

void ImportedBuffer::takeOver(VkCommandBuffer commands, std::uint32_t queueFamily) const
{
    transferOwnership(commands, buffer.get(), VK_QUEUE_FAMILY_EXTERNAL, queueFamily, VK_ACCESS_TRANSFER_READ_BIT,
                      VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT);
}

void ImportedBuffer::giveBack(VkCommandBuffer commands, std::uint32_t queueFamily) const
{
    transferOwnership(commands, buffer.get(), queueFamily, VK_QUEUE_FAMILY_EXTERNAL, 0, VK_PIPELINE_STAGE_TRANSFER_BIT,
                      VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT);
}

SharedImports::SharedImports(const Device &device) : m_device(device), m_id(importableId(device)) { }

std::shared_ptr<const ImportedBuffer> SharedImports::open(const std::shared_ptr<const SharedMemory> &memory)
{
    if (m_id != memory->device())
        return nullptr;
    for (const Known &known : m_known)
        if (!known.memory.owner_before(memory) && !memory.owner_before(known.memory))
            return known.buffer;
    Result<ImportedBuffer> imported = import(*memory);
    if (!imported) {
        m_id.reset();
        return nullptr;
    }
    m_known.push_back({memory, std::make_shared<const ImportedBuffer>(std::move(*imported))});
    return m_known.back().buffer;
}

void SharedImports::closeUnused()
{
    std::erase_if(m_known, [](const Known &known) { return known.memory.expired(); });
}

Result<ImportedBuffer> SharedImports::import(const SharedMemory &memory) const
{
    VkExternalMemoryBufferCreateInfo external{};
    external.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO;
    external.handleTypes = handleType;
    VkBufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
    info.pNext = &external;
    info.size = static_cast<VkDeviceSize>(memory.bytes());
    info.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT;
    VkBuffer buffer = VK_NULL_HANDLE;
    if (auto status = check(vkCreateBuffer(m_device.handle(), &info, nullptr, &buffer), "vkCreateBuffer"); !status)
        return fail(status.error());
    ImportedBuffer result;
    result.buffer = UniqueBuffer(m_device.handle(), buffer);

    VkMemoryRequirements needs;
    vkGetBufferMemoryRequirements(m_device.handle(), buffer, &needs);
    const auto type = localMemoryType(m_device, needs.memoryTypeBits);
    if (!type || needs.size > info.size)
        return fail(ErrorKind::Device, m_device.name(), "has no memory of the kind that is shared", "");
    const Result<int> handle = memory.openHandle();
    if (!handle)
        return fail(handle.error());
    VkImportMemoryFdInfoKHR import{};
    import.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR;
    import.handleType = handleType;
    import.fd = *handle;
    const VkMemoryAllocateInfo allocate{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, &import, info.size, *type};
    VkDeviceMemory imported = VK_NULL_HANDLE;
    if (auto status = check(vkAllocateMemory(m_device.handle(), &allocate, nullptr, &imported), "vkAllocateMemory");
        !status) {
        close(*handle); // on success the driver owns it
        return fail(status.error());
    }
    result.memory = UniqueMemory(m_device.handle(), imported);
    if (auto status = check(vkBindBufferMemory(m_device.handle(), buffer, imported, 0), "vkBindBufferMemory"); !status)
        return fail(status.error());
    return result;
}

} // namespace nms::vulkan
