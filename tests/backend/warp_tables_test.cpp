// SPDX-License-Identifier: Apache-2.0
// `exact` up to 4 × 4 on host lanes, with one tile in every lane: masks and objectives must equal those of the CPU bit for
// bit, for every shape of the matrix and for launches that begin and end anywhere.
#include "core/solver/cpu_backend.h"
#include "gpu/cuda/cuda_backend.h"
#include "gpu/cuda/host_lanes/host_lanes.h"
#include "gpu/cuda/panel_worker.h"
#include "gpu/cuda/solve_launch.h"
#include "gpu/cuda/warp/mask_table.h"
#include "gpu/cuda/warp_backend.h"
#include "tests/backend/cases.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace nms::warp {
namespace {

constexpr NmPattern patterns[] = {{1, 1}, {1, 2}, {2, 2}, {1, 3}, {2, 3}, {3, 3}, {1, 4}, {2, 4}, {3, 4}, {4, 4}};

/// The table has every mask with N in each row and column exactly once.
template <int N, int M> void expectAllMasks(std::size_t count)
{
    std::set<unsigned> masks;
    for (const unsigned mask : maskTable<N, M>.masks) {
        if (mask == 0) // no mask has this rank
            continue;
        masks.insert(mask);
        for (int i = 0; i < M; ++i) {
            int inRow = 0, inColumn = 0;
            for (int j = 0; j < M; ++j) {
                inRow += int(mask >> (4 * i + j) & 1U);
                inColumn += int(mask >> (4 * j + i) & 1U);
            }
            EXPECT_EQ(inRow, N) << mask;
            EXPECT_EQ(inColumn, N) << mask;
        }
    }
    EXPECT_EQ(masks.size(), count);
    EXPECT_TRUE(masks.contains(maskTable<N, M>.band));
}

TEST(WarpTables, haveAllMasks)
{
    expectAllMasks<1, 2>(2);
    expectAllMasks<1, 3>(6);
    expectAllMasks<2, 3>(6);
    expectAllMasks<1, 4>(24);
    expectAllMasks<2, 4>(90);
    expectAllMasks<3, 4>(24);
}

/// Scores with few different values, so that many masks are optimal, and some tiles of zeros.
Matrix<float> tiedScores(std::int64_t rows, std::int64_t cols, std::uint64_t values, std::uint64_t seed)
{
    test::Random random(seed);
    Matrix<float> scores(rows, cols);
    for (std::int64_t k = 0; k < scores.size(); ++k)
        scores.data()[k] = float(random.bits() % values);
    return scores;
}

void expectCpus(const Matrix<float> &scores, NmPattern pattern, const std::string &name)
{
    const SolveOptions options = test::optionsFor(Method::Exact, pattern);
    const auto wanted = makeCpuBackend()->solve(scores.span(), options, {});
    const auto got = makeHostWarpBackend()->solve(scores.span(), options, {});
    const std::string what = pattern.text() + ", " + name;
    ASSERT_TRUE(wanted && got) << what;
    for (std::int64_t row = 0; row < scores.rows(); ++row)
        for (std::size_t word = 0; word < wanted->mask.row64(row).size(); ++word)
            ASSERT_EQ(got->mask.row64(row)[word], wanted->mask.row64(row)[word]) << what << ", row " << row;
    for (std::size_t tile = 0; tile < wanted->tiles.size(); ++tile) {
        ASSERT_EQ(got->tiles[tile].objective, wanted->tiles[tile].objective) << what << ", tile " << tile;
        ASSERT_EQ(got->tiles[tile].upperBound, wanted->tiles[tile].upperBound) << what << ", tile " << tile;
        ASSERT_TRUE(got->tiles[tile].converged) << what << ", tile " << tile;
    }
}

TEST(WarpTables, giveTheCpusMasksInAllShapes)
{
    for (const NmPattern pattern : patterns)
        // Widths of whole and of partial words of the mask.
        for (const std::int64_t cols : {1, 3, 4, 60, 62, 64, 124, 128, 130, 192, 256, 509})
            for (const std::int64_t rows : {1, 2, 9, 16}) {
                const auto seed = std::uint64_t(cols * 100 + rows);
                const std::string shape = std::to_string(rows) + "×" + std::to_string(cols);
                expectCpus(tiedScores(rows, cols, 3, seed), pattern, shape + ", three values");
                expectCpus(test::gaussianScores(rows, cols, seed), pattern, shape + ", Gaussian");
            }
}

TEST(WarpTables, giveTheCpusMasksOnManyTiles)
{
    for (const NmPattern pattern : patterns) {
        expectCpus(test::gaussianScores(256, 512, 1), pattern, "Gaussian");
        expectCpus(tiedScores(256, 512, 2, 2), pattern, "two values");
        expectCpus(tiedScores(256, 512, 5, 3), pattern, "five values");
        expectCpus(tiedScores(256, 512, 100, 4), pattern, "hundred values");
    }
}

/// A launch may solve any part of the tiles of a rectangle.
TEST(WarpTables, launchesInPiecesGiveTheSame)
{
    for (const NmPattern pattern : patterns) {
        const Matrix<float> scores = tiedScores(5 * pattern.m + 1, 48 * pattern.m, 7, 5);
        const TileGrid grid{scores.rows(), scores.cols(), pattern.m};
        const std::int64_t words = (scores.cols() + 63) / 64;
        const SolveOptions options = test::optionsFor(Method::Exact, pattern);
        const auto queue = makeHostQueue(1, std::numeric_limits<std::int64_t>::max());
        const auto solve = [&](std::int64_t left, std::int64_t step) { // columns of tiles from `left` on
            std::vector<std::uint64_t> mask(std::size_t(scores.rows() * words));
            std::vector<TileFigures> figures(std::size_t(grid.count()));
            MaskLaunch launch;
            launch.problem = problemOf(grid, options, scores.data());
            launch.mask = mask.data();
            launch.maskWordsPerRow = words;
            launch.figures = figures.data();
            for (const TileSet &part :
                 {TileSet{0, 0, left, 0, left * grid.tileRows()},
                  TileSet{0, left, grid.tileCols() - left, 0, (grid.tileCols() - left) * grid.tileRows()}})
                for (std::int64_t first = 0; first < part.count; first += step) {
                    launch.tiles = part;
                    launch.tiles.first = first;
                    launch.tiles.count = std::min(step, part.count - first);
                    EXPECT_TRUE(queue->run(ExactLaunch{launch}) && queue->finish());
                }
            for (const TileFigures &one : figures)
                EXPECT_EQ(one.upperBound, one.objective);
            return mask;
        };
        const std::vector<std::uint64_t> whole = solve(0, 1 << 20);
        EXPECT_EQ(solve(16, 1 << 20), whole) << pattern.text();
        EXPECT_EQ(solve(16, 32), whole) << pattern.text();
        EXPECT_EQ(solve(16, 24), whole) << pattern.text();
        EXPECT_EQ(solve(0, 37), whole) << pattern.text();
        EXPECT_EQ(solve(5, 50), whole) << pattern.text();
        EXPECT_EQ(solve(47, 7), whole) << pattern.text();
    }
}

} // namespace
} // namespace nms::warp
