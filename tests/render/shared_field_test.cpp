// SPDX-License-Identifier: Apache-2.0
// Fields drawn from memory that somebody else made, with validation on: the same pixels as over the host, up to a live solve
// that writes its plans where they are drawn.
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "gpu/cuda/warp_live.h"
#include "gpu/vulkan/offscreen_renderer.h"
#include "gpu/vulkan/shared_imports.h"
#include "tests/render/exporting_queue.h"
#include "tests/render/frame_loop.h"
#include "tests/render/picture.h"
#include "tests/render/scenes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace nms::vulkan {
namespace {

using test::ExportedMemory;
using test::picturesMatch;

class SharedField : public testing::Test
{
protected:
    void SetUp() override
    {
        auto device = Device::createHeadless(true);
        auto other = Device::createHeadless(true);
        ASSERT_TRUE(device && other);
        m_device = std::move(*device);
        m_maker = std::move(*other);
        auto renderer = OffscreenRenderer::create(*m_device);
        ASSERT_TRUE(renderer) << renderer.error().line();
        m_renderer = std::move(*renderer);
        if (const auto memory = ExportedMemory::create(m_maker, 64); !memory)
            GTEST_SKIP() << memory.error().line();
    }
    void TearDown() override
    {
        m_renderer.reset();
        ASSERT_TRUE(m_device && m_maker);
        EXPECT_EQ(m_device->validationMessages(), 0);
        EXPECT_EQ(m_maker->validationMessages(), 0);
    }

    std::shared_ptr<ExportedMemory> memoryOf(std::int64_t bytes) const { return *ExportedMemory::create(m_maker, bytes); }
    std::shared_ptr<ExportedMemory> moved(HeatmapField &field) const
    {
        const Matrix<float> &values = *field.values;
        auto memory = memoryOf(std::max<std::int64_t>(1, values.size()) * std::int64_t(sizeof(float)));
        std::copy_n(values.data(), values.size(), memory->data());
        field.onDevice = std::make_shared<DeviceMatrix>(memory, values.rows(), values.cols());
        field.values.reset();
        return memory;
    }
    Image render(const HeatmapScene &scene)
    {
        auto image = m_renderer->render(scene);
        EXPECT_TRUE(image) << image.error().line();
        return image ? *image : Image{};
    }

    std::unique_ptr<Device> m_device;
    std::shared_ptr<Device> m_maker;
    std::unique_ptr<OffscreenRenderer> m_renderer;
};

TEST_F(SharedField, isDrawnFromWhereItLies)
{
    int drawn = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        HeatmapScene scene = test::randomScene(seed);
        const Image wanted = render(scene);
        std::vector<std::shared_ptr<ExportedMemory>> memories;
        for (HeatmapField *field : {&scene.field, &scene.tileMap})
            if (field->values)
                memories.push_back(moved(*field));
        EXPECT_EQ(render(scene).pixels, wanted.pixels) << seed;
        for (const auto &memory : memories)
            EXPECT_EQ(memory->reads(), 0) << "went over the host";
        drawn += int(memories.size());
        EXPECT_TRUE(picturesMatch(paintHeatmap(scene), wanted, "shared-" + std::to_string(seed), 2, 0));
    }
    EXPECT_GT(drawn, 60);
}

TEST_F(SharedField, isOpenedOnceAndFollowed)
{
    HeatmapScene scene = test::sceneOf(test::madeUpWeights(16, 16, 1), 64, 64);
    const auto memory = moved(scene.field);
    for (std::uint64_t seed = 1; seed < 5; ++seed) { // what a solver's turns look like
        const Matrix<float> values = test::madeUpWeights(16, 16, seed);
        std::copy_n(values.data(), values.size(), memory->data());
        scene.field.onDevice = std::make_shared<DeviceMatrix>(memory, 16, 16);
        ++scene.field.version;
        HeatmapScene onHost = scene;
        onHost.field.onDevice.reset();
        onHost.field.values = std::make_shared<Matrix<float>>(values);
        EXPECT_TRUE(picturesMatch(render(scene), paintHeatmap(onHost), "followed-" + std::to_string(seed), 2, 0));
    }
    EXPECT_EQ(memory->handlesOpened(), 1);
    EXPECT_EQ(memory->reads(), 0);
}

TEST_F(SharedField, comesOverTheHostFromElsewhere)
{
    HeatmapScene scene = test::sceneOf(test::madeUpWeights(16, 16, 3), 64, 64);
    const Image wanted = render(scene);
    const auto memory = moved(scene.field);
    memory->claimToBeOn(test::anotherDevice);
    EXPECT_EQ(render(scene).pixels, wanted.pixels);
    EXPECT_EQ(memory->handlesOpened(), 0);
    EXPECT_EQ(memory->reads(), 1);
}

TEST_F(SharedField, isNotOpenedAgainAfterAFailure)
{
    HeatmapScene scene = test::sceneOf(test::madeUpWeights(16, 16, 3), 64, 64);
    const Image wanted = render(scene);
    auto memory = moved(scene.field);
    memory->keepHandles();
    EXPECT_EQ(render(scene).pixels, wanted.pixels) << "nobody sees the difference";
    EXPECT_EQ(memory->handlesOpened(), 1);
    ++scene.field.version;
    EXPECT_EQ(render(scene).pixels, wanted.pixels);
    EXPECT_EQ(memory->handlesOpened(), 1);
    EXPECT_EQ(memory->reads(), 1);
}

