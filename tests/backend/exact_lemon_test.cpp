// SPDX-License-Identifier: Apache-2.0
// `exact` against LEMON's NetworkSimplex: the same integers, the same optimum, on every tile.
#include "core/io/weights_file.h"
#include "core/solver/cpu_backend.h"
#include "core/solver/solve.h"
#include "core/sparsity/metrics.h"
#include "core/tensor/row_panels.h"
#include "tests/backend/cases.h"
#include "tests/backend/lemon_optimum.h"

#include <gtest/gtest.h>

#include <tuple>

namespace nms::test {

namespace {

void expectEqualsLemon(const Matrix<float> &scores, NmPattern pattern, const std::string &what)
{
    const Result<Solution> solution = makeCpuBackend()->solve(scores.span(), optionsFor(Method::Exact, pattern), {});
    ASSERT_TRUE(solution) << what;
    EXPECT_TRUE(checkTransposable(solution->mask, pattern).transposable()) << what;
    Lemon lemon(pattern);
    for (std::int64_t tile = 0; tile < solution->grid.count(); ++tile)
        ASSERT_NO_FATAL_FAILURE(expectOptimum(scores.span(), *solution, tile, lemon)) << what << ", tile " << tile;
}

TEST(ExactTest, equalsLemonOnRandomTiles)
{
    for (const NmPattern pattern : {NmPattern{1, 2},
                                    {1, 4},
                                    {2, 4},
                                    {3, 4},
                                    {2, 5},
                                    {3, 7},
                                    {4, 8},
                                    {1, 8},
                                    {7, 8},
                                    {5, 13},
                                    {4, 16},
                                    {8, 16},
                                    {12, 16},
                                    {16, 16},
                                    {8, 32},
                                    {16, 32},
                                    {30, 32},
                                    {20, 47}})
        expectEqualsLemon(gaussianScores(10 * pattern.m - 1, 9 * pattern.m, 91), pattern, pattern.text());
    expectEqualsLemon(gaussianScores(128, 128, 92), {32, 64}, "32:64");
    expectEqualsLemon(gaussianScores(64, 100, 93), {3, 64}, "3:64, ragged");
}

TEST(ExactTest, equalsLemonOnHardScores)
{
    for (const NmPattern pattern : {NmPattern{2, 4}, {1, 5}, {3, 7}, {4, 8}, {8, 16}, {15, 16}, {16, 32}, {31, 64}})
        for (const HardScores &hard : hardScores())
            expectEqualsLemon(hard.make(pattern), pattern, pattern.text() + " " + hard.name);
}

/// The row-major first optimal mask, found naively: each entry in turn is kept if some optimal mask keeps it. A bonus
/// greater than the score of any mask makes LEMON keep the entries already decided.
std::vector<std::uint64_t> firstOptimum(Lemon &lemon, std::vector<std::int64_t> score, NmPattern pattern)
{
    const std::int64_t bonus = std::int64_t(1) << 40;
    std::int64_t best = lemon.optimum(score);
    std::vector<std::uint64_t> rows(std::size_t(pattern.m), 0);
    for (int i = 0; i < pattern.m; ++i)
        for (int j = 0; j < pattern.m; ++j) {
            std::int64_t &entry = score[std::size_t(i * pattern.m + j)];
            entry += bonus;
            if (lemon.optimum(score) == best + bonus) {
                best += bonus;
                rows[std::size_t(i)] |= std::uint64_t(1) << j;
            } else {
                entry -= 2 * bonus;
            }
        }
    return rows;
}

TEST(ExactTest, takesTheFirstOfEqualOptima)
{
    for (const auto &[pattern, tiles] : {std::tuple{NmPattern{3, 7}, 40},
                                         {NmPattern{4, 8}, 40},
                                         {NmPattern{8, 16}, 8},
                                         {NmPattern{4, 16}, 4},
                                         {NmPattern{1, 16}, 4},
                                         {NmPattern{15, 16}, 4},
                                         {NmPattern{9, 20}, 4},
                                         {NmPattern{16, 32}, 2}}) {
        Lemon lemon(pattern);
        Random random(std::uint64_t(pattern.m));
        for (int tile = 0; tile < tiles; ++tile) {
            // Values up to 15 are multiples of one integer after quantising.
            const std::uint64_t values = tile % 2 ? 4 : 16;
            Matrix<float> scores(pattern.m, pattern.m);
            std::vector<std::int64_t> integers;
            for (std::int64_t k = 0; k < scores.size(); ++k) {
                const std::uint64_t value = k ? random.bits() % values : values - 1;
                scores.data()[k] = float(value);
                integers.push_back(std::int64_t(value) * (16777215 / std::int64_t(values - 1)));
            }
            const Result<Solution> solution = makeCpuBackend()->solve(scores.span(), optionsFor(Method::Exact, pattern), {});
            ASSERT_TRUE(solution);
            const std::vector<std::uint64_t> rows = firstOptimum(lemon, integers, pattern);
            for (int i = 0; i < pattern.m; ++i)
                ASSERT_EQ(solution->mask.row64(i)[0], rows[std::size_t(i)])
                    << pattern.text() << ", tile " << tile << ", row " << i;
        }
    }
}

class SampleTest : public testing::TestWithParam<NmPattern>
{ };

TEST_P(SampleTest, exactEqualsLemonAndDykstraComesClose)
{
    const NmPattern pattern = GetParam();
    auto source = openWeights(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5");
    ASSERT_TRUE(source) << source.error().line();
    ASSERT_EQ((*source)->tensors().size(), 6U);
    for (const TensorInfo &tensor : (*source)->tensors()) {
        const Result<Matrix<float>> weights = readMatrix(**source, tensor, std::int64_t(1) << 30);
        ASSERT_TRUE(weights) << weights.error().line();
        const Matrix<float> scores = magnitudeScore(weights->span());
        expectEqualsLemon(scores, pattern, tensor.path);

        const auto backend = makeCpuBackend();
        const Result<Solution> optimum = backend->solve(scores.span(), optionsFor(Method::Exact, pattern), {});
        const Result<Solution> dykstra = backend->solve(scores.span(), optionsFor(Method::Dykstra, pattern), {});
        ASSERT_TRUE(optimum && dykstra);
        EXPECT_GE(optimum->totals().objective, dykstra->totals().objective * (1 - 1e-7)) << tensor.path;
        EXPECT_LE(1 - dykstra->totals().objective / optimum->totals().objective, 0.003) << tensor.path;
        EXPECT_LE(dykstra->totals().relativeGap, 0.004) << tensor.path;
    }
}

INSTANTIATE_TEST_SUITE_P(Sample, SampleTest,
                         testing::Values(NmPattern{2, 4}, NmPattern{4, 8}, NmPattern{8, 16}, NmPattern{16, 32}),
                         [](const auto &test) {
                             return "keep" + std::to_string(test.param.n) + "of" + std::to_string(test.param.m);
                         });

} // namespace

} // namespace nms::test
