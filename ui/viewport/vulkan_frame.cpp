// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/vulkan_frame.h"

#include "ui/overlay/imgui_vulkan.h"

#include <QVulkanDeviceFunctions>

#include <algorithm>
#include <array>
#include <utility>

namespace nms {

namespace {

Status checked(VkResult result, const char *what)
{
    if (result == VK_SUCCESS)
        return {};
    return fail(ErrorKind::Device, "Vulkan", std::string(what) + " returned " + std::to_string(int(result)),
                "update the graphics driver, or start with NMS_NO_VULKAN=1");
}

} // namespace

void VulkanFrame::initResources()
{
    m_device.emplace(vulkan::Device::borrow(m_window.vulkanInstance()->vkInstance(), m_window.physicalDevice(),
                                            m_window.device(), m_window.graphicsQueue(),
                                            m_window.graphicsQueueFamilyIndex()));
    auto heatmap = vulkan::HeatmapRenderer::create(*m_device, m_window.defaultRenderPass(), m_window.concurrentFrameCount());
    if (!heatmap) {
        m_fail(QString::fromStdString(heatmap.error().line()));
        return;
    }
    m_heatmap = std::move(*heatmap);
    if (const Status status = initOverlay(); !status)
        m_fail(QString::fromStdString(status.error().line()));
}

Status VulkanFrame::initOverlay()
{
    m_stage.overlay().makeCurrent();
    m_fontsVersion = m_stage.overlay().fontsVersion();
    // One descriptor: the only texture of the overlay is its font atlas.
    const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 1};
    VkDescriptorPoolCreateInfo pool{};
    pool.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
    pool.flags = VK_DESCRIPTOR_POOL_CREATE_FREE_DESCRIPTOR_SET_BIT;
    pool.maxSets = 1;
    pool.poolSizeCount = 1;
    pool.pPoolSizes = &size;
    if (const Status status =
            checked(vkCreateDescriptorPool(m_window.device(), &pool, nullptr, &m_pool), "vkCreateDescriptorPool");
        !status)
        return status;

    ImGui_ImplVulkan_InitInfo info{};
    info.Instance = m_device->instance();
    info.PhysicalDevice = m_device->physical();
    info.Device = m_device->handle();
    info.QueueFamily = m_device->queueFamily();
    info.Queue = m_device->queue();
    info.DescriptorPool = m_pool;
    // Number of ImGui's vertex buffers: more than frames in flight, so that none is overwritten while it is read.
    info.MinImageCount = QVulkanWindow::MAX_CONCURRENT_FRAME_COUNT;
    info.ImageCount = QVulkanWindow::MAX_CONCURRENT_FRAME_COUNT;
    info.MSAASamples = VK_SAMPLE_COUNT_1_BIT;
    m_overlayReady = overlay::startVulkan(info, m_window.defaultRenderPass());
    if (!m_overlayReady)
        return fail(ErrorKind::Device, "Vulkan", "Dear ImGui's renderer did not start", "start with NMS_NO_VULKAN=1");
    return checked(overlay::uploadFonts(m_window.device(), m_window.graphicsQueue(), m_window.graphicsCommandPool()),
                   "uploading the fonts");
}

void VulkanFrame::endOverlay()
{
    m_stage.overlay().makeCurrent();
    if (std::exchange(m_overlayReady, false))
        ImGui_ImplVulkan_Shutdown();
    if (m_pool != VK_NULL_HANDLE)
        vkDestroyDescriptorPool(m_window.device(), std::exchange(m_pool, VK_NULL_HANDLE), nullptr);
}

/// Starts ImGui's renderer again if the overlay has another font atlas: not all of its versions can replace one.
bool VulkanFrame::refreshFonts()
{
    if (m_fontsVersion == m_stage.overlay().fontsVersion())
        return true;
    vkDeviceWaitIdle(m_window.device());
    endOverlay();
    const Status status = initOverlay();
    if (!status)
        m_fail(QString::fromStdString(status.error().line()));
    return bool(status);
}

void VulkanFrame::waitForTurn()
{
    FrameSlot &frame = m_slots[std::size_t(m_nextSlot)];
    if (!frame.pending)
        return;
    vkWaitForFences(m_device->handle(), 1, &frame.done, VK_TRUE, UINT64_MAX); // the frame itself reports a lost device
    vkResetFences(m_device->handle(), 1, &frame.done);
    frame.pending = false;
}

