// SPDX-License-Identifier: Apache-2.0
#include "gpu/vulkan/offscreen_frame.h"

#include <cstring>
#include <limits>

namespace nms::vulkan {

namespace {

constexpr VkFormat targetFormat = VK_FORMAT_R8G8B8A8_UNORM;

} // namespace

Result<UniqueRenderPass> createOffscreenPass(const Device &device)
{
    VkAttachmentDescription attachment{};
    attachment.format = targetFormat;
    attachment.samples = VK_SAMPLE_COUNT_1_BIT;
    attachment.loadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
    attachment.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
    attachment.stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
    attachment.stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
    attachment.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
    attachment.finalLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
    const VkAttachmentReference reference{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    VkSubpassDescription subpass{};
    subpass.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS;
    subpass.colorAttachmentCount = 1;
    subpass.pColorAttachments = &reference;
    const VkSubpassDependency dependencies[] = {
        {VK_SUBPASS_EXTERNAL, 0, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
         VK_ACCESS_TRANSFER_READ_BIT, VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT, 0},
        {0, VK_SUBPASS_EXTERNAL, VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT,
         VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT, VK_ACCESS_TRANSFER_READ_BIT, 0},
    };
    VkRenderPassCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO;
    info.attachmentCount = 1;
    info.pAttachments = &attachment;
    info.subpassCount = 1;
    info.pSubpasses = &subpass;
    info.dependencyCount = 2;
    info.pDependencies = dependencies;
    VkRenderPass renderPass = VK_NULL_HANDLE;
    if (auto status = check(vkCreateRenderPass(device.handle(), &info, nullptr, &renderPass), "vkCreateRenderPass"); !status)
        return fail(status.error());
    return UniqueRenderPass(device.handle(), renderPass);
}

Result<OffscreenFrame> OffscreenFrame::create(const Device &device, VkRenderPass renderPass, VkExtent2D extent)
{
    OffscreenFrame frame(device, renderPass);
    if (auto status = frame.createTarget(extent); !status)
        return fail(status.error());
    if (auto status = frame.createCommands(); !status)
        return fail(status.error());
    return frame;
}

Status OffscreenFrame::createTarget(VkExtent2D extent)
{
    auto image = DeviceImage::create(*m_device, extent, targetFormat,
                                     VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT);
    if (!image)
        return fail(image.error());
    m_image = std::move(*image);

    const VkImageView view = m_image.view.get();
    VkFramebufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO;
    info.renderPass = m_renderPass;
    info.attachmentCount = 1;
    info.pAttachments = &view;
    info.width = extent.width;
    info.height = extent.height;
    info.layers = 1;
    VkFramebuffer framebuffer = VK_NULL_HANDLE;
    if (auto status = check(vkCreateFramebuffer(m_device->handle(), &info, nullptr, &framebuffer), "vkCreateFramebuffer");
        !status)
        return status;
    m_framebuffer = UniqueFramebuffer(m_device->handle(), framebuffer);

    auto pixels = MappedBuffer::create(*m_device, VkDeviceSize(extent.width) * extent.height * sizeof(Rgba8),
                                       VK_BUFFER_USAGE_TRANSFER_DST_BIT, true);
    if (!pixels)
        return fail(pixels.error());
    m_pixels = std::move(*pixels);
    return {};
}

Status OffscreenFrame::createCommands()
{
    VkCommandPoolCreateInfo poolInfo{};
    poolInfo.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
    poolInfo.queueFamilyIndex = m_device->queueFamily();
    VkCommandPool pool = VK_NULL_HANDLE;
    if (auto status = check(vkCreateCommandPool(m_device->handle(), &poolInfo, nullptr, &pool), "vkCreateCommandPool");
        !status)
        return status;
    m_commandPool = UniqueCommandPool(m_device->handle(), pool);
    VkCommandBufferAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    info.commandPool = pool;
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    info.commandBufferCount = 1;
    if (auto status = check(vkAllocateCommandBuffers(m_device->handle(), &info, &m_commands), "vkAllocateCommandBuffers");
        !status)
        return status;
    const VkFenceCreateInfo fenceInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr, 0};
    VkFence fence = VK_NULL_HANDLE;
    if (auto status = check(vkCreateFence(m_device->handle(), &fenceInfo, nullptr, &fence), "vkCreateFence"); !status)
        return status;
    m_done = UniqueFence(m_device->handle(), fence);
    return {};
}

Status OffscreenFrame::submit(const std::function<Status(VkCommandBuffer)> &prepare,
                              const std::function<void(VkCommandBuffer)> &record)
{
    if (auto status = check(vkResetCommandPool(m_device->handle(), m_commandPool.get(), 0), "vkResetCommandPool"); !status)
        return status;
    VkCommandBufferBeginInfo begin{};
    begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
    begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
    if (auto status = check(vkBeginCommandBuffer(m_commands, &begin), "vkBeginCommandBuffer"); !status)
        return status;
    if (auto status = prepare(m_commands); !status)
        return status;

    VkRenderPassBeginInfo pass{};
    pass.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO;
    pass.renderPass = m_renderPass;
    pass.framebuffer = m_framebuffer.get();
    pass.renderArea = {{0, 0}, extent()};
    vkCmdBeginRenderPass(m_commands, &pass, VK_SUBPASS_CONTENTS_INLINE);
    record(m_commands);
    vkCmdEndRenderPass(m_commands);
    recordCopy();
    if (auto status = check(vkEndCommandBuffer(m_commands), "vkEndCommandBuffer"); !status)
        return status;

    VkSubmitInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    info.commandBufferCount = 1;
    info.pCommandBuffers = &m_commands;
    if (auto status = check(vkQueueSubmit(m_device->queue(), 1, &info, m_done.get()), "vkQueueSubmit"); !status)
        return status;
    m_pending = true;
    return {};
}

void OffscreenFrame::recordCopy()
{
    VkBufferImageCopy copy{};
    copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    copy.imageExtent = {m_image.extent.width, m_image.extent.height, 1};
    vkCmdCopyImageToBuffer(m_commands, m_image.image.get(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, m_pixels.buffer.get(), 1,
                           &copy);
    VkBufferMemoryBarrier barrier{};
    barrier.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER;
    barrier.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
    barrier.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
    barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.buffer = m_pixels.buffer.get();
    barrier.size = VK_WHOLE_SIZE;
    vkCmdPipelineBarrier(m_commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 0, nullptr, 1, &barrier,
                         0, nullptr);
}

Status OffscreenFrame::wait()
{
    if (!m_pending)
        return {};
    const VkFence fence = m_done.get();
    constexpr auto forever = std::numeric_limits<std::uint64_t>::max();
    if (auto status = check(vkWaitForFences(m_device->handle(), 1, &fence, VK_TRUE, forever), "vkWaitForFences"); !status)
        return status;
    m_pending = false;
    return check(vkResetFences(m_device->handle(), 1, &fence), "vkResetFences");
}

Image OffscreenFrame::picture() const
{
    Image image{int(extent().width), int(extent().height), {}};
    image.pixels.resize(std::size_t(extent().width) * extent().height);
    std::memcpy(image.pixels.data(), m_pixels.data, image.pixels.size() * sizeof(Rgba8));
    return image;
}

} // namespace nms::vulkan
