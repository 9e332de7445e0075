// SPDX-License-Identifier: Apache-2.0
// Entries of a large matrix are copied in the background: what is shown meanwhile, and that the result is the same.
#include "tests/ui/npy_support.h"
#include "tests/ui/viewport_support.h"
#include "ui/models/tensor_loader.h"
#include "ui/viewport/scene_builder.h"
#include "ui/viewport/viewport_controller.h"

#include <QTemporaryDir>

#include <gtest/gtest.h>

#include <cmath>

namespace nms {
namespace {

constexpr std::int64_t rows = 4999, cols = 4217; // more than an image holds

/// A different value for every entry of a neighbourhood, with alternating signs.
float valueAt(std::int64_t row, std::int64_t col)
{
    return float((row * 37 + col * 11) % 1009 + 1) / 64 * ((row + col) % 2 == 0 ? 1.F : -1.F);
}

QString largeFile()
{
    static const QTemporaryDir folder;
    static const QString file = [] {
        std::vector<float> values(std::size_t(rows * cols));
        for (std::int64_t row = 0; row < rows; ++row)
            for (std::int64_t col = 0; col < cols; ++col)
                values[std::size_t(row * cols + col)] = valueAt(row, col);
        return writeNpy(folder.filePath(QStringLiteral("large.npy")), rows, cols, values);
    }();
    return file;
}

Camera cameraAt(double row, double col, double pixelsPerCell)
{
    Camera camera;
    camera.width = 1000;
    camera.height = 660;
    camera.center = {row, col};
    camera.pixelsPerCell = pixelsPerCell;
    return camera;
}

class FieldPreparerTest : public testing::Test
{
protected:
    FieldPreparerTest()
    {
        static const std::shared_ptr<const LoadedTensor> tensor = [] {
            auto loaded = loadTensor(largeFile(), "large", std::int64_t(1) << 40, {}, {});
            return loaded ? *loaded : nullptr;
        }();
        sources.tensor = tensor;
        sources.pattern = {8, 16};
        sources.grid = {rows, cols, 16};
        QObject::connect(&preparer, &FieldPreparer::ready, &preparer, [this] { ++arrivals; });
    }
    void update(const Camera &camera) { builder.update(sources, camera, &preparer); }
    bool arrive(const Camera &camera)
    {
        const int before = arrivals;
        const bool arrived = waitFor([&] { return arrivals > before; });
        update(camera);
        return arrived && builder.isComplete();
    }
    /// The same as without a preparer, number by number.
    void expectSameAsAtOnce(const Camera &camera)
    {
        SceneBuilder atOnce;
        atOnce.update(sources, camera);
        const HeatmapField expected = atOnce.scene(camera).field, shown = builder.scene(camera).field;
        EXPECT_EQ(shown.row0, expected.row0);
        EXPECT_EQ(shown.col0, expected.col0);
        EXPECT_EQ(shown.cellsPerTexel, expected.cellsPerTexel);
        ASSERT_TRUE(shown.values && expected.values);
        ASSERT_EQ(shown.values->rows(), expected.values->rows());
        ASSERT_EQ(shown.values->cols(), expected.values->cols());
        EXPECT_TRUE(std::equal(shown.values->data(), shown.values->data() + shown.values->size(), expected.values->data()));
    }

