// SPDX-License-Identifier: Apache-2.0
// The CUDA tile routines read weights in their stored type: from halves and bfloat16s they must compute the same results,
// bit for bit, as from the same values in single precision.
#include "core/simd/half.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "gpu/cuda/panel_worker.h"
#include "gpu/cuda/solve_launch.h"
#include "gpu/cuda/warp/weights.h"
#include "gpu/cuda/warp_backend.h"
#include "tests/backend/cases.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace nms::warp {
namespace {

TEST(WarpTypes, everyHalfAndBfloat16HasItsValue)
{
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const float half = halfToFloat(std::uint16_t(bits));
        const float read = StoredFloat16::value(std::uint16_t(bits));
        if (std::isnan(half))
            EXPECT_TRUE(std::isnan(read)) << bits;
        else
            EXPECT_EQ(std::bit_cast<std::uint32_t>(read), std::bit_cast<std::uint32_t>(half)) << bits;
        EXPECT_EQ(std::bit_cast<std::uint32_t>(StoredBFloat16::value(std::uint16_t(bits))), bits << 16);
    }
}

/// A matrix in its stored type, and the stored values in single precision.
struct Stored {
    ElementType type = ElementType::Float32;
    std::vector<std::uint16_t> halves;
    Matrix<float> values;
    const void *data() const
    {
        return type == ElementType::Float32 ? static_cast<const void *>(values.data()) : halves.data();
    }
};

Stored stored(const Matrix<float> &wanted, ElementType type)
{
    Stored out;
    out.type = type;
    out.values = Matrix<float>(wanted.rows(), wanted.cols());
    for (std::int64_t k = 0; k < wanted.size(); ++k) {
        const float x = wanted.data()[k];
        if (type == ElementType::Float32) {
            out.values.data()[k] = x;
        } else {
            const bool half = type == ElementType::Float16;
            out.halves.push_back(half ? floatToHalf(x) : floatToBfloat16(x));
            out.values.data()[k] = half ? halfToFloat(out.halves.back()) : bfloat16ToFloat(out.halves.back());
        }
    }
    return out;
}

struct Outcome {
    std::vector<std::uint64_t> mask;
    std::vector<TileFigures> figures;
};

Outcome solve(const void *weights, ElementType type, bool magnitudes, const TileGrid &grid, const SolveOptions &options)
{
    const std::int64_t words = (grid.cols + 63) / 64;
    Outcome out{std::vector<std::uint64_t>(std::size_t(grid.rows * words)),
                std::vector<TileFigures>(std::size_t(grid.count()))};
    MaskLaunch launch;
    launch.problem = problemOf(grid, options, nullptr);
    launch.problem.weights = weights;
    launch.problem.type = type;
    launch.problem.magnitudes = magnitudes;
    launch.tiles = allTiles(grid);
    launch.mask = out.mask.data();
    launch.maskWordsPerRow = words;
    launch.figures = out.figures.data();
    const auto queue = makeHostQueue(1, std::numeric_limits<std::int64_t>::max());
    EXPECT_TRUE(queue->run(launchOf(launch, options)) && queue->finish());
    return out;
}

void expectSame(const Outcome &got, const Outcome &wanted, const std::string &what)
{
    EXPECT_EQ(got.mask, wanted.mask) << what;
    EXPECT_EQ(std::memcmp(got.figures.data(), wanted.figures.data(), got.figures.size() * sizeof(TileFigures)), 0) << what;
}

/// Solving by magnitude must give the same as solving the magnitudes as scores; and so must the magnitudes stored in `type`
/// and solved as scores.
void expectTypesAgree(const Matrix<float> &weights, NmPattern pattern, Method method, const std::string &name)
{
    const TileGrid grid{weights.rows(), weights.cols(), pattern.m};
    const SolveOptions options = test::optionsFor(method, pattern, 10);
    for (const ElementType type : {ElementType::Float32, ElementType::Float16, ElementType::BFloat16}) {
        const Stored matrix = stored(weights, type);
        Matrix<float> magnitudes(weights.rows(), weights.cols());
        for (std::int64_t k = 0; k < magnitudes.size(); ++k)
            magnitudes.data()[k] = std::abs(matrix.values.data()[k]);
        const std::string what = test::label(options, name.c_str()) + ", type " + std::to_string(int(type));
        const Outcome wanted = solve(magnitudes.data(), ElementType::Float32, false, grid, options);
        for (const TileFigures &figures : wanted.figures)
            ASSERT_NE(figures.residual, invalidScore) << what;
        expectSame(solve(matrix.data(), type, true, grid, options), wanted, what + ", magnitudes");
        for (std::int64_t k = 0; k < magnitudes.size(); ++k)
            magnitudes.data()[k] = matrix.values.data()[k] == 0 ? -0.0F : magnitudes.data()[k]; // −0 is a score of zero
        const Stored positive = stored(magnitudes, type);
        expectSame(solve(positive.data(), type, false, grid, options), wanted, what + ", scores");
    }
}

