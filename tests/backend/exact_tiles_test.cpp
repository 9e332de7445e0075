// SPDX-License-Identifier: Apache-2.0
// Many tiles of every pattern, random and adversarial: batch equals LEMON in integers, and live equals batch. A few thousand
// tiles a pattern; NMS_EXHAUSTIVE=1 makes it a hundred thousand (ten thousand of more than 32 × 32).
#include "core/solver/cpu_backend.h"
#include "core/solver/tile/exact_tile.h"
#include "core/sparsity/metrics.h"
#include "tests/backend/cases.h"
#include "tests/backend/lemon_optimum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>

namespace nms::test {

namespace {

/// The entries of one tile. x and y: random numbers of its rows and columns.
struct TileEntry {
    NmPattern pattern;
    int i, j;
    double x, y;
};

using Entry = double (*)(Random &random, const TileEntry &at);

constexpr Entry adversaries[] = {
    [](Random &, const TileEntry &) { return 0.37; },
    [](Random &random, const TileEntry &) { return double(random.bits() % 2); },
    [](Random &random, const TileEntry &) { return double(random.bits() % 16); },
    [](Random &random, const TileEntry &at) { return at.x * at.y + 1e-6 * double(random.bits() % 2); },
    [](Random &, const TileEntry &at) { return at.x * at.y; },
    [](Random &, const TileEntry &at) { return at.x + at.y; }, // every mask is optimal, but for rounding
    [](Random &random, const TileEntry &at) {
        const int m = at.pattern.m, diagonal = ((5 * at.i + 3 - at.j) % m + m) % m;
        return (diagonal < at.pattern.n ? 1.0 : 0.0) + 1e-3 * random.uniform();
    },
    [](Random &random, const TileEntry &) { return std::exp2(-30 * random.uniform()); },
    [](Random &random, const TileEntry &) { return std::exp2(-double(random.bits() % 31)); },
    [](Random &random, const TileEntry &) { return random.bits() % 4 ? 0.0 : random.uniform(); },
    [](Random &random, const TileEntry &at) { return at.i % 3 && at.j % 3 ? random.uniform() : 0.0; },
    [](Random &, const TileEntry &) { return 0.0; },
    [](Random &random, const TileEntry &) {
        return double(random.bits() % 1000) * double(std::numeric_limits<float>::denorm_min());
    },
    [](Random &random, const TileEntry &) {
        return double(std::numeric_limits<float>::max()) * (0.5 + 0.5 * random.uniform());
    },
    [](Random &random, const TileEntry &at) { return random.uniform() * (at.j == 0 ? 1.0 : 0.01) * (at.i == 1 ? 10 : 1); },
    [](Random &random, const TileEntry &at) { return at.i < at.pattern.m / 2 ? random.uniform() : 1e-5 * random.uniform(); },
};

/// Tiles side by side, every other one Gaussian.
Matrix<float> tilesOf(NmPattern pattern, int tiles, Random &random)
{
    const int m = pattern.m;
    Matrix<float> scores(m, std::int64_t(m) * tiles);
    for (int tile = 0; tile < tiles; ++tile) {
        const Entry adversary = adversaries[random.bits() % std::size(adversaries)];
        std::vector<double> x, y;
        for (int k = 0; k < m; ++k) {
            x.push_back(random.uniform());
            y.push_back(random.uniform());
        }
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < m; ++j) {
                const TileEntry at = {pattern, i, j, x[std::size_t(i)], y[std::size_t(j)]};
                scores(i, std::int64_t(tile) * m + j) =
                    float(tile % 2 ? adversary(random, at) : std::abs(random.gaussian()));
            }
    }
    return scores;
}

class ExactTilesTest : public testing::TestWithParam<NmPattern>
{
protected:
    void checkTiles(int tiles, int watched)
    {
        const NmPattern pattern = GetParam();
        const Matrix<float> scores = tilesOf(pattern, tiles, m_random);
        const Result<Solution> batch = makeCpuBackend()->solve(scores.span(), optionsFor(Method::Exact, pattern), {});
        ASSERT_TRUE(batch) << batch.error().line();
        ASSERT_TRUE(checkTransposable(batch->mask, pattern).transposable());
        for (int tile = 0; tile < tiles; ++tile) {
            ASSERT_NO_FATAL_FAILURE(checkOptimum(scores, *batch, tile)) << "tile " << tile;
            if (tile < watched) {
                ASSERT_NO_FATAL_FAILURE(checkLive(scores, *batch, tile)) << "tile " << tile;
            }
        }
    }

private:
    void checkOptimum(const Matrix<float> &scores, const Solution &batch, int tile)
    {
        const int m = batch.grid.m;
        const Span2d<const float> cells = scores.span().block(0, std::int64_t(tile) * m, m, m);
        double most = 0;
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < m; ++j)
                most = std::max(most, double(cells(i, j)));
        std::int64_t kept = 0;
        double objective = 0;
        m_integers.clear();
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < m; ++j) {
                m_integers.push_back(most > 0 ? std::llround(double(cells(i, j)) * (16777215 / most)) : 0);
                if (batch.mask.at(i, std::int64_t(tile) * m + j)) {
                    kept += m_integers.back();
                    objective += double(cells(i, j));
                }
            }
        ASSERT_EQ(kept, m_lemon.optimum(m_integers));
        const TileResult &result = batch.tiles[std::size_t(tile)];
        ASSERT_TRUE(result.converged);
        ASSERT_EQ(result.objective, result.upperBound);
        ASSERT_NEAR(result.objective, objective, 1e-12 * objective);
    }

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
    std::vector<std::int64_t> m_integers;
    std::unique_ptr<TileScores> m_scores = std::make_unique<TileScores>();
    std::unique_ptr<ExactTile> m_live = std::make_unique<ExactTile>(GetParam());
};

TEST_P(ExactTilesTest, equalLemonAndLive)
{
    const char *wanted = std::getenv("NMS_EXHAUSTIVE");
    const bool exhaustive = wanted && *wanted && *wanted != '0';
    const int m = GetParam().m;
    const int tiles = exhaustive ? (m > 32 ? 10'000 : 100'000) : m > 32 ? 100 : m > 16 ? 500 : 2'000;
    constexpr int atOnce = 500;
    for (int done = 0; done < tiles; done += atOnce)
        ASSERT_NO_FATAL_FAILURE(checkTiles(std::min(atOnce, tiles - done), 50)) << GetParam().text() << ", from " << done;
}

INSTANTIATE_TEST_SUITE_P(Patterns, ExactTilesTest,
                         testing::Values(NmPattern{1, 1}, NmPattern{1, 4}, NmPattern{2, 4}, NmPattern{3, 4}, NmPattern{2, 5},
                                         NmPattern{3, 7}, NmPattern{4, 8}, NmPattern{1, 8}, NmPattern{7, 8},
                                         NmPattern{5, 12}, NmPattern{8, 16}, NmPattern{4, 16}, NmPattern{1, 16},
                                         NmPattern{15, 16}, NmPattern{16, 16}, NmPattern{9, 20}, NmPattern{16, 32},
                                         NmPattern{8, 32}, NmPattern{31, 32}, NmPattern{20, 48}, NmPattern{32, 64}),
                         [](const auto &test) {
                             return "keep" + std::to_string(test.param.n) + "of" + std::to_string(test.param.m);
                         });

} // namespace

} // namespace nms::test
