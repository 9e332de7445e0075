// SPDX-License-Identifier: Apache-2.0
#include "tests/render/frame_loop.h"

#include <cstring>
#include <stdexcept>
#include <string>

namespace nms::test {

namespace {

constexpr VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;

void succeed(VkResult result)
{
    if (result != VK_SUCCESS)
        throw std::runtime_error("VkResult " + std::to_string(int(result))); // gtest reports it
}

} // namespace

FrameLoop::FrameLoop(const vulkan::Device &device, int width, int height, int framesInFlight)
    : m_device(device), m_extent{std::uint32_t(width), std::uint32_t(height)}, m_slots(std::size_t(framesInFlight))
{
    createRenderPass();
    for (Slot &slot : m_slots)
        createSlot(slot);
}

void FrameLoop::finish()
{
    for (Slot &slot : m_slots)
        wait(slot);
}

void FrameLoop::createRenderPass()
{
    VkAttachmentDescription attachment{};
    attachment.format = format;
    attachment.samples = VK_SAMPLE_COUNT_1_BIT;
    attachment.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
    attachment.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
    attachment.finalLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
    const VkAttachmentReference reference{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    VkSubpassDescription subpass{};
    subpass.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS;
    subpass.colorAttachmentCount = 1;
    subpass.pColorAttachments = &reference;
    const VkSubpassDependency toCopy{0,
                                     VK_SUBPASS_EXTERNAL,
                                     VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
                                     VK_PIPELINE_STAGE_TRANSFER_BIT,
                                     VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
                                     VK_ACCESS_TRANSFER_READ_BIT,
                                     0};
    VkRenderPassCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO;
    info.attachmentCount = 1;
    info.pAttachments = &attachment;
    info.subpassCount = 1;
    info.pSubpasses = &subpass;
    info.dependencyCount = 1;
    info.pDependencies = &toCopy;
    VkRenderPass renderPass = VK_NULL_HANDLE;
    succeed(vkCreateRenderPass(m_device.handle(), &info, nullptr, &renderPass));
    m_renderPass = vulkan::UniqueRenderPass(m_device.handle(), renderPass);
}

void FrameLoop::createSlot(Slot &slot)
{
    const VkDevice device = m_device.handle();
    slot.image = std::move(vulkan::DeviceImage::create(m_device, m_extent, format,
                                                       VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT)
                               .value());
    slot.pixels = std::move(vulkan::HostBuffer::create(m_device, VkDeviceSize(m_extent.width) * m_extent.height * 4,
                                                       VK_BUFFER_USAGE_TRANSFER_DST_BIT)
                                .value());
    const VkImageView view = slot.image.view.get();
    VkFramebufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO;
    info.renderPass = m_renderPass.get();
    info.attachmentCount = 1;
    info.pAttachments = &view;
    info.width = m_extent.width;
    info.height = m_extent.height;
    info.layers = 1;
    VkFramebuffer framebuffer = VK_NULL_HANDLE;
    succeed(vkCreateFramebuffer(device, &info, nullptr, &framebuffer));
    slot.framebuffer = vulkan::UniqueFramebuffer(device, framebuffer);

    const VkCommandPoolCreateInfo poolInfo{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, nullptr, 0, m_device.queueFamily()};
    VkCommandPool pool = VK_NULL_HANDLE;
    succeed(vkCreateCommandPool(device, &poolInfo, nullptr, &pool));
    slot.pool = vulkan::UniqueCommandPool(device, pool);
    const VkCommandBufferAllocateInfo commandInfo{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, nullptr, pool,
                                                  VK_COMMAND_BUFFER_LEVEL_PRIMARY, 1};
    succeed(vkAllocateCommandBuffers(device, &commandInfo, &slot.commands));
    const VkFenceCreateInfo fenceInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr, 0};
    VkFence fence = VK_NULL_HANDLE;
    succeed(vkCreateFence(device, &fenceInfo, nullptr, &fence));
    slot.done = vulkan::UniqueFence(device, fence);
}

void FrameLoop::wait(Slot &slot)
{
    if (!slot.pending)
        return;
    const VkFence fence = slot.done.get();
    succeed(vkWaitForFences(m_device.handle(), 1, &fence, VK_TRUE, 60'000'000'000));
    succeed(vkResetFences(m_device.handle(), 1, &fence));
    slot.pending = false;
}

void FrameLoop::submit(int index, const std::function<void(VkCommandBuffer, int)> &prepare,
                       const std::function<void(VkCommandBuffer, int)> &record)
{
    const int frame = index % int(m_slots.size());
    Slot &slot = m_slots[std::size_t(frame)];
    wait(slot);
    succeed(vkResetCommandPool(m_device.handle(), slot.pool.get(), 0));
    const VkCommandBufferBeginInfo begin{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr,
                                         VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT, nullptr};
    succeed(vkBeginCommandBuffer(slot.commands, &begin));
    prepare(slot.commands, frame);
    const VkClearValue clear{};
    const VkRenderPassBeginInfo pass{VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO,
                                     nullptr,
                                     m_renderPass.get(),
                                     slot.framebuffer.get(),
                                     {{0, 0}, m_extent},
                                     1,
                                     &clear};
    vkCmdBeginRenderPass(slot.commands, &pass, VK_SUBPASS_CONTENTS_INLINE);
    record(slot.commands, frame);
    vkCmdEndRenderPass(slot.commands);
    VkBufferImageCopy copy{};
    copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    copy.imageExtent = {m_extent.width, m_extent.height, 1};
    vkCmdCopyImageToBuffer(slot.commands, slot.image.image.get(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                           slot.pixels.buffer.get(), 1, &copy);
    const VkMemoryBarrier barrier{VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr, VK_ACCESS_TRANSFER_WRITE_BIT,
                                  VK_ACCESS_HOST_READ_BIT};
    vkCmdPipelineBarrier(slot.commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0,
                         nullptr, 0, nullptr);
    succeed(vkEndCommandBuffer(slot.commands));
    VkSubmitInfo submit{};
    submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &slot.commands;
    succeed(vkQueueSubmit(m_device.queue(), 1, &submit, slot.done.get()));
    slot.pending = true;
}

Image FrameLoop::picture(int frame)
{
    Slot &slot = m_slots[std::size_t(frame)];
    wait(slot);
    Image image{int(m_extent.width), int(m_extent.height), {}};
    image.pixels.resize(std::size_t(m_extent.width) * m_extent.height);
    std::memcpy(image.pixels.data(), slot.pixels.data, 4 * image.pixels.size());
    return image;
}

} // namespace nms::test
