// SPDX-License-Identifier: Apache-2.0
// What a window does around HeatmapRenderer, without a window: several frames pending at once, never waiting in between.
#pragma once

#include "gpu/vulkan/offscreen_frame.h"

#include <vector>

namespace nms::test {

class FrameLoop
{
public:
    FrameLoop(const vulkan::Device &device, int width, int height, int framesInFlight);

    VkRenderPass renderPass() const { return m_renderPass.get(); }

    /// Waits until frame number `index % framesInFlight` is free, then records and submits.
    void submit(int index, const std::function<Status(VkCommandBuffer, int frame)> &prepare,
                const std::function<void(VkCommandBuffer, int frame)> &record);

    /// Waits for all frames: before what they use is destroyed.
    void finish();

    /// The picture of the last submission of that frame.
    Image picture(int frame);

private:
    vulkan::UniqueRenderPass m_renderPass;
    std::vector<vulkan::OffscreenFrame> m_frames;
};

} // namespace nms::test
