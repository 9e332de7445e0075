// SPDX-License-Identifier: Apache-2.0
// Whole pictures of the sample weights, by the renderer, against the painter and against PNG files.
#include "core/io/weights_file.h"
#include "core/tensor/row_panels.h"
#include "gpu/vulkan/offscreen_renderer.h"
#include "tests/render/picture.h"
#include "tests/render/scenes.h"

#include <cmath>
#include <limits>

namespace nms::vulkan {

namespace {

constexpr int width = 320;
constexpr int height = 200;
constexpr int tileSize = 16;

Matrix<float> sampleWeights(const std::string &name)
{
    const auto source = openWeights(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5");
    EXPECT_TRUE(source) << source.error().line();
    if (!source)
        return {};
    const auto tensor = findTensor(**source, "encoder/layer/0/" + name + "/weight");
    EXPECT_TRUE(tensor) << tensor.error().line();
    if (!tensor)
        return {};
    auto weights = readMatrix(**source, *tensor, 1 << 24);
    EXPECT_TRUE(weights) << weights.error().line();
    return weights ? std::move(*weights) : Matrix<float>();
}

// What a plan looks like on its way: large weights near 1, small ones near 0, some undecided.
Matrix<float> planLike(Matrix<float> weights)
{
    for (float &value : std::span(weights.data(), std::size_t(weights.size())))
        value = 1 / (1 + std::exp(-(std::fabs(value) - 0.05f) * 150));
    return weights;
}

Matrix<float> undecidedByTile(const Matrix<float> &plan)
{
    Matrix<float> tiles(plan.rows() / tileSize, plan.cols() / tileSize);
    for (std::int64_t r = 0; r < tiles.rows() * tileSize; ++r)
        for (std::int64_t c = 0; c < tiles.cols() * tileSize; ++c)
            tiles(r / tileSize, c / tileSize) += 4 * plan(r, c) * (1 - plan(r, c)) / (tileSize * tileSize);
    return tiles;
}

class Golden : public ::testing::Test
{
protected:
    static void SetUpTestSuite()
    {
        auto device = Device::createHeadless(true);
        ASSERT_TRUE(device) << device.error().line();
        s_device = std::move(*device);
        auto renderer = OffscreenRenderer::create(*s_device);
        ASSERT_TRUE(renderer) << renderer.error().line();
        s_renderer = std::move(*renderer);
    }

    static void TearDownTestSuite()
    {
        s_renderer.reset();
        s_device.reset();
    }

    void SetUp() override { ASSERT_TRUE(s_renderer); }

    void check(const HeatmapScene &scene, const std::string &name)
    {
        const auto image = s_renderer->render(scene);
        ASSERT_TRUE(image) << image.error().line();
        EXPECT_TRUE(test::picturesMatch(*image, paintHeatmap(scene), name + "-painted", 2, 0));
        EXPECT_TRUE(test::matchesGolden(*image, name));
        EXPECT_EQ(s_device->validationMessages(), 0);
    }

    static HeatmapScene weightsScene(const std::string &name)
    {
        HeatmapScene scene = test::sceneOf(sampleWeights(name), width, height);
        scene.colors = ColorMapId::Diverging;
        scene.scale = {-0.2f, 0.2f, false};
        scene.tileSize = tileSize;
        return scene;
    }

    static HeatmapScene planScene(double pixelsPerCell)
    {
        Matrix<float> plan = planLike(sampleWeights("attention/self/query"));
        const Matrix<float> tiles = undecidedByTile(plan);
        HeatmapScene scene = test::sceneOf(std::move(plan), width, height);
        scene.tileSize = tileSize;
        scene.tileMap = test::fieldOf(tiles, tileSize);
        scene.tileScale = {0, 0.5f, false};
        scene.camera.center = {100, 150};
        scene.camera.pixelsPerCell = pixelsPerCell;
        return scene;
    }

    static std::unique_ptr<Device> s_device;
    static std::unique_ptr<OffscreenRenderer> s_renderer;
};

std::unique_ptr<Device> Golden::s_device;
std::unique_ptr<OffscreenRenderer> Golden::s_renderer;

} // namespace

TEST_F(Golden, WeightsWhole)
{
    HeatmapScene scene = weightsScene("attention/self/query");
    scene.camera.fit({0, 0, 384, 384}, 4);
    check(scene, "weights-whole");
}

TEST_F(Golden, WeightsWideAveraged)
{
    HeatmapScene scene = weightsScene("output/dense");
    scene.camera.fit({0, 0, 384, 1536}, 4);
    check(scene, "weights-wide-averaged");
}

TEST_F(Golden, WeightsCells)
{
    HeatmapScene scene = weightsScene("attention/self/query");
    scene.camera.center = {103.4, 150.2};
    scene.camera.pixelsPerCell = 12.7;
    scene.selection = CellRect{96, 144, 112, 160};
    scene.hovered = CellRect{107, 141, 108, 142};
    check(scene, "weights-cells");
}

TEST_F(Golden, ScoreLogarithmic)
{
    HeatmapScene scene = weightsScene("attention/self/key");
    Matrix<float> score = *scene.field.values;
    for (float &value : std::span(score.data(), std::size_t(score.size())))
        value = std::fabs(value);
    scene.field = test::fieldOf(std::move(score));
    scene.colors = ColorMapId::Cividis;
    scene.scale = {1e-3f, 0.3f, true};
    scene.camera.pixelsPerCell = 5;
    check(scene, "score-logarithmic");
}

TEST_F(Golden, PlanFarOutIsTheTileMap)
{
    HeatmapScene scene = planScene(1.3);
    scene.selection = CellRect{96, 144, 112, 160};
    check(scene, "plan-tile-map");
}

TEST_F(Golden, PlanFadesIn)
{
    check(planScene(2.9), "plan-fading"); // the tile map, dimmed
    check(planScene(3.2), "plan-fading-entries"); // the entries, dimmed likewise
}

TEST_F(Golden, PlanCells)
{
    HeatmapScene scene = planScene(10);
    scene.selection = CellRect{96, 144, 112, 160};
    scene.hovered = CellRect{94, 150, 95, 151};
    check(scene, "plan-cells");
}

TEST_F(Golden, MaskLightTheme)
{
    HeatmapScene scene = planScene(9);
    Matrix<float> mask = *scene.field.values;
    for (float &value : std::span(mask.data(), std::size_t(mask.size())))
        value = value > 0.5f ? 1.0f : 0.0f;
    scene.field = test::fieldOf(std::move(mask));
    scene.colors = ColorMapId::MaskTones;
    scene.camera.center = {4, 380};
    scene.selection = CellRect{0, 368, 16, 384};
    scene.theme.background = {0xf4, 0xf5, 0xf7};
    scene.theme.line = {0xc9, 0xce, 0xd6};
    scene.theme.accent = {0x1f, 0x6f, 0xd0};
    scene.theme.text = {0x22, 0x26, 0x2d};
    scene.theme.tileLine = {0x9a, 0xa3, 0xb2};
    check(scene, "mask-light-theme");
}

TEST_F(Golden, SpecialValues)
{
    HeatmapScene scene = weightsScene("attention/self/value");
    Matrix<float> values = *scene.field.values;
    constexpr float inf = std::numeric_limits<float>::infinity();
    for (int i = 0; i < 20; ++i) {
        values(180 + i / 2, 180 + i) = std::numeric_limits<float>::quiet_NaN();
        values(190, 180 + i) = i % 2 ? inf : -inf;
    }
    scene.field = test::fieldOf(std::move(values));
    scene.camera.center = {190, 190};
    scene.camera.pixelsPerCell = 8;
    check(scene, "special-values");
    scene.camera.pixelsPerCell = 0.4;
    check(scene, "special-values-far-out");
}

} // namespace nms::vulkan
