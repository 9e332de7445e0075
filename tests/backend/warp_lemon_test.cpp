// SPDX-License-Identifier: Apache-2.0
// Compares the CUDA routines of `exact` on host lanes with LEMON, on the same tiles as the CPU test, and with ragged edges.
// Of equal optima they must return the one that the CPU returns.
#include "core/solver/cpu_backend.h"
#include "core/sparsity/metrics.h"
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "tests/backend/adversarial_tiles.h"
#include "tests/backend/cases.h"
#include "tests/backend/lemon_optimum.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nms::test {
namespace {

class WarpLemonTest : public testing::TestWithParam<NmPattern>
{
protected:
    void check(Span2d<const float> scores)
    {
        const SolveOptions options = optionsFor(Method::Exact, GetParam());
        const Result<Solution> solution = m_warp->solve(scores, options, {});
        ASSERT_TRUE(solution) << solution.error().line();
        ASSERT_TRUE(checkTransposable(solution->mask, GetParam()).transposable());
        for (std::int64_t tile = 0; tile < solution->grid.count(); ++tile)
            ASSERT_NO_FATAL_FAILURE(expectOptimum(scores, *solution, tile, m_lemon)) << "tile " << tile;
        const Result<Solution> cpus = m_cpu->solve(scores, options, {});
        ASSERT_TRUE(cpus) << cpus.error().line();
        for (std::int64_t row = 0; row < scores.rows; ++row)
            ASSERT_TRUE(std::ranges::equal(solution->mask.row64(row), cpus->mask.row64(row))) << "row " << row;
    }

    Random m_random{std::uint64_t(GetParam().m * 64 + GetParam().n)};

private:
    Lemon m_lemon{GetParam()};
    const std::unique_ptr<SolverBackend> m_warp = makeHostWarpBackend();
    const std::unique_ptr<SolverBackend> m_cpu = makeCpuBackend();
};

TEST_P(WarpLemonTest, equalsLemon)
{
    constexpr int atOnce = 500;
    const int tiles = exactTiles(GetParam());
    for (int done = 0; done < tiles; done += atOnce) {
        const Matrix<float> scores = adversarialTiles(GetParam(), std::min(atOnce, tiles - done), m_random);
        const std::int64_t less = done / atOnce % 2 * (GetParam().m / 2); // every other batch has a ragged edge
        ASSERT_NO_FATAL_FAILURE(check(scores.span().block(0, 0, scores.rows() - less, scores.cols() - less)))
            << GetParam().text() << ", from " << done;
    }
}

INSTANTIATE_TEST_SUITE_P(Patterns, WarpLemonTest, testing::ValuesIn(exactPatterns()), [](const auto &test) {
    return "keep" + std::to_string(test.param.n) + "of" + std::to_string(test.param.m);
});

} // namespace
} // namespace nms::test