TEST_F(SharedField, importsAreSharedAndClosed)
{
    SharedImports imports(*m_device);
    ASSERT_TRUE(imports.device());
    auto memory = memoryOf(1000);
    EXPECT_EQ(imports.device(), memory->device());
    std::weak_ptr<const ImportedBuffer> first = imports.open(memory);
    ASSERT_FALSE(first.expired());
    EXPECT_EQ(imports.open(memory), first.lock());
    const auto other = memoryOf(5000);
    EXPECT_NE(imports.open(other), first.lock());
    imports.closeUnused();
    EXPECT_FALSE(first.expired());
    memory.reset();
    imports.closeUnused();
    EXPECT_TRUE(first.expired());

    other->keepHandles();
    EXPECT_TRUE(imports.open(other)) << "it is open";
    const auto closed = memoryOf(100);
    closed->keepHandles();
    EXPECT_FALSE(imports.open(closed));
    EXPECT_FALSE(imports.device());
    EXPECT_FALSE(imports.open(other)) << "over the host from now on";
}

/// As on drivers that are older than sharing.
TEST(SharedFieldWithoutExtensions, opensNothing)
{
    VkApplicationInfo application{};
    application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
    application.apiVersion = VK_API_VERSION_1_0;
    VkInstanceCreateInfo instanceInfo{};
    instanceInfo.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
    instanceInfo.pApplicationInfo = &application;
    VkInstance instance = VK_NULL_HANDLE;
    ASSERT_EQ(vkCreateInstance(&instanceInfo, nullptr, &instance), VK_SUCCESS);
    std::uint32_t count = 1;
    VkPhysicalDevice physical = VK_NULL_HANDLE;
    ASSERT_GE(vkEnumeratePhysicalDevices(instance, &count, &physical), VK_SUCCESS);
    const float priority = 1;
    VkDeviceQueueCreateInfo queueInfo{};
    queueInfo.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
    queueInfo.queueCount = 1;
    queueInfo.pQueuePriorities = &priority;
    VkDeviceCreateInfo deviceInfo{};
    deviceInfo.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
    deviceInfo.queueCreateInfoCount = 1;
    deviceInfo.pQueueCreateInfos = &queueInfo;
    VkDevice device = VK_NULL_HANDLE;
    ASSERT_EQ(vkCreateDevice(physical, &deviceInfo, nullptr, &device), VK_SUCCESS);
    {
        VkQueue queue = VK_NULL_HANDLE;
        vkGetDeviceQueue(device, 0, 0, &queue);
        const Device borrowed = Device::borrow(instance, physical, device, queue, 0);
        EXPECT_FALSE(SharedImports(borrowed).device());
    }
    vkDestroyDevice(device, nullptr);
    vkDestroyInstance(instance, nullptr);
}

/// Frame by frame, three of them pending, every snapshot let go as soon as it is on its way: what a frame reads must not be
/// written again before it is over.
TEST_F(SharedField, aLiveSolveWritesWhereItIsDrawn)
{
    constexpr int frames = 3;
    const DeviceId id = memoryOf(64)->device();
    Matrix<float> scores = test::madeUpWeights(96, 95, 8);
    std::for_each_n(scores.data(), scores.size(), [](float &score) { score = std::abs(score); });
    SolveOptions options;
    options.method = Method::Dykstra;
    options.pattern = {4, 8};
    const auto start = [&](std::unique_ptr<warp::Queue> solving) {
        return *warp::makeWarpLive("fake", std::move(solving), warp::makeHostQueue(1, test::enough), scores, options, {});
    };
    const auto live = start(std::make_unique<test::ExportingQueue>(m_maker, id));
    const auto plain = start(warp::makeHostQueue(1, test::enough));

    test::FrameLoop loop(*m_device, 96, 64, frames);
    auto renderer = HeatmapRenderer::create(*m_device, loop.renderPass(), frames);
    ASSERT_TRUE(renderer) << renderer.error().line();
    ASSERT_EQ((*renderer)->sharesWith(), id);
    live->setViewer((*renderer)->sharesWith());

    std::array<HeatmapScene, frames> shown; // the same over the host
    std::array<std::weak_ptr<const DeviceMatrix>, frames> underWay;
    std::vector<IterationStats> stats;
    for (int i = 0; i < 40; ++i) {
        const auto slot = std::size_t(i % frames);
        if (i >= frames) {
            EXPECT_FALSE(underWay[slot].expired()) << "it may be written while the frame reads it";
            EXPECT_TRUE(
                picturesMatch(loop.picture(i % frames), paintHeatmap(shown[slot]), "live-" + std::to_string(i), 2, 0));
        }
        ASSERT_TRUE(live->advance(1, {}, stats) && plain->advance(1, {}, stats));
        const TileRegion region{0, i % 3, 12, 12};
        Snapshot seen;
        Snapshot wanted;
        ASSERT_TRUE(live->capture(region, seen) && plain->capture(region, wanted));
        ASSERT_TRUE(seen.plan.onDevice());
        HeatmapScene scene = test::sceneOf(std::move(wanted.plan.host()), 96, 64);
        scene.field.version = std::uint64_t(i) + 1;
        shown[slot] = scene;
        scene.field.values.reset();
        scene.field.onDevice = seen.plan.onDevice();
        underWay[slot] = scene.field.onDevice;
        loop.submit(
            i, [&](VkCommandBuffer commands, int frame) { return (*renderer)->prepare(commands, frame, scene); },
            [&](VkCommandBuffer commands, int frame) { (*renderer)->record(commands, frame, scene); });
    }
    loop.finish();
}

} // namespace
} // namespace nms::vulkan
