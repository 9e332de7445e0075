// SPDX-License-Identifier: Apache-2.0
// The Vulkan renderer against the painter, with validation on.
#include "gpu/vulkan/offscreen_renderer.h"
#include "tests/render/frame_loop.h"
#include "tests/render/picture.h"
#include "tests/render/scenes.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <limits>

namespace nms::vulkan {

namespace {

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

// The other tests count on it. A mistake that drivers take no notice of must be seen.
TEST(Validation, IsWatching)
{
    const auto device = Device::createHeadless(true);
    ASSERT_TRUE(device) << device.error().line();
    const VkFenceCreateInfo info{VK_STRUCTURE_TYPE_APPLICATION_INFO, nullptr, 0};
    VkFence fence = VK_NULL_HANDLE;
    ASSERT_EQ(vkCreateFence((*device)->handle(), &info, nullptr, &fence), VK_SUCCESS);
    vkDestroyFence((*device)->handle(), fence, nullptr);
    EXPECT_GT((*device)->validationMessages(), 0) << "apt install vulkan-validationlayers";
}

TEST_F(Renderer, EqualsThePainterOnRandomScenes)
{
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        const HeatmapScene scene = test::randomScene(seed);
        EXPECT_TRUE(picturesMatch(render(scene), paintHeatmap(scene), "random-" + std::to_string(seed), 2, 0));
    }
}

TEST_F(Renderer, TwoPicturesOfOneSceneAreTheSame)
{
    const HeatmapScene scene = test::randomScene(7);
    EXPECT_EQ(render(scene).pixels, render(scene).pixels);
    const auto once = renderOffscreen(*m_device, scene);
    ASSERT_TRUE(once) << once.error().line();
    EXPECT_EQ(once->pixels, render(scene).pixels);
}

TEST_F(Renderer, SpecialValuesAndTones)
{
    Matrix<float> values(1, 4);
    values(0, 0) = std::numeric_limits<float>::quiet_NaN();
    values(0, 1) = std::numeric_limits<float>::infinity();
    values(0, 2) = -std::numeric_limits<float>::infinity();
    values(0, 3) = 1;
    HeatmapScene scene = test::sceneOf(std::move(values), 16, 4);
    scene.colors = ColorMapId::MaskTones;
    const Image image = render(scene);
    EXPECT_EQ(pixelAt(image, 1, 1), nanColor);
    EXPECT_EQ(pixelAt(image, 5, 1), positiveInfinityColor);
    EXPECT_EQ(pixelAt(image, 9, 1), negativeInfinityColor);
    EXPECT_EQ(pixelAt(image, 13, 1), colorTable(ColorMapId::MaskTones).back());
}

TEST_F(Renderer, FollowsTheVersionOfAField)
{
    HeatmapScene scene = test::sceneOf(Matrix<float>(8, 8), 16, 16);
    scene.colors = ColorMapId::Gray;
    EXPECT_EQ(pixelAt(render(scene), 3, 3), (Rgba8{0, 0, 0, 255}));
    Matrix<float> ones(8, 8);
    std::fill_n(ones.data(), ones.size(), 1.0f);
    scene.field = test::fieldOf(std::move(ones));
    EXPECT_EQ(pixelAt(render(scene), 3, 3), (Rgba8{255, 255, 255, 255})) << "same size, new content";
    Matrix<float> larger(16, 2);
    std::fill_n(larger.data(), larger.size(), 0.2f);
    scene.field = test::fieldOf(std::move(larger));
    EXPECT_EQ(pixelAt(render(scene), 3, 3), (Rgba8{51, 51, 51, 255})) << "another size";
    scene.field = {};
    EXPECT_EQ(pixelAt(render(scene), 3, 3), scene.theme.background) << "nothing";
}

// 10⁵ columns, 64 pixels a cell: the same picture as at the origin.
TEST_F(Renderer, IsCrispFarFromTheOrigin)
{
    HeatmapScene scene;
    scene.rows = 64;
    scene.cols = 200'000;
    scene.tileSize = 16;
    scene.field = test::fieldOf(test::madeUpWeights(64, 1024, 3));
    scene.colors = ColorMapId::Diverging;
    scene.scale = {-0.5f, 0.5f, false};
    scene.camera = {{32, 500.25}, 64, 640, 320};
    const Image near = render(scene);
    scene.field.col0 = 160'000;
    scene.field.version += 1;
    scene.camera.center.col += 160'000;
    EXPECT_EQ(render(scene).pixels, near.pixels);
}

TEST_F(Renderer, RefusesWhatDoesNotFit)
{
    const auto limit = static_cast<std::int64_t>(m_device->maxImageSide());
    HeatmapScene scene = test::sceneOf(Matrix<float>(2, limit + 1), 32, 32);
    auto image = m_renderer->render(scene);
    ASSERT_FALSE(image);
    EXPECT_EQ(image.error().kind, ErrorKind::Resource);
    EXPECT_THAT(image.error().line(), ::testing::HasSubstr(std::to_string(limit + 1)));

    scene = test::sceneOf(Matrix<float>(2, 2), 32, 32);
    scene.camera.width = static_cast<int>(limit + 1);
    image = m_renderer->render(scene);
    ASSERT_FALSE(image);
    EXPECT_EQ(image.error().kind, ErrorKind::Resource);

    scene.camera.width = 0;
    image = m_renderer->render(scene);
    ASSERT_FALSE(image);
    EXPECT_EQ(image.error().kind, ErrorKind::Usage);

    scene.camera.width = 32;
    EXPECT_TRUE(picturesMatch(render(scene), paintHeatmap(scene), "after-errors", 2, 0)) << "and goes on";
}

// New content, new sizes and nothing at all, while older frames are still being drawn.
TEST_F(Renderer, FramesInFlightKeepTheirOwnContent)
{
    const Device borrowed = Device::borrow(m_device->instance(), m_device->physical(), m_device->handle(), m_device->queue(),
                                           m_device->queueFamily());
    constexpr int frames = 3;
    test::FrameLoop loop(borrowed, 96, 64, frames);
    auto renderer = HeatmapRenderer::create(borrowed, loop.renderPass(), frames);
    ASSERT_TRUE(renderer) << renderer.error().line();
    std::array<HeatmapScene, frames> shown;
    HeatmapScene scene;
    for (int i = 0; i < 60; ++i) {
        const auto slot = static_cast<std::size_t>(i % frames);
        if (i >= frames) {
            EXPECT_TRUE(
                picturesMatch(loop.picture(i % frames), paintHeatmap(shown[slot]), "frame-" + std::to_string(i), 2, 0));
        }
        if (i % 2 == 0) {
            const int side = 40 + i / 8 % 3;
            scene = test::sceneOf(test::madeUpWeights(side, side, std::uint64_t(i)), 96, 64);
        }
        if (i % 7 == 3)
            scene.field = {};
        if (i % 5 == 0)
            scene.tileMap = test::fieldOf(test::madeUpWeights(4, 4, std::uint64_t(i)), 16);
        scene.camera.pixelsPerCell = 1 + i % 6;
        shown[slot] = scene;
        loop.submit(
            i, [&](VkCommandBuffer commands, int frame) { return (*renderer)->prepare(commands, frame, scene); },
            [&](VkCommandBuffer commands, int frame) { (*renderer)->record(commands, frame, scene); });
    }
    loop.finish();
}

TEST_F(Renderer, ClipMakesASplitView)
{
    const HeatmapScene left = test::sceneOf(test::madeUpWeights(32, 32, 1), 64, 64);
    const HeatmapScene right = test::sceneOf(test::madeUpWeights(32, 32, 2), 64, 64);
    test::FrameLoop loop(*m_device, 64, 64, 1);
    auto first = HeatmapRenderer::create(*m_device, loop.renderPass(), 1);
    auto second = HeatmapRenderer::create(*m_device, loop.renderPass(), 1);
    ASSERT_TRUE(first && second);
    loop.submit(
        0,
        [&](VkCommandBuffer commands, int frame) {
            const Status status = (*first)->prepare(commands, frame, left);
            return status ? (*second)->prepare(commands, frame, right) : status;
        },
        [&](VkCommandBuffer commands, int frame) {
            (*first)->record(commands, frame, left);
            (*second)->record(commands, frame, right, VkRect2D{{40, 0}, {24, 64}});
        });
    Image expected = paintHeatmap(left);
    const Image other = paintHeatmap(right);
    for (std::size_t i = 0; i < expected.pixels.size(); ++i)
        if (i % 64 >= 40)
            expected.pixels[i] = other.pixels[i];
    EXPECT_TRUE(picturesMatch(loop.picture(0), expected, "split", 2, 0));
}

} // namespace nms::vulkan
