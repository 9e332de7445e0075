// SPDX-License-Identifier: Apache-2.0
#include "gpu/vulkan/offscreen_renderer.h"

#include "gpu/vulkan/offscreen_frame.h"

#include <optional>
#include <string>

namespace nms::vulkan {

struct OffscreenRenderer::Impl {
    explicit Impl(const Device &lent) : device(lent) { }

    const Device &device;
    UniqueRenderPass renderPass;
    std::unique_ptr<HeatmapRenderer> renderer;
    std::optional<OffscreenFrame> frame; // has the size of the last picture
};

OffscreenRenderer::OffscreenRenderer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) { }

OffscreenRenderer::~OffscreenRenderer() = default;

Result<std::unique_ptr<OffscreenRenderer>> OffscreenRenderer::create(const Device &device)
{
    auto impl = std::make_unique<Impl>(device);
    auto renderPass = createOffscreenPass(device);
    if (!renderPass)
        return fail(renderPass.error());
    impl->renderPass = std::move(*renderPass);
    auto renderer = HeatmapRenderer::create(device, impl->renderPass.get(), 1);
    if (!renderer)
        return fail(renderer.error());
    impl->renderer = std::move(*renderer);
    return std::unique_ptr<OffscreenRenderer>(new OffscreenRenderer(std::move(impl)));
}

Result<Image> OffscreenRenderer::render(const HeatmapScene &scene)
{
    const Camera &camera = scene.camera;
    const auto limit = static_cast<std::int64_t>(m_impl->device.maxImageSide());
    if (camera.width <= 0 || camera.height <= 0)
        return fail(ErrorKind::Usage, "heat map", "the picture has no pixels", "give it a width and a height");
    if (camera.width > limit || camera.height > limit) {
        return fail(ErrorKind::Resource, m_impl->device.name(),
                    "pictures have at most " + std::to_string(limit) + " pixels a side", "ask for a smaller one");
    }
    const VkExtent2D extent{static_cast<std::uint32_t>(camera.width), static_cast<std::uint32_t>(camera.height)};
    std::optional<OffscreenFrame> &frame = m_impl->frame;
    if (!frame || frame->extent().width != extent.width || frame->extent().height != extent.height) {
        frame.reset(); // frees its memory first: two large pictures may not fit
        auto made = OffscreenFrame::create(m_impl->device, m_impl->renderPass.get(), extent);
        if (!made)
            return fail(made.error());
        frame = std::move(*made);
    }
    HeatmapRenderer &renderer = *m_impl->renderer;
    const auto prepare = [&](VkCommandBuffer commands) {
        return renderer.prepare(commands, 0, scene);
    };
    const auto record = [&](VkCommandBuffer commands) {
        renderer.record(commands, 0, scene);
    };
    if (auto status = frame->submit(prepare, record); !status)
        return fail(status.error());
    if (auto status = frame->wait(); !status)
        return fail(status.error());
    return frame->picture();
}

Result<Image> renderOffscreen(const Device &device, const HeatmapScene &scene)
{
    auto renderer = OffscreenRenderer::create(device);
    if (!renderer)
        return fail(renderer.error());
    return (*renderer)->render(scene);
}

} // namespace nms::vulkan
