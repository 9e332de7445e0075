// SPDX-License-Identifier: Apache-2.0
#include "gpu/vulkan/offscreen_renderer.h"

#include "gpu/vulkan/resources.h"

#include <cstring>
#include <limits>
#include <string>

namespace nms::vulkan {

namespace {

constexpr VkFormat targetFormat = VK_FORMAT_R8G8B8A8_UNORM;

// Clears nothing (every pixel is drawn) and leaves the image ready to be copied from.
Result<UniqueRenderPass> createRenderPass(VkDevice device)
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
    if (auto status = check(vkCreateRenderPass(device, &info, nullptr, &renderPass), "vkCreateRenderPass"); !status)
        return fail(status.error());
    return UniqueRenderPass(device, renderPass);
}

// What depends on the size of the picture.
struct Target {
    DeviceImage image;
    UniqueFramebuffer framebuffer;
    HostBuffer pixels;

    static Result<Target> create(const Device &device, VkRenderPass renderPass, VkExtent2D extent);
};

Result<Target> Target::create(const Device &device, VkRenderPass renderPass, VkExtent2D extent)
{
    Target target;
    auto image = DeviceImage::create(device, extent, targetFormat,
                                     VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT);
    if (!image)
        return fail(image.error());
    target.image = std::move(*image);

    const VkImageView view = target.image.view.get();
    VkFramebufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO;
    info.renderPass = renderPass;
    info.attachmentCount = 1;
    info.pAttachments = &view;
    info.width = extent.width;
    info.height = extent.height;
    info.layers = 1;
    VkFramebuffer framebuffer = VK_NULL_HANDLE;
    if (auto status = check(vkCreateFramebuffer(device.handle(), &info, nullptr, &framebuffer), "vkCreateFramebuffer");
        !status)
        return fail(status.error());
    target.framebuffer = UniqueFramebuffer(device.handle(), framebuffer);

    auto pixels = HostBuffer::create(device, VkDeviceSize(extent.width) * extent.height * sizeof(Rgba8),
                                     VK_BUFFER_USAGE_TRANSFER_DST_BIT, true);
    if (!pixels)
        return fail(pixels.error());
    target.pixels = std::move(*pixels);
    return target;
}

} // namespace

struct OffscreenRenderer::Impl {
    explicit Impl(const Device &lent) : device(lent) { }

    const Device &device;
    UniqueRenderPass renderPass;
    std::unique_ptr<HeatmapRenderer> renderer;
    UniqueCommandPool commandPool;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    UniqueFence done;
    Target target;

    Status createCommands();
    Status recordAll(const HeatmapScene &scene);
    Status submitAndWait();
};

Status OffscreenRenderer::Impl::createCommands()
{
    VkCommandPoolCreateInfo poolInfo{};
    poolInfo.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
    poolInfo.queueFamilyIndex = device.queueFamily();
    VkCommandPool pool = VK_NULL_HANDLE;
    if (auto status = check(vkCreateCommandPool(device.handle(), &poolInfo, nullptr, &pool), "vkCreateCommandPool"); !status)
        return status;
    commandPool = UniqueCommandPool(device.handle(), pool);
    VkCommandBufferAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    info.commandPool = pool;
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    info.commandBufferCount = 1;
    if (auto status = check(vkAllocateCommandBuffers(device.handle(), &info, &commands), "vkAllocateCommandBuffers");
        !status)
        return status;
    const VkFenceCreateInfo fenceInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr, 0};
    VkFence fence = VK_NULL_HANDLE;
    if (auto status = check(vkCreateFence(device.handle(), &fenceInfo, nullptr, &fence), "vkCreateFence"); !status)
        return status;
    done = UniqueFence(device.handle(), fence);
    return {};
}

