// SPDX-License-Identifier: Apache-2.0
// Weights in memory that are solved again and again while they change: tiles start from the potentials of their last solve.
#include "core/base/parallel.h"
#include "core/jobs/solve_memory.h"
#include "core/solver/cpu_backend.h"
#include "core/sparsity/metrics.h"

#include <gtest/gtest.h>
#include <random>

namespace nms::jobs {

namespace {

struct Layer {
    std::vector<std::int64_t> shape;
    std::vector<float> weights;

    std::vector<std::int64_t> strides() const
    {
        std::vector<std::int64_t> steps(shape.size());
        std::int64_t size = 1;
        for (std::size_t i = steps.size(); i-- > 0; size *= shape[i])
            steps[i] = size;
        return steps;
    }
    MemoryTensor memory() const
    {
        return {.shape = shape, .strides = strides(), .data = reinterpret_cast<const std::byte *>(weights.data())};
    }
};

Layer randomLayer(const std::vector<std::int64_t> &shape, unsigned seed)
{
    std::mt19937 engine(seed);
    std::normal_distribution<float> draw;
    Layer layer{shape, {}};
    std::size_t count = 1;
    for (const std::int64_t size : shape)
        count *= std::size_t(size);
    layer.weights.resize(count);
    for (float &value : layer.weights)
        value = draw(engine);
    return layer;
}

/// As a step of training does.
void move(Layer &layer, float by, unsigned seed)
{
    std::mt19937 engine(seed);
    std::normal_distribution<float> draw;
    for (float &value : layer.weights)
        value += by * draw(engine);
}

struct Outcome {
    std::vector<std::byte> mask;
    SolvedMemory solved;
};

Outcome solveAgain(const Layer &layer, SolveMemorySettings settings)
{
    Outcome outcome{std::vector<std::byte>(layer.weights.size()), {}};
    settings.tiles = true;
    auto solved = solveMemory(layer.memory(), {outcome.mask.data(), layer.strides()}, settings, *makeCpuBackend(), {});
    EXPECT_TRUE(solved) << solved.error().line();
    if (solved)
        outcome.solved = std::move(*solved);
    return outcome;
}

SolveMemorySettings settingsOf(Method method, NmPattern pattern, TilePotentials *potentials)
{
    SolveMemorySettings settings;
    settings.options.method = method;
    settings.options.pattern = pattern;
    settings.potentials = potentials;
    return settings;
}

/// Rows and columns of a matrix of whole tiles keep n of every m.
void expectTransposable(const std::vector<std::byte> &mask, std::int64_t rows, std::int64_t cols, NmPattern pattern)
{
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t col0 = 0; col0 < cols; col0 += pattern.m) {
            int across = 0, down = 0;
            for (std::int64_t k = 0; k < pattern.m; ++k) {
                across += int(mask[std::size_t(row * cols + col0 + k)]);
                down += int(mask[std::size_t((row / pattern.m * pattern.m + k) * cols + col0 + row % pattern.m)]);
            }
            ASSERT_EQ(across, pattern.n);
            ASSERT_EQ(down, pattern.n);
        }
}

const std::vector<Method> entropic{Method::Dykstra, Method::Capped};

TEST(WarmMemory, TheFirstSolveIsTheColdOne)
{
    const Layer layer = randomLayer({37, 53}, 1);
    for (const Method method : entropic) {
        TilePotentials kept;
        EXPECT_EQ(solveAgain(layer, settingsOf(method, {3, 7}, &kept)).mask,
                  solveAgain(layer, settingsOf(method, {3, 7}, nullptr)).mask);
        EXPECT_TRUE(kept.areOf(6 * 8, 7));
    }
}

TEST(WarmMemory, LaterSolvesConvergeAndKeepAsMuch)
{
    constexpr NmPattern pattern{8, 16};
    Layer layer = randomLayer({96, 64}, 2);
    for (const Method method : entropic) {
        TilePotentials kept;
        solveAgain(layer, settingsOf(method, pattern, &kept));
        for (unsigned step = 0; step < 4; ++step) {
            move(layer, 0.01F, 3 + step);
            const Outcome warm = solveAgain(layer, settingsOf(method, pattern, &kept));
            const Outcome best = solveAgain(layer, settingsOf(Method::Exact, pattern, nullptr));
            expectTransposable(warm.mask, 96, 64, pattern);
            EXPECT_EQ(warm.solved.solved.totals.notConverged, 0);
            EXPECT_LE(warm.solved.solved.totals.worstResidual, 1e-2);
            ASSERT_EQ(warm.solved.tiles.size(), best.solved.tiles.size());
            for (std::size_t tile = 0; tile < warm.solved.tiles.size(); ++tile) {
                EXPECT_GE(warm.solved.tiles[tile].upperBound, best.solved.tiles[tile].objective * (1 - 1e-6));
                EXPECT_GE(warm.solved.tiles[tile].objective, best.solved.tiles[tile].objective * 0.98);
            }
        }
    }
}

TEST(WarmMemory, TheNumberOfThreadsDoesNotMatter)
{
    Layer layer = randomLayer({130, 67}, 5);
    std::array<TilePotentials, 2> kept;
    for (unsigned step = 0; step < 3; ++step, move(layer, 0.02F, 6 + step)) {
        std::array<std::vector<std::byte>, 2> masks;
        for (std::size_t k = 0; k < 2; ++k) {
            SolveMemorySettings settings = settingsOf(Method::Dykstra, {2, 4}, &kept[k]);
            settings.options.threads = k == 0 ? 1 : hardwareThreads();
            masks[k] = solveAgain(layer, settings).mask;
        }
        EXPECT_EQ(masks[0], masks[1]);
    }
}

/// Matrices of a stack that do not consist of whole tiles are solved one by one, and each has its tiles' potentials.
TEST(WarmMemory, StacksHavePotentialsForEachMatrix)
{
    constexpr std::int64_t matrices = 3, rows = 22, cols = 19, tiles = 6 * 5;
    const Layer stack = randomLayer({matrices, rows, cols}, 9);
    TilePotentials kept;
    solveAgain(stack, settingsOf(Method::Capped, {2, 4}, &kept));
    ASSERT_TRUE(kept.areOf(matrices * tiles, 4));
    EXPECT_EQ(std::count(kept.known.begin(), kept.known.end(), 1), matrices * tiles);
    for (std::int64_t matrix = 0; matrix < matrices; ++matrix) {
        const auto first = stack.weights.begin() + matrix * rows * cols;
        const Layer alone{{rows, cols}, std::vector<float>(first, first + rows * cols)};
        TilePotentials own;
        solveAgain(alone, settingsOf(Method::Capped, {2, 4}, &own));
        ASSERT_TRUE(own.areOf(tiles, 4));
        for (std::int64_t tile = 0; tile < tiles; ++tile)
            for (std::int64_t k = 0; k < 8; ++k)
                EXPECT_EQ(own.values(tile, k), kept.values(matrix * tiles + tile, k));
    }
}

TEST(WarmMemory, OtherMethodsLeaveThem)
{
    const Layer layer = randomLayer({16, 16}, 10);
    for (const Method method : {Method::Exact, Method::Greedy, Method::RowNm}) {
        TilePotentials kept;
        solveAgain(layer, settingsOf(method, {2, 4}, &kept));
        EXPECT_TRUE(kept.known.empty());
    }
}

TEST(WarmMemory, PotentialsOfOtherTilesAreRefused)
{
    const Layer layer = randomLayer({16, 16}, 11), larger = randomLayer({16, 32}, 12);
    TilePotentials kept;
    solveAgain(layer, settingsOf(Method::Capped, {2, 4}, &kept));
    std::vector<std::byte> mask(larger.weights.size());
    for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{4, 8}}) {
        const auto solved = solveMemory(larger.memory(), {mask.data(), larger.strides()},
                                        settingsOf(Method::Capped, pattern, &kept), *makeCpuBackend(), {});
        ASSERT_FALSE(solved);
        EXPECT_EQ(solved.error().kind, ErrorKind::Usage);
    }
}

/// What a solve that failed leaves is no worse a start than any other.
TEST(WarmMemory, NotANumberLeavesNoTrace)
{
    constexpr NmPattern pattern{2, 4};
    Layer layer = randomLayer({16, 16}, 13);
    TilePotentials kept;
    solveAgain(layer, settingsOf(Method::Dykstra, pattern, &kept));
    Layer bad = layer;
    bad.weights[100] = std::numeric_limits<float>::quiet_NaN();
    std::vector<std::byte> mask(bad.weights.size());
    EXPECT_FALSE(solveMemory(bad.memory(), {mask.data(), bad.strides()}, settingsOf(Method::Dykstra, pattern, &kept),
                             *makeCpuBackend(), {}));
    for (std::int64_t tile = 0; tile < kept.values.rows(); ++tile)
        for (std::int64_t k = 0; k < kept.values.cols(); ++k)
            EXPECT_TRUE(std::isfinite(kept.values(tile, k)));
    expectTransposable(solveAgain(layer, settingsOf(Method::Dykstra, pattern, &kept)).mask, 16, 16, pattern);
}

} // namespace

} // namespace nms::jobs