void VulkanFrame::endFrame(int slot)
{
    m_window.frameReady(); // submits
    if (!m_device)
        return; // the device was lost
    m_nextSlot = slot;
    waitForTurn(); // a frame of an earlier swapchain, long finished
    FrameSlot &frame = m_slots[std::size_t(slot)];
    const VkFenceCreateInfo info{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr, 0};
    if (frame.done != VK_NULL_HANDLE || vkCreateFence(m_device->handle(), &info, nullptr, &frame.done) == VK_SUCCESS)
        frame.pending = vkQueueSubmit(m_device->queue(), 0, nullptr, frame.done) == VK_SUCCESS;
    m_nextSlot = (slot + 1) % m_window.concurrentFrameCount();
}

void VulkanFrame::releaseResources()
{
    for (FrameSlot &frame : m_slots)
        vkDestroyFence(m_window.device(), std::exchange(frame.done, VK_NULL_HANDLE), nullptr);
    m_slots = {};
    m_nextSlot = 0;
    endOverlay();
    m_stage.setViewerDevice(std::nullopt);
    m_heatmap.reset();
    m_second.reset();
    m_device.reset();
}

void VulkanFrame::physicalDeviceLost()
{
    m_fail(QStringLiteral("The graphics device was removed; drawing goes on without Vulkan."));
}

void VulkanFrame::logicalDeviceLost()
{
    m_fail(QStringLiteral("The graphics driver lost the device; drawing goes on without Vulkan."));
}

Status VulkanFrame::prepareSecond(VkCommandBuffer commands, int frame)
{
    const std::optional<SecondScene> &second = m_stage.secondScene();
    if (!second)
        return {};
    if (!m_second) {
        auto made =
            vulkan::HeatmapRenderer::create(*m_device, m_window.defaultRenderPass(), m_window.concurrentFrameCount());
        if (!made)
            return fail(made.error());
        m_second = std::move(*made);
    }
    return m_second->prepare(commands, frame, second->scene);
}

void VulkanFrame::startNextFrame()
{
    if (!m_heatmap || !m_overlayReady || !refreshFonts()) {
        endFrame(m_window.currentFrame());
        return;
    }
    const QSize size = m_window.swapChainImageSize();
    const HeatmapScene scene = m_stage.frame(size.width(), size.height());
    const VkCommandBuffer commands = m_window.currentCommandBuffer();
    const int frame = m_window.currentFrame();
    Status prepared = m_heatmap->prepare(commands, frame, scene);
    if (prepared)
        prepared = prepareSecond(commands, frame);
    m_stage.setViewerDevice(m_heatmap->sharesWith()); // known only after trying to import memory

    const Rgba8 &background = scene.theme.background;
    std::array<VkClearValue, 2> clear{}; // colour, depth
    clear[0].color = {{float(background.r) / 255, float(background.g) / 255, float(background.b) / 255, 1}};
    clear[1].depthStencil = {1, 0};
    VkRenderPassBeginInfo begin{};
    begin.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO;
    begin.renderPass = m_window.defaultRenderPass();
    begin.framebuffer = m_window.currentFramebuffer();
    begin.renderArea.extent = {std::uint32_t(size.width()), std::uint32_t(size.height())};
    begin.clearValueCount = clear.size();
    begin.pClearValues = clear.data();
    vkCmdBeginRenderPass(commands, &begin, VK_SUBPASS_CONTENTS_INLINE);
    const std::optional<SecondScene> &second = m_stage.secondScene();
    if (prepared && second) {
        const auto column = std::uint32_t(std::clamp(second->firstColumn, 0, size.width()));
        const std::uint32_t width = std::uint32_t(size.width()), height = std::uint32_t(size.height());
        m_heatmap->record(commands, frame, scene, VkRect2D{{0, 0}, {column, height}});
        m_second->record(commands, frame, second->scene, VkRect2D{{std::int32_t(column), 0}, {width - column, height}});
    } else if (prepared) {
        m_heatmap->record(commands, frame, scene);
    }
    ImGui_ImplVulkan_RenderDrawData(m_stage.overlay().drawData(), commands);
    vkCmdEndRenderPass(commands);
    endFrame(frame);
    if (!prepared)
        m_fail(QString::fromStdString(prepared.error().line()));
}

} // namespace nms
