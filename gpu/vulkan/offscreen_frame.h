// SPDX-License-Identifier: Apache-2.0
// A picture in an image of its own, with the commands that draw it and the memory it is read back into.
#pragma once

#include "core/view/heatmap_scene.h"
#include "gpu/vulkan/resources.h"

#include <functional>

namespace nms::vulkan {

/// The render pass of such pictures, RGBA8. It clears nothing (every pixel is drawn) and leaves the image ready to be
/// copied.
Result<UniqueRenderPass> createOffscreenPass(const Device &device);

/// One thread at a time, which also has the device's queue to itself during submit(). The device and the render pass must
/// outlive it, and so must everything drawn with, until wait().
class OffscreenFrame
{
public:
    static Result<OffscreenFrame> create(const Device &device, VkRenderPass renderPass, VkExtent2D extent);

    VkExtent2D extent() const { return m_image.extent; }

    /// Records `prepare`, then `record` inside the render pass, then the copy to the host, and submits them without waiting
    /// for the GPU. The last picture must have been waited for.
    Status submit(const std::function<Status(VkCommandBuffer)> &prepare, const std::function<void(VkCommandBuffer)> &record);

    /// Until what was submitted last is drawn; at once where nothing was.
    Status wait();

    /// What was submitted last, after wait().
    Image picture() const;

private:
    OffscreenFrame(const Device &device, VkRenderPass renderPass) : m_device(&device), m_renderPass(renderPass) { }
    Status createTarget(VkExtent2D extent);
    Status createCommands();
    void recordCopy();

    const Device *m_device;
    VkRenderPass m_renderPass;
    DeviceImage m_image;
    UniqueFramebuffer m_framebuffer;
    MappedBuffer m_pixels;
    UniqueCommandPool m_commandPool;
    VkCommandBuffer m_commands = VK_NULL_HANDLE;
    UniqueFence m_done;
    bool m_pending = false;
};

} // namespace nms::vulkan
