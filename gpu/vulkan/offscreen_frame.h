// SPDX-License-Identifier: Apache-2.0
// A picture in its own image, with the commands that draw it and the host memory into which it is read back.
#pragma once

#include "core/view/heatmap_scene.h"
#include "gpu/vulkan/resources.h"

#include <functional>

namespace nms::vulkan {

/// The render pass for off-screen pictures, RGBA8. It clears nothing, as every pixel is drawn, and leaves the image in the
/// layout for copying.
Result<UniqueRenderPass> createOffscreenPass(const Device &device);

/// One thread at a time, which also has exclusive use of the device's queue during submit(). The device and the render pass
/// must outlive it; everything used for drawing must live until wait() returns.
class OffscreenFrame
{
public:
    static Result<OffscreenFrame> create(const Device &device, VkRenderPass renderPass, VkExtent2D extent);

    VkExtent2D extent() const { return m_image.extent; }

    /// Records `prepare`, then `record` inside the render pass, then the copy to the host, and submits them without waiting
    /// for the GPU. wait() must have been called for the previous picture.
    Status submit(const std::function<Status(VkCommandBuffer)> &prepare, const std::function<void(VkCommandBuffer)> &record);

    /// Blocks until the last submission has finished; returns immediately if there was none.
    Status wait();

    /// The picture of the last submission; call it after wait().
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
