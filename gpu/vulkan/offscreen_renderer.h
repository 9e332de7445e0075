// SPDX-License-Identifier: Apache-2.0
// Runs HeatmapRenderer on its own image and reads it back: for the command line, tests and videos.
#pragma once

#include "gpu/vulkan/heatmap_renderer.h"

namespace nms::vulkan {

/// One thread at a time, which also has exclusive use of the device's queue during render(). The device must outlive it.
class OffscreenRenderer
{
public:
    static Result<std::unique_ptr<OffscreenRenderer>> create(const Device &device);
    ~OffscreenRenderer();

    /// Draws, waits, and returns RGBA8 of scene.camera's size. A size beyond the device's image limit is a Resource error.
    Result<Image> render(const HeatmapScene &scene);

private:
    struct Impl;
    explicit OffscreenRenderer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace nms::vulkan
