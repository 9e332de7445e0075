// SPDX-License-Identifier: Apache-2.0
// Renderer of the Vulkan window: draws a frame on request.
#pragma once

#include <vulkan/vulkan.h> // before Qt's own headers

#include "core/base/result.h"
#include "gpu/vulkan/device.h"
#include "gpu/vulkan/heatmap_renderer.h"
#include "ui/viewport/viewport_stage.h"

#include <QVulkanWindow>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace nms {

class VulkanFrame : public QVulkanWindowRenderer
{
public:
    using OnFailure = std::function<void(const QString &reason)>;

    /// `fail` is called, from within a frame, if drawing cannot continue.
    VulkanFrame(QVulkanWindow &window, ViewportStage &stage, OnFailure fail)
        : m_window(window), m_stage(stage), m_fail(std::move(fail))
    { }

    void initResources() override;
    void releaseResources() override;
    void physicalDeviceLost() override;
    void logicalDeviceLost() override;
    void startNextFrame() override;

    /// Called before each frame: blocks until the device has finished the previous frame of the same slot (its semaphores
    /// belong to Qt, its buffers to this class). QVulkanWindow should guarantee that, but it only waits for the swapchain
    /// image, and there may be more images than slots.
    void waitForTurn();

private:
    Status initOverlay();
    void endOverlay();
    bool refreshFonts(); // false after a failure
    Status prepareSecond(VkCommandBuffer commands, int frame);
    void endFrame(int slot);

    struct FrameSlot {
        VkFence done = VK_NULL_HANDLE;
        bool pending = false;
    };

    QVulkanWindow &m_window;
    ViewportStage &m_stage;
    const OnFailure m_fail;
    std::optional<vulkan::Device> m_device;
    std::unique_ptr<vulkan::HeatmapRenderer> m_heatmap;
    std::unique_ptr<vulkan::HeatmapRenderer> m_second; // of the second scene; made when it is needed first
    VkDescriptorPool m_pool = VK_NULL_HANDLE;
    bool m_overlayReady = false;
    int m_fontsVersion = 0; // that the device has
    std::array<FrameSlot, QVulkanWindow::MAX_CONCURRENT_FRAME_COUNT> m_slots;
    int m_nextSlot = 0;
};

} // namespace nms
