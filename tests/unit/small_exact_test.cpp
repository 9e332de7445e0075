// SPDX-License-Identifier: Apache-2.0
// `exact` on small tiles, many at once, at every level of vector instructions that this machine has: against all masks there
// are (M ≤ 4), and against the tile that is solved by itself.
#include "core/methods/exact/exact_tile.h"
#include "core/methods/exact/small_exact.h"
#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

namespace nms {

namespace {

constexpr int kinds = 11;

float scoreOfKind(int kind, int i, int j, test::Random &random)
{
    switch (kind) {
    case 0:
        return float(std::abs(random.gaussian()));
    case 1: // ties
        return float(random.bits() % 3);
    case 2:
        return 0;
    case 3: // all equal
        return 0.3F;
    case 4: // few that count
        return random.bits() % 4 ? 0 : float(random.uniform());
    case 5: // rank one, almost
        return float((i + 1) * (j + 1)) + (random.bits() % 4 ? 0 : 0.25F);
    case 6: // a range of 2⁴⁰
        return std::ldexp(1.0F, int(random.bits() % 41) - 20);
    case 7: // denormals
        return float(random.bits() % 100) * std::numeric_limits<float>::denorm_min();
    case 8:
        return std::numeric_limits<float>::max() * float(1 - random.uniform() / 4);
    case 9: // a row that hardly counts
        return float(random.uniform()) * (i == 1 ? 1e-7F : 1.0F);
    default: // −0 among ties
        return random.bits() % 2 ? 1.0F : -0.0F;
    }
}

/// Each tile of another kind.
Matrix<float> mixedScores(std::int64_t rows, std::int64_t cols, int m, std::uint64_t seed)
{
    test::Random random(seed);
    Matrix<float> scores(rows, cols);
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t col = 0; col < cols; ++col)
            scores(row, col) = scoreOfKind(int((row / m * 3 + col / m) % kinds), int(row % m), int(col % m), random);
    return scores;
}

std::unique_ptr<RunSolver> solverFor(NmPattern pattern, SimdLevel level)
{
    if (pattern.m <= ExactTable::maxM)
        return std::make_unique<ExactTable>(pattern, level);
    return std::make_unique<ExactSweeps>(pattern, level);
}

struct Solved {
    Mask mask;
    std::vector<TileResult> tiles;
};

/// Row of tiles by row of tiles.
Solved solved(RunSolver &solver, const Matrix<float> &scores, int m)
{
    const TileGrid grid{scores.rows(), scores.cols(), m};
    Solved out{Mask(grid.rows, grid.cols), std::vector<TileResult>(std::size_t(grid.count()))};
    for (std::int64_t row = 0; row < grid.tileRows(); ++row) {
        const TileRun run = TileRun::of(scores.span(), grid, grid.index(row, 0), grid.tileCols());
        RunMask mask(out.mask, run);
        EXPECT_EQ(solver.solveRun(run, {}, mask, out.tiles.data() + run.first), run.end());
    }
    return out;
}

/// The masks with n in every row and column, in the order of their bits read row by row, the greatest first.
std::vector<std::uint32_t> allMasks(NmPattern pattern)
{
    const auto [n, m] = pattern;
    std::vector<std::uint32_t> masks;
    for (std::uint32_t bits = (std::uint64_t(1) << (m * m)) - 1; bits > 0; --bits) {
        bool fits = true;
        for (int line = 0; line < m && fits; ++line) {
            int inRow = 0, inColumn = 0;
            for (int k = 0; k < m; ++k) {
                inRow += bits >> (m * m - 1 - (line * m + k)) & 1;
                inColumn += bits >> (m * m - 1 - (k * m + line)) & 1;
            }
            fits = inRow == n && inColumn == n;
        }
        if (fits)
            masks.push_back(bits);
    }
    return masks;
}

/// What brute force says of a tile.
TileMask firstOptimum(const TileScores &scores, NmPattern pattern, const std::vector<std::uint32_t> &masks)
{
    const int m = pattern.m;
    if (scores.maximum() == 0)
        return TileMask::band(pattern);
    std::int64_t most = -1;
    std::uint32_t best = 0;
    for (const std::uint32_t bits : masks) {
        std::int64_t sum = 0;
        for (int k = 0; k < m * m; ++k)
            if (bits >> (m * m - 1 - k) & 1)
                sum += std::llround(double(scores.row(k / m)[k % m]) * (16777215 / double(scores.maximum())));
        if (sum > most) {
            most = sum;
            best = bits;
        }
    }
    TileMask mask;
    for (int k = 0; k < m * m; ++k)
        if (best >> (m * m - 1 - k) & 1)
            mask.add(k / m, k % m);
    return mask;
}

bool holds(const Mask &mask, const TileGrid &grid, std::int64_t tile, const TileMask &expected)
{
    for (int i = 0; i < grid.realRows(tile); ++i)
        for (int j = 0; j < grid.realCols(tile); ++j)
            if (mask.at(grid.rowOf(tile) * grid.m + i, grid.colOf(tile) * grid.m + j) != expected.at(i, j))
                return false;
    return true;
}

class SmallExactTest : public testing::TestWithParam<NmPattern>
{ };

TEST_P(SmallExactTest, equalsBruteForceAndTheTileByItself)
{
    const NmPattern pattern = GetParam();
    const int m = pattern.m;
    // Whole groups of sixteen tiles, a rest, and ragged tiles below and to the right.
    const Matrix<float> scores =
        mixedScores(4 * m + (m + 1) / 2, 50 * m + (m + 1) / 2, m, std::uint64_t(10 * m + pattern.n));
    const TileGrid grid{scores.rows(), scores.cols(), m};
    const bool small = m <= ExactTable::maxM;
    const std::vector<std::uint32_t> masks = small ? allMasks(pattern) : std::vector<std::uint32_t>();
    const auto tileScores = std::make_unique<TileScores>();
    const auto alone = std::make_unique<ExactTile>(pattern, simdLevel());
    for (const SimdLevel level : simdLevels()) {
        const Solved found = solved(*solverFor(pattern, level), scores, m);
        for (std::int64_t tile = 0; tile < grid.count(); ++tile) {
            tileScores->gather(scores.span(), grid, tile);
            if (small) {
                ASSERT_TRUE(holds(found.mask, grid, tile, firstOptimum(*tileScores, pattern, masks)))
                    << nameOf(level) << ", tile " << tile;
            }
            alone->start(*tileScores);
            while (!alone->done())
                alone->iterate();
            TileMask mask;
            const TileResult expected = alone->round(mask);
            const TileResult &result = found.tiles[std::size_t(tile)];
            ASSERT_TRUE(holds(found.mask, grid, tile, mask)) << nameOf(level) << ", tile " << tile;
            ASSERT_EQ(result.objective, expected.objective) << nameOf(level) << ", tile " << tile;
            ASSERT_EQ(result.upperBound, expected.upperBound);
            ASSERT_EQ(result.residual, expected.residual);
            ASSERT_EQ(result.converged, expected.converged);
            ASSERT_EQ(result.iterations, small ? 0 : expected.iterations);
        }
    }
}

std::vector<NmPattern> patterns()
{
    std::vector<NmPattern> all;
    for (int m = 1; m <= GroupSolver::maxM; ++m)
        for (int n = 1; n <= m; ++n)
            all.push_back({n, m});
    return all;
}

INSTANTIATE_TEST_SUITE_P(Patterns, SmallExactTest, testing::ValuesIn(patterns()), [](const auto &test) {
    return "keep" + std::to_string(test.param.n) + "of" + std::to_string(test.param.m);
});

TEST(SmallExactErrorTest, namesTheFirstInvalidTile)
{
    for (const SimdLevel level : simdLevels())
        for (int m = 1; m <= GroupSolver::maxM; ++m)
            for (const float wrong : {-1.0F, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN(),
                                      -std::numeric_limits<float>::quiet_NaN()}) {
                Matrix<float> scores = test::gaussianScores(m, 40 * m, 5);
                scores(m - 1, 39 * m) = scores(0, 25 * m) = wrong;
                Mask mask(m, 40 * m);
                std::vector<TileResult> tiles(40);
                const TileRun run = TileRun::of(scores.span(), {m, 40 * m, m}, 0, 40);
                RunMask part(mask, run);
                EXPECT_EQ(solverFor({1, m}, level)->solveRun(run, {}, part, tiles.data()), 25);
            }
}

} // namespace

} // namespace nms
