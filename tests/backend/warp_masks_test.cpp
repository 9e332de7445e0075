// SPDX-License-Identifier: Apache-2.0
// The masks of the CUDA tile routines on host lanes must equal those of the CPU bit for bit: `exact` on tiles with many
// ties, where one of the equal optima is the right one, and the methods whose masks follow fixed rules.
#include "core/solver/cpu_backend.h"
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "tests/backend/cases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace nms::test {

namespace {

/// Scores that are small integers, so that many masks are optimal.
Matrix<float> fewValues(std::int64_t rows, std::int64_t cols, std::uint64_t values, std::uint64_t seed)
{
    Random random(seed);
    Matrix<float> scores(rows, cols);
    for (std::int64_t k = 0; k < scores.size(); ++k)
        scores.data()[k] = float(random.bits() % values);
    return scores;
}

/// Scores with many zeros, as pruned weights have.
Matrix<float> sparseScores(std::int64_t rows, std::int64_t cols, std::uint64_t seed)
{
    Random random(seed);
    Matrix<float> scores = gaussianScores(rows, cols, seed + 1);
    for (std::int64_t k = 0; k < scores.size(); ++k)
        if (random.uniform() < 0.6)
            scores.data()[k] = 0;
    return scores;
}

constexpr NmPattern patterns[] = {{1, 1},  {1, 2},  {1, 4},   {2, 4},   {3, 4},   {2, 3},   {2, 5},   {3, 7},
                                  {4, 8},  {1, 8},  {7, 8},   {5, 13},  {4, 16},  {8, 16},  {15, 16}, {16, 16},
                                  {9, 20}, {8, 32}, {16, 32}, {31, 32}, {20, 47}, {32, 64}, {3, 64}};

class WarpMasks : public testing::TestWithParam<Method>
{
protected:
    /// Reports the position of the first bit that differs.
    void compare(const Matrix<float> &scores, NmPattern pattern, const char *name)
    {
        const SolveOptions options = optionsFor(GetParam(), pattern);
        const std::string what = label(options, name);
        Checks checks;
        const auto wanted = solved(*m_cpu, scores, options, checks, what);
        const auto got = solved(*m_warp, scores, options, checks, what);
        ASSERT_EQ(checks.failed(), 0) << checks.failures().front();
        if (GetParam() == Method::Exact) {
            ASSERT_EQ(got->totals().notConverged, 0) << what;
            ASSERT_EQ(got->totals().relativeGap, 0) << what;
        }
        for (std::int64_t row = 0; row < scores.rows(); ++row)
            for (std::int64_t col = 0; col < scores.cols(); ++col)
                ASSERT_EQ(got->mask.at(row, col), wanted->mask.at(row, col))
                    << what << ", row " << row << ", column " << col;
    }

    /// `tiles`: the number of tiles of each kind, from a few up to tens of thousands.
    void compareMany(std::int64_t tiles)
    {
        for (const NmPattern pattern : patterns) {
            const std::int64_t m = pattern.m;
            const std::int64_t side = std::max<std::int64_t>(1, std::int64_t(std::sqrt(double(tiles))));
            const std::int64_t rows = side * m, cols = side * m;
            const auto seed = std::uint64_t(pattern.n * 100 + pattern.m);
            compare(gaussianScores(rows, cols, seed), pattern, "Gaussian");
            compare(fewValues(rows, cols, 2, seed), pattern, "two values");
            compare(fewValues(rows, cols, 4, seed), pattern, "four values");
            compare(fewValues(rows, cols, 100, seed), pattern, "hundred values");
            compare(sparseScores(rows, cols, seed), pattern, "sparse");
            compare(fewValues(rows - m / 2, cols + (m + 1) / 3, 3, seed), pattern, "ragged, three values");
        }
    }

    const std::unique_ptr<SolverBackend> m_cpu = makeCpuBackend();
    const std::unique_ptr<SolverBackend> m_warp = makeHostWarpBackend();
};

TEST_P(WarpMasks, areThoseOfTheCpu)
{
    compareMany(9);
}

TEST_P(WarpMasks, areThoseOfTheCpuOnHardScores)
{
    for (const NmPattern pattern : patterns)
        for (const HardScores &hard : hardScores())
            compare(hard.make(pattern), pattern, hard.name);
}

TEST_P(WarpMasks, areThoseOfTheCpuOnAHundredThousandTiles)
{
    const char *wanted = std::getenv("NMS_EXHAUSTIVE");
    if (!wanted || std::string_view(wanted) != "1")
        GTEST_SKIP() << "takes very long: set NMS_EXHAUSTIVE=1";
    compareMany(100'000 / 6);
}

INSTANTIATE_TEST_SUITE_P(Methods, WarpMasks,
                         testing::Values(Method::Exact, Method::Greedy, Method::GreedySwap, Method::RowNm, Method::ColNm),
                         [](const auto &test) {
                             std::string name(nameOf(test.param));
                             std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
                             return name;
                         });

} // namespace

} // namespace nms::test
