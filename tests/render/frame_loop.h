// SPDX-License-Identifier: Apache-2.0
// What a window does around HeatmapRenderer, without a window: several frames pending at once, never waiting in between.
#pragma once

#include "core/view/heatmap_scene.h"
#include "gpu/vulkan/resources.h"

#include <functional>
#include <vector>

namespace nms::test {

class FrameLoop
{
public:
    FrameLoop(const vulkan::Device &device, int width, int height, int framesInFlight);

    VkRenderPass renderPass() const { return m_renderPass.get(); }

    /// Waits until frame number `index % framesInFlight` is free, then records and submits.
    void submit(int index, const std::function<void(VkCommandBuffer, int frame)> &prepare,
                const std::function<void(VkCommandBuffer, int frame)> &record);

    /// Waits for all frames: before what they use is destroyed.
    void finish();

    /// The picture of the last submission of that frame.
    Image picture(int frame);

private:
    struct Slot {
        vulkan::DeviceImage image;
        vulkan::UniqueFramebuffer framebuffer;
        vulkan::HostBuffer pixels;
        vulkan::UniqueCommandPool pool;
        vulkan::UniqueFence done;
        VkCommandBuffer commands = VK_NULL_HANDLE;
        bool pending = false;
    };
    void createRenderPass();
    void createSlot(Slot &slot);
    void wait(Slot &slot);

    const vulkan::Device &m_device;
    VkExtent2D m_extent;
    vulkan::UniqueRenderPass m_renderPass;
    std::vector<Slot> m_slots;
};

} // namespace nms::test
