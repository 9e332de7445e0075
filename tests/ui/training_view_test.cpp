// SPDX-License-Identifier: Apache-2.0
// What is kept of a training's masks, and the mask that arrives as bits.
#include "ui/models/training_view.h"

#include "core/solver/cpu_backend.h"
#include "ui/attach/training_follower.h"
#include "ui/models/workspace.h"

#include <gtest/gtest.h>

namespace nms {
namespace {

std::shared_ptr<const Solution> solutionOf(std::int64_t rows, std::int64_t cols, int m)
{
    auto solution = std::make_shared<Solution>();
    solution->grid = {rows, cols, m};
    solution->mask = Mask(rows, cols);
    solution->tiles.resize(std::size_t(solution->grid.count()));
    return solution;
}

class TrainingViewTest : public testing::Test
{
protected:
    Workspace workspace{{{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}}};
    TrainingView &training = TrainingView::of(workspace);
};

TEST_F(TrainingViewTest, NothingIsShownBeforeTheFirstMask)
{
    training.setStep(12, false);
    EXPECT_FALSE(training.isShown());
    EXPECT_EQ(TrainingView::shownIn(workspace), nullptr);
    EXPECT_EQ(training.mask(), nullptr);
}

TEST_F(TrainingViewTest, TheMaskOfAStepIsTheLastUpToIt)
{
    for (const int step : {10, 20, 30})
        training.addMask(step, solutionOf(8, 8, 4));
    training.setStep(37, false);
    EXPECT_EQ(training.maskStep(), 30);
    for (const auto &[step, expected] : {std::pair{10, 10}, {19, 10}, {20, 20}, {29, 20}, {36, 30}}) {
        training.scrubTo(step);
        EXPECT_EQ(training.shown(), step);
        EXPECT_EQ(training.maskStep(), expected);
    }
    training.scrubTo(-5);
    EXPECT_EQ(training.shown(), 10);
    training.scrubTo(99);
    EXPECT_EQ(training.shown(), 37);
}

TEST_F(TrainingViewTest, MemoryIsLimitedAndTheNewestAndTheShownStay)
{
    training.setLimit(10 * (64 * 8 + 256 * std::int64_t(sizeof(TileResult))));
    training.addMask(1, solutionOf(64, 64, 4));
    training.addMask(2, solutionOf(64, 64, 4));
    training.scrubTo(2);
    for (int step = 3; step <= 1000; ++step) {
        training.addMask(step, solutionOf(64, 64, 4));
        ASSERT_LE(training.maskCount(), 11U);
        ASSERT_EQ(training.maskStep(), 2);
    }
    training.followLive();
    EXPECT_EQ(training.maskStep(), 1000);
}

TEST_F(TrainingViewTest, ATrainingThatBeginsAnewCountsAnew)
{
    for (const int step : {10, 20, 30})
        training.addMask(step, solutionOf(8, 8, 4));
    training.addMask(15, solutionOf(8, 8, 4));
    EXPECT_EQ(training.maskCount(), 2U);
    training.addMask(16, solutionOf(8, 8, 2));
    EXPECT_EQ(training.maskCount(), 1U); // of another grid
}

TEST(TrainingMask, BitsOfAMatrixInAStackArePickedOut)
{
    LoadedTensor tensor;
    tensor.info.path = "conv.weight";
    tensor.info.shape = {5, 7, 3, 3};
    tensor.info.dtype = DType::F32;
    tensor.info.axes = {"oihw", "test"};
    tensor.info = matrixOf(tensor.info, 5); // h = 1, w = 2
    ASSERT_EQ(tensor.info.rows(), 5);
    ASSERT_EQ(tensor.info.cols(), 7);
    auto score = std::make_shared<Matrix<float>>(5, 7);
    for (std::int64_t i = 0; i < score->size(); ++i)
        score->data()[i] = float(i + 1);
    tensor.score = score;
    std::vector<std::byte> bits((5 * 7 * 9 + 7) / 8);
    const auto isKept = [](std::int64_t out, std::int64_t in) {
        return (out * 3 + in * 5) % 4 < 2;
    };
    for (std::int64_t out = 0; out < 5; ++out)
        for (std::int64_t in = 0; in < 7; ++in) {
            const auto entry = std::size_t(((out * 7 + in) * 3 + 1) * 3 + 2);
            if (isKept(out, in))
                bits[entry / 8] |= std::byte(1U << (entry % 8));
        }
    SolveOptions options;
    options.pattern = {2, 4};
    const auto solution = trainingMask(bits, tensor, options, nullptr);
    EXPECT_EQ(solution->grid, (TileGrid{5, 7, 4}));
    std::vector<double> objectives(std::size_t(solution->grid.count()));
    for (std::int64_t out = 0; out < 5; ++out)
        for (std::int64_t in = 0; in < 7; ++in) {
            EXPECT_EQ(solution->mask.at(out, in), isKept(out, in));
            if (isKept(out, in))
                objectives[std::size_t(out / 4 * 2 + in / 4)] += double(out * 7 + in + 1);
        }
    for (std::size_t tile = 0; tile < objectives.size(); ++tile)
        EXPECT_EQ(solution->tiles[tile].objective, objectives[tile]);
}

} // namespace
} // namespace nms