/// Gaussian weights of both signs, with an occasional −0.
Matrix<float> signedWeights(std::int64_t rows, std::int64_t cols, float scale, std::uint64_t seed)
{
    test::Random random(seed);
    Matrix<float> weights(rows, cols);
    for (std::int64_t k = 0; k < weights.size(); ++k)
        weights.data()[k] = random.uniform() < 0.02 ? -0.0F : scale * float(random.gaussian());
    return weights;
}

class WarpTypes : public testing::TestWithParam<Method>
{ };

TEST_P(WarpTypes, giveTheMasksOfTheirValues)
{
    for (const NmPattern pattern :
         {NmPattern{2, 4}, {1, 4}, {3, 3}, {4, 8}, {3, 7}, {8, 16}, {5, 13}, {16, 32}, {7, 21}, {32, 64}, {20, 47}}) {
        const std::int64_t m = pattern.m;
        const auto seed = std::uint64_t(m);
        expectTypesAgree(signedWeights(3 * m, 5 * m, 0.02F, seed), pattern, GetParam(), "whole tiles");
        expectTypesAgree(signedWeights(2 * m + 1, 3 * m - 1, 1, seed), pattern, GetParam(), "ragged");
        expectTypesAgree(signedWeights(m, 2 * m, 2e-6F, seed), pattern, GetParam(), "subnormal halves"); // below 2^−14
        expectTypesAgree(signedWeights(m, 2 * m, 2e-39F, seed), pattern, GetParam(), "subnormal bfloat16s");
        expectTypesAgree(signedWeights(m, 2 * m, 1e4F, seed), pattern, GetParam(), "large halves");
    }
}

/// A tile with a value that is not a valid score is reported; its neighbours are solved.
TEST_P(WarpTypes, tellOfWhatIsNoScore)
{
    constexpr float infinity = std::numeric_limits<float>::infinity();
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    for (const NmPattern pattern : {NmPattern{2, 4}, {4, 8}, {5, 13}, {16, 32}, {32, 64}})
        for (const ElementType type : {ElementType::Float32, ElementType::Float16, ElementType::BFloat16})
            for (const float bad : {nan, infinity, -infinity, -1e-3F}) {
                Matrix<float> weights = test::gaussianScores(2 * pattern.m, 2 * pattern.m, 5);
                weights(pattern.m + 2, 1) = bad; // tile 2
                weights(0, 0) = -0.0F; // a zero
                const Stored matrix = stored(weights, type);
                const TileGrid grid{weights.rows(), weights.cols(), pattern.m};
                for (const bool magnitudes : {false, true}) {
                    const Outcome out =
                        solve(matrix.data(), type, magnitudes, grid, test::optionsFor(GetParam(), pattern, 10));
                    for (std::size_t tile = 0; tile < 4; ++tile)
                        EXPECT_EQ(out.figures[tile].residual == invalidScore,
                                  tile == 2 && !(magnitudes && std::isfinite(bad)))
                            << pattern.text() << ", type " << int(type) << ", " << bad << ", tile " << tile;
                }
            }
}

INSTANTIATE_TEST_SUITE_P(Methods, WarpTypes,
                         testing::Values(Method::Exact, Method::Capped, Method::Dykstra, Method::Greedy, Method::GreedySwap,
                                         Method::RowNm, Method::ColNm),
                         [](const auto &test) {
                             std::string name(nameOf(test.param));
                             std::erase_if(name, [](char c) { return c < '0'; });
                             return name;
                         });

} // namespace
} // namespace nms::warp
