// SPDX-License-Identifier: Apache-2.0
// Compares every kernel on host lanes with the CPU, on tiles that are difficult for solvers (ties, rank one, a range of
// 2^30, denormals, near the greatest float, …), with whole and ragged edges, at the full and at an odd tile size of each
// specialised routine.
#include "core/solver/cpu_backend.h"
#include "core/sparsity/metrics.h"
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "tests/backend/adversarial_tiles.h"
#include "tests/backend/cases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace nms::test {

namespace {

/// For each of M = 4, 8, 16, 32 and 64 the full tile size and odd ones; also N = 1, N = M − 1 and N = M.
constexpr NmPattern patterns[] = {{2, 4},  {2, 3},   {4, 8},   {3, 7},   {2, 5},   {8, 16},  {5, 13}, {14, 15},
                                  {9, 11}, {16, 32}, {10, 29}, {17, 19}, {32, 64}, {20, 47}, {1, 16}, {8, 8}};

/// `far`: how much less than the CPU's a converged tile may keep, relative to the optimum; 0: the same mask bit for bit.
struct Kernel {
    Method method;
    double far;
};
constexpr Kernel kernels[] = {
    {Method::Exact, 0},     {Method::Dykstra, 1e-8}, // the same plan: masks differ only for equal scores
    {Method::Capped, 0.05}, // stops anywhere within the allowed residual; at N = 1 one entry is a large share
    {Method::Greedy, 0},    {Method::GreedySwap, 0}, {Method::RowNm, 0}, {Method::ColNm, 0}};

class WarpKernels : public testing::TestWithParam<Kernel>
{
protected:
    void compare(Span2d<const float> scores, NmPattern pattern, const std::string &name)
    {
        const auto [method, far] = GetParam();
        const SolveOptions options = optionsFor(method, pattern);
        const std::string what = label(options, name.c_str());
        const auto got = m_warp->solve(scores, options, {});
        const auto wanted = m_cpu->solve(scores, options, {});
        const auto optimum = m_cpu->solve(scores, optionsFor(Method::Exact, pattern), {});
        ASSERT_TRUE(got && wanted && optimum) << what;
        if (isTransposable(method)) {
            ASSERT_TRUE(checkTransposable(got->mask, pattern).transposable()) << what;
        }
        if (far == 0) {
            ASSERT_EQ(got->mask, wanted->mask) << what;
        }
        for (std::size_t tile = 0; tile < got->tiles.size(); ++tile) {
            const TileResult &mine = got->tiles[tile], &cpus = wanted->tiles[tile];
            const double best = optimum->tiles[tile].objective;
            const std::string place = what + ", tile " + std::to_string(tile);
            ASSERT_GE(mine.upperBound, mine.objective) << place;
            ASSERT_GE(mine.residual, 0) << place;
            if (far == 0 || (mine.converged && cpus.converged)) {
                ASSERT_GE(mine.objective, cpus.objective - std::max(far, 1e-12) * best) << place;
            }
            if (isTransposable(method)) {
                ASSERT_LE(mine.objective, best * (1 + 1e-6)) << place;
                ASSERT_GE(mine.upperBound, best * (1 - 1e-6)) << place;
            }
        }
    }

private:
    const std::unique_ptr<SolverBackend> m_warp = makeHostWarpBackend();
    const std::unique_ptr<SolverBackend> m_cpu = makeCpuBackend();
};

TEST_P(WarpKernels, doAsTheCpuOnAdversarialTiles)
{
    constexpr int tiles = 60;
    for (const NmPattern pattern : patterns) {
        Random random(std::uint64_t(pattern.m * 64 + pattern.n));
        const Matrix<float> scores = adversarialTiles(pattern, pattern.m > 32 ? tiles / 3 : tiles, random);
        ASSERT_NO_FATAL_FAILURE(compare(scores.span(), pattern, "adversarial"));
        const std::int64_t less = (pattern.m + 1) / 3; // number of rows and columns cut off at the edge
        ASSERT_NO_FATAL_FAILURE(
            compare(scores.span().block(0, 0, scores.rows() - less, scores.cols() - less), pattern, "adversarial, ragged"));
    }
}

TEST_P(WarpKernels, doAsTheCpuOnHardScores)
{
    for (const NmPattern pattern : patterns)
        for (const HardScores &hard : hardScores())
            ASSERT_NO_FATAL_FAILURE(compare(hard.make(pattern).span(), pattern, hard.name));
}

INSTANTIATE_TEST_SUITE_P(Methods, WarpKernels, testing::ValuesIn(kernels), [](const auto &test) {
    std::string name(nameOf(test.param.method));
    std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
    return name;
});

} // namespace

} // namespace nms::test
