// SPDX-License-Identifier: Apache-2.0
// Many tiles of every pattern, random and adversarial: batch equals LEMON in integers, and live equals batch.
#include "core/methods/exact/exact_tile.h"
#include "core/solver/cpu_backend.h"
#include "core/sparsity/metrics.h"
#include "tests/backend/adversarial_tiles.h"
#include "tests/backend/cases.h"
#include "tests/backend/lemon_optimum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace nms::test {

namespace {

class ExactTilesTest : public testing::TestWithParam<NmPattern>
{
protected:
    void checkTiles(int tiles, int watched)
    {
        const NmPattern pattern = GetParam();
        const Matrix<float> scores = adversarialTiles(pattern, tiles, m_random);
        const Result<Solution> batch = makeCpuBackend()->solve(scores.span(), optionsFor(Method::Exact, pattern), {});
        ASSERT_TRUE(batch) << batch.error().line();
        ASSERT_TRUE(checkTransposable(batch->mask, pattern).transposable());
        for (int tile = 0; tile < tiles; ++tile) {
            ASSERT_NO_FATAL_FAILURE(expectOptimum(scores.span(), *batch, tile, m_lemon)) << "tile " << tile;
            if (tile < watched) {
                ASSERT_NO_FATAL_FAILURE(checkLive(scores, *batch, tile)) << "tile " << tile;
            }
        }
    }

private:
    void checkLive(const Matrix<float> &scores, const Solution &batch, int tile)
    {
        const int m = batch.grid.m;
        m_scores->gather(scores.span(), batch.grid, tile);
        m_live->start(*m_scores);
        while (!m_live->done())
            m_live->iterate();
        TileMask mask;
        const TileResult live = m_live->round(mask), &result = batch.tiles[std::size_t(tile)];
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < m; ++j)
                ASSERT_EQ(mask.at(i, j), batch.mask.at(i, std::int64_t(tile) * m + j)) << i << ", " << j;
        ASSERT_EQ(live.objective, result.objective);
        ASSERT_EQ(live.upperBound, result.upperBound);
        ASSERT_TRUE(live.iterations == result.iterations || (m <= 4 && result.iterations == 0));
    }

    Random m_random{std::uint64_t(GetParam().m * 64 + GetParam().n)};
    Lemon m_lemon{GetParam()};
    std::unique_ptr<TileScores> m_scores = std::make_unique<TileScores>();
    std::unique_ptr<ExactTile> m_live = std::make_unique<ExactTile>(GetParam(), simdLevel());
};

TEST_P(ExactTilesTest, equalLemonAndLive)
{
    const int tiles = exactTiles(GetParam());
    constexpr int atOnce = 500;
    for (int done = 0; done < tiles; done += atOnce)
        ASSERT_NO_FATAL_FAILURE(checkTiles(std::min(atOnce, tiles - done), 50)) << GetParam().text() << ", from " << done;
}

INSTANTIATE_TEST_SUITE_P(Patterns, ExactTilesTest, testing::ValuesIn(exactPatterns()), [](const auto &test) {
    return "keep" + std::to_string(test.param.n) + "of" + std::to_string(test.param.m);
});

} // namespace

} // namespace nms::test