Status OffscreenRenderer::Impl::recordAll(const HeatmapScene &scene)
{
    if (auto status = check(vkResetCommandPool(device.handle(), commandPool.get(), 0), "vkResetCommandPool"); !status)
        return status;
    VkCommandBufferBeginInfo begin{};
    begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
    begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
    if (auto status = check(vkBeginCommandBuffer(commands, &begin), "vkBeginCommandBuffer"); !status)
        return status;
    if (auto status = renderer->prepare(commands, 0, scene); !status)
        return status;

    const VkExtent2D extent = target.image.extent;
    VkRenderPassBeginInfo pass{};
    pass.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO;
    pass.renderPass = renderPass.get();
    pass.framebuffer = target.framebuffer.get();
    pass.renderArea = {{0, 0}, extent};
    vkCmdBeginRenderPass(commands, &pass, VK_SUBPASS_CONTENTS_INLINE);
    renderer->record(commands, 0, scene);
    vkCmdEndRenderPass(commands);

    VkBufferImageCopy copy{};
    copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    copy.imageExtent = {extent.width, extent.height, 1};
    vkCmdCopyImageToBuffer(commands, target.image.image.get(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                           target.pixels.buffer.get(), 1, &copy);
    VkBufferMemoryBarrier barrier{};
    barrier.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER;
    barrier.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
    barrier.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
    barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.buffer = target.pixels.buffer.get();
    barrier.size = VK_WHOLE_SIZE;
    vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 0, nullptr, 1, &barrier, 0,
                         nullptr);
    return check(vkEndCommandBuffer(commands), "vkEndCommandBuffer");
}

Status OffscreenRenderer::Impl::submitAndWait()
{
    VkSubmitInfo submit{};
    submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &commands;
    if (auto status = check(vkQueueSubmit(device.queue(), 1, &submit, done.get()), "vkQueueSubmit"); !status)
        return status;
    const VkFence fence = done.get();
    constexpr auto forever = std::numeric_limits<std::uint64_t>::max();
    if (auto status = check(vkWaitForFences(device.handle(), 1, &fence, VK_TRUE, forever), "vkWaitForFences"); !status)
        return status;
    return check(vkResetFences(device.handle(), 1, &fence), "vkResetFences");
}

OffscreenRenderer::OffscreenRenderer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) { }

OffscreenRenderer::~OffscreenRenderer() = default;

Result<std::unique_ptr<OffscreenRenderer>> OffscreenRenderer::create(const Device &device)
{
    auto impl = std::make_unique<Impl>(device);
    auto renderPass = createRenderPass(device.handle());
    if (!renderPass)
        return fail(renderPass.error());
    impl->renderPass = std::move(*renderPass);
    auto renderer = HeatmapRenderer::create(device, impl->renderPass.get(), 1);
    if (!renderer)
        return fail(renderer.error());
    impl->renderer = std::move(*renderer);
    if (auto status = impl->createCommands(); !status)
        return fail(status.error());
    return std::unique_ptr<OffscreenRenderer>(new OffscreenRenderer(std::move(impl)));
}

Result<Image> OffscreenRenderer::render(const HeatmapScene &scene)
{
    const Camera &camera = scene.camera;
    const auto limit = static_cast<std::int64_t>(m_impl->device.maxImageSide());
    if (camera.width <= 0 || camera.height <= 0)
        return fail(ErrorKind::Usage, "heat map", "the picture has no pixels", "give it a width and a height");
    if (camera.width > limit || camera.height > limit) {
        return fail(ErrorKind::Resource, m_impl->device.name(),
                    "pictures have at most " + std::to_string(limit) + " pixels a side", "ask for a smaller one");
    }
    const VkExtent2D extent{static_cast<std::uint32_t>(camera.width), static_cast<std::uint32_t>(camera.height)};
    const VkExtent2D old = m_impl->target.image.extent;
    if (old.width != extent.width || old.height != extent.height) {
        m_impl->target = {};
        auto target = Target::create(m_impl->device, m_impl->renderPass.get(), extent);
        if (!target)
            return fail(target.error());
        m_impl->target = std::move(*target);
    }
    if (auto status = m_impl->recordAll(scene); !status)
        return fail(status.error());
    if (auto status = m_impl->submitAndWait(); !status)
        return fail(status.error());

    Image image{camera.width, camera.height, {}};
    image.pixels.resize(std::size_t(extent.width) * extent.height);
    std::memcpy(image.pixels.data(), m_impl->target.pixels.data, image.pixels.size() * sizeof(Rgba8));
    return image;
}

Result<Image> renderOffscreen(const Device &device, const HeatmapScene &scene)
{
    auto renderer = OffscreenRenderer::create(device);
    if (!renderer)
        return fail(renderer.error());
    return (*renderer)->render(scene);
}

} // namespace nms::vulkan
