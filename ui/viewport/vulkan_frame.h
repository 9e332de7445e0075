// SPDX-License-Identifier: Apache-2.0
// What the Vulkan window calls when it wants a frame.
#pragma once

#include "ui/viewport/vulkan_viewport.h"

#include "core/base/result.h"
#include "gpu/vulkan/device.h"
#include "gpu/vulkan/heatmap_renderer.h"

#include <memory>
#include <optional>

namespace nms {

class VulkanFrame : public QVulkanWindowRenderer
{
public:
    explicit VulkanFrame(VulkanViewport &window) : m_window(window) { }

    void initResources() override;
    void releaseResources() override;
    void physicalDeviceLost() override;
    void logicalDeviceLost() override;
    void startNextFrame() override;

private:
    Status initOverlay();

    VulkanViewport &m_window;
    std::optional<vulkan::Device> m_device;
    std::unique_ptr<vulkan::HeatmapRenderer> m_heatmap;
    VkDescriptorPool m_pool = VK_NULL_HANDLE;
    bool m_overlayReady = false;
};

} // namespace nms
