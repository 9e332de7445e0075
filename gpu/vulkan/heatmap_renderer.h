// SPDX-License-Identifier: Apache-2.0
// Draws a HeatmapScene with Vulkan: one code path for the window and for off-screen images.
#pragma once

#include "core/base/result.h"
#include "core/view/heatmap_scene.h"
#include "gpu/vulkan/device.h"

#include <memory>

namespace nms::vulkan {

/// Used by one thread at a time (the window's render thread, or the caller off-screen).
class HeatmapRenderer
{
public:
    /// Pipelines for `renderPass` (subpass 0, one colour attachment, one sample); framesInFlight ≥ 1 frames may be pending.
    static Result<std::unique_ptr<HeatmapRenderer>> create(const Device &device, VkRenderPass renderPass,
                                                           int framesInFlight);
    ~HeatmapRenderer();

    /// Uploads what changed since the last call. Outside a render pass, before record(); `frame` in [0, framesInFlight) is a
    /// frame that the GPU has finished. A field whose side exceeds the device's image limit is a Resource error.
    Status prepare(VkCommandBuffer commands, int frame, const HeatmapScene &scene);

    /// Inside the render pass: draws the whole viewport of scene.camera.
    void record(VkCommandBuffer commands, int frame, const HeatmapScene &scene);

private:
    struct Impl;
    explicit HeatmapRenderer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

/// Renders into an image of scene.camera's size and reads it back (RGBA8, UNORM).
Result<Image> renderOffscreen(const Device &device, const HeatmapScene &scene);

} // namespace nms::vulkan
