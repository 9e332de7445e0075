// SPDX-License-Identifier: Apache-2.0
// The Vulkan renderer against the painter, with validation on.
#include "gpu/vulkan/offscreen_renderer.h"
#include "tests/render/picture.h"
#include "tests/render/scenes.h"

#include <gmock/gmock.h>

namespace nms::vulkan {

namespace {

using test::matchesGolden;
using test::picturesMatch;
using test::pixelAt;

class Renderer : public ::testing::Test
{
protected:
    void SetUp() override
    {
        auto device = Device::createHeadless(true);
        ASSERT_TRUE(device) << device.error().line();
        m_device = std::move(*device);
        auto renderer = OffscreenRenderer::create(*m_device);
        ASSERT_TRUE(renderer) << renderer.error().line();
        m_renderer = std::move(*renderer);
    }

    void TearDown() override
    {
        m_renderer.reset();
        if (m_device) {
            EXPECT_EQ(m_device->validationMessages(), 0);
        }
    }

    Image render(const HeatmapScene &scene)
    {
        auto image = m_renderer->render(scene);
        EXPECT_TRUE(image) << image.error().line();
        return image ? *image : Image{};
    }

    std::unique_ptr<Device> m_device;
    std::unique_ptr<OffscreenRenderer> m_renderer;
};

} // namespace

TEST_F(Renderer, EqualsThePainterOnRandomScenes)
{
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        const HeatmapScene scene = test::randomScene(seed);
        EXPECT_TRUE(picturesMatch(render(scene), paintHeatmap(scene), "random-" + std::to_string(seed), 2, 0));
    }
}

} // namespace nms::vulkan
