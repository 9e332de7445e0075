// SPDX-License-Identifier: Apache-2.0
// Draws a HeatmapScene with Vulkan: one code path for the window and for off-screen images.
#pragma once

#include "core/base/result.h"
#include "core/view/heatmap_scene.h"
#include "gpu/vulkan/device.h"

#include <memory>
#include <optional>

namespace nms::vulkan {

/// Used by one thread at a time (the window's render thread, or the caller when off-screen).
class HeatmapRenderer
{
public:
    /// Pipelines for `renderPass` (subpass 0, one colour attachment, one sample); framesInFlight ≥ 1 frames may be pending.
    static Result<std::unique_ptr<HeatmapRenderer>> create(const Device &device, VkRenderPass renderPass,
                                                           int framesInFlight);
    ~HeatmapRenderer(); // only after the GPU has finished all its frames

    /// Uploads what changed since the last call. Call it outside a render pass, before record(); `frame` in [0,
    /// framesInFlight) is a frame that the GPU has finished. All frames are submitted to one queue. A field whose side
    /// exceeds the device's image limit is a Resource error, a viewport without pixels a Usage error.
    Status prepare(VkCommandBuffer commands, int frame, const HeatmapScene &scene);

    /// Call it inside the render pass: draws the whole viewport of scene.camera at the top left of the attachment. `scene`
    /// is the one passed to prepare() for this frame; if that failed, nothing is drawn. Pixels outside `clip` are left
    /// unchanged: two renderers with one camera make a split view.
    void record(VkCommandBuffer commands, int frame, const HeatmapScene &scene,
                const std::optional<VkRect2D> &clip = std::nullopt);

    /// The device whose memory is read in place (HeatmapField::onDevice); none if that is impossible: values are then copied
    /// from the host.
    const std::optional<DeviceId> &sharesWith() const;

private:
    struct Impl;
    explicit HeatmapRenderer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

/// Renders into an image of scene.camera's size and reads it back (RGBA8, UNORM). For more than one picture keep an
/// OffscreenRenderer.
Result<Image> renderOffscreen(const Device &device, const HeatmapScene &scene);

} // namespace nms::vulkan