    ViewSources sources;
    int arrivals = 0;
    FieldPreparer preparer{[](const Error &error) {
        ADD_FAILURE() << error.line();
    }};
    SceneBuilder builder;
};

TEST_F(FieldPreparerTest, ACoarserLevelIsShownUntilTheEntriesCome)
{
    const Camera camera = cameraAt(3000, 2000, 1);
    update(camera);
    EXPECT_FALSE(builder.isComplete());
    const HeatmapField coarse = builder.scene(camera).field;
    ASSERT_TRUE(coarse.values);
    EXPECT_EQ(coarse.cellsPerTexel, 16);
    EXPECT_EQ(coarse.texelRows(), (rows + 15) / 16); // all of it
    EXPECT_FALSE(builder.valuesOf(3000, 2000, 1, 1));

    ASSERT_TRUE(arrive(camera));
    EXPECT_EQ(builder.scene(camera).field.cellsPerTexel, 1);
    const auto values = builder.valuesOf(3000, 2000, 3, 5);
    ASSERT_TRUE(values);
    for (std::int64_t row = 0; row < 3; ++row)
        for (std::int64_t col = 0; col < 5; ++col)
            EXPECT_EQ((*values)(row, col), valueAt(3000 + row, 2000 + col));
    expectSameAsAtOnce(camera);
}

TEST_F(FieldPreparerTest, WhatIsShownStaysWhileItCoversTheViewport)
{
    update(cameraAt(2000, 2000, 0.6)); // four cells a texel
    ASSERT_TRUE(arrive(cameraAt(2000, 2000, 0.6)));
    const HeatmapField before = builder.scene(cameraAt(2000, 2000, 0.6)).field;
    EXPECT_EQ(before.cellsPerTexel, 4);
    const Camera closer = cameraAt(2000, 2000, 1.2);
    update(closer);
    EXPECT_FALSE(builder.isComplete());
    EXPECT_EQ(builder.scene(closer).field.values, before.values);
    ASSERT_TRUE(arrive(closer));
    expectSameAsAtOnce(closer);

    const Camera elsewhere = cameraAt(4000, 600, 1.2);
    update(elsewhere); // covers nothing of it
    EXPECT_EQ(builder.scene(elsewhere).field.cellsPerTexel, 16);
    ASSERT_TRUE(arrive(elsewhere));
    expectSameAsAtOnce(elsewhere);
}

TEST_F(FieldPreparerTest, OnlyTheLatestPlaceArrives)
{
    for (int i = 0; i < 12; ++i)
        update(cameraAt(600 + 300 * i, 900, 1));
    const Camera last = cameraAt(600 + 300 * 11, 900, 1);
    ASSERT_TRUE(waitFor([&] {
        update(last);
        return builder.isComplete();
    }));
    expectSameAsAtOnce(last);
}

TEST_F(FieldPreparerTest, AnotherViewNeverShowsTheEntriesOfTheOneBefore)
{
    const Camera camera = cameraAt(3000, 2000, 1);
    update(camera);
    ASSERT_TRUE(arrive(camera));
    sources.view = MatrixView::Score;
    update(camera);
    EXPECT_FALSE(builder.isComplete());
    const HeatmapField coarse = builder.scene(camera).field;
    ASSERT_TRUE(coarse.values);
    for (std::int64_t i = 0; i < coarse.values->size(); ++i)
        ASSERT_GE(coarse.values->data()[i], 0); // weights have both signs
    ASSERT_TRUE(arrive(camera));
    expectSameAsAtOnce(camera);
}

TEST_F(FieldPreparerTest, AMaskIsThereAtOnceAndItsNextPartArrives)
{
    auto solution = std::make_shared<Solution>();
    solution->grid = sources.grid;
    solution->options.pattern = sources.pattern;
    solution->mask = Mask(rows, cols);
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t col = row % 3; col < cols; col += 3)
            solution->mask.set(row, col, true);
    sources.solution = solution;
    sources.view = MatrixView::Mask;
    const Camera camera = cameraAt(3000, 2000, 2);
    update(camera);
    EXPECT_TRUE(builder.isComplete());
    expectSameAsAtOnce(camera);
    const Camera beside = cameraAt(3000, 2600, 2);
    update(beside);
    EXPECT_FALSE(builder.isComplete());
    ASSERT_TRUE(arrive(beside));
    expectSameAsAtOnce(beside);
}

TEST_F(FieldPreparerTest, ZoomedFarOutNothingIsCopied)
{
    const Camera camera = cameraAt(2500, 2100, 0.13);
    update(camera);
    EXPECT_TRUE(builder.isComplete());
    const HeatmapField first = builder.scene(camera).field;
    for (const double scale : {0.2, 0.3, 0.45}) {
        const Camera closer = cameraAt(2500, 2100, scale);
        update(closer);
        EXPECT_TRUE(builder.isComplete());
        EXPECT_EQ(builder.scene(closer).field.version, first.version);
    }
    EXPECT_EQ(arrivals, 0);
}

TEST(ViewportPicture, HasAllEntriesWhileTheViewportWaitsForThem)
{
    Workspace workspace(cpuOnly());
    ViewportController controller(workspace);
    controller.setFlying(false);
    controller.resize(1000, 660, 1);
    workspace.openFile(largeFile());
    ASSERT_TRUE(waitFor([&] { return workspace.tensor() && !workspace.isLoading(); }));
    controller.setCameraPlace({{3000, 2000}, 1});
    controller.advance();
    EXPECT_FALSE(controller.isComplete());
    const QImage early = controller.picture(1000, 660).heatmap;
    ASSERT_TRUE(waitFor([&] {
        controller.advance();
        return controller.isComplete();
    }));
    ASSERT_FALSE(early.isNull());
    EXPECT_EQ(early, controller.picture(1000, 660).heatmap);
}

} // namespace
} // namespace nms
