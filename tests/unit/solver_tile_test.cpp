// SPDX-License-Identifier: Apache-2.0
#include "core/methods/entropic/dykstra_tile.h"
#include "core/methods/exact/exact_tile.h"
#include "core/tile/masks/bound.h"
#include "core/tile/masks/rounding.h"
#include "core/tile/tile_run.h"
#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <vector>

namespace nms {

using test::gaussianScores;
using test::Random;

namespace {

std::unique_ptr<TileScores> tileOf(const Matrix<float> &scores, int m)
{
    auto tile = std::make_unique<TileScores>();
    tile->gather(scores.span(), {scores.rows(), scores.cols(), m}, 0);
    return tile;
}

bool isFull(const TileMask &mask, NmPattern pattern)
{
    std::vector<int> columns(std::size_t(pattern.m));
    for (int i = 0; i < pattern.m; ++i) {
        if (std::popcount(mask.rows[std::size_t(i)]) != pattern.n)
            return false;
        for (int j = 0; j < pattern.m; ++j)
            columns[std::size_t(j)] += mask.at(i, j);
    }
    return std::all_of(columns.begin(), columns.end(), [&](int kept) { return kept == pattern.n; });
}

} // namespace

TEST(TileScoresTest, padsRaggedTiles)
{
    Matrix<float> scores(5, 6);
    for (std::int64_t k = 0; k < scores.size(); ++k)
        scores.data()[k] = float(k);
    TileScores tile;
    tile.gather(scores.span(), {5, 6, 4}, 3);
    EXPECT_EQ(tile.realRows(), 1);
    EXPECT_EQ(tile.realCols(), 2);
    EXPECT_EQ(tile.row(0)[1], 29);
    EXPECT_EQ(tile.row(0)[2], 0);
    EXPECT_EQ(tile.row(3)[0], 0);
    EXPECT_EQ(tile.maximum(), 29);
    EXPECT_EQ(tile.total(), 57);
    EXPECT_TRUE(tile.valid());
}

TEST(TileMaskTest, isStoredAcrossWordsAndReadBack)
{
    const NmPattern pattern{20, 48};
    const TileGrid grid{90, 130, 48};
    Mask mask(90, 130);
    const TileMask band = TileMask::band(pattern);
    EXPECT_TRUE(isFull(band, pattern));
    for (std::int64_t tile = 0; tile < grid.count(); ++tile)
        RunMask(mask, {{}, grid, tile, 1}).putTile(grid.rowOf(tile) * 48, grid.colOf(tile) * 48, 48, band.rows.data());
    for (std::int64_t i = 0; i < 90; ++i)
        for (std::int64_t j = 0; j < 130; ++j)
            ASSERT_EQ(mask.at(i, j), band.at(int(i % 48), int(j % 48)));
    for (int i = 0; i < 48; ++i)
        EXPECT_EQ(loadTile(mask, grid, 1).rows[std::size_t(i)], band.rows[std::size_t(i)]);
    EXPECT_EQ(loadTile(mask, grid, 5).rows[42], 0U); // below the last row
}

TEST(RoundingTest, swapsFillEveryLine)
{
    Random random(2);
    Rounding rounding(simdLevel());
    for (const NmPattern pattern : {NmPattern{1, 3}, {2, 4}, {3, 7}, {8, 16}, {13, 16}, {40, 64}})
        for (int round = 0; round < 5; ++round) {
            const auto tile = tileOf(gaussianScores(pattern.m, pattern.m, random.bits()), pattern.m);
            const TileMask greedy = rounding.greedy(*tile, pattern.n);
            TileMask best = greedy, first = greedy;
            Rounding::swapUntilFull(*tile, pattern.n, best, Rounding::Choice::Best, simdLevel());
            Rounding::swapUntilFull(*tile, pattern.n, first, Rounding::Choice::First, simdLevel());
            EXPECT_TRUE(isFull(best, pattern)) << pattern.text();
            EXPECT_TRUE(isFull(first, pattern)) << pattern.text();
            EXPECT_EQ(isFull(greedy, pattern), best.rows == greedy.rows) << pattern.text();
        }
}

TEST(RoundingTest, tiesGoToTheFirst)
{
    Matrix<float> equal(4, 4);
    std::fill_n(equal.data(), 16, 1.0F);
    Rounding rounding(simdLevel());
    const TileMask mask = rounding.greedy(*tileOf(equal, 4), 2);
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(mask.rows[std::size_t(i)], i < 2 ? 0b0011U : 0b1100U);
}

TEST(BoundTest, sweepsCloseIn)
{
    ThresholdSweeps sweeps(simdLevel());
    ExactTile exact({8, 16}, simdLevel());
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto tile = tileOf(gaussianScores(16, 16, seed), 16);
        exact.start(*tile);
        while (!exact.done())
            exact.iterate();
        TileMask mask;
        const double optimum = exact.round(mask).objective;
        TileLine<double> alpha = {}, beta = {};
        double before = dualBound(*tile, 8, alpha.data(), beta.data(), simdLevel());
        EXPECT_NEAR(before, tile->total(), 1e-9);
        for (int sweep = 0; sweep < 4; ++sweep) {
            const double after = sweeps.bound(*tile, 8, alpha.data(), beta.data(), 1);
            EXPECT_LE(after, before * (1 + 1e-12));
            EXPECT_GE(after, optimum * (1 - 1e-6));
            before = after;
        }
        EXPECT_LE(before, optimum * 1.005);
    }
}

TEST(ExactTileTest, holdsSlacknessAllTheWay)
{
    // Thresholds in real units explain the plan at every step, not at the end alone: what is kept lies above, the rest
    // below.
    const auto tile = tileOf(gaussianScores(16, 16, 4), 16);
    ExactTile exact({8, 16}, simdLevel());
    exact.start(*tile);
    int augmentations = 0;
    for (double bound = tile->total(); !exact.done(); ++augmentations) {
        exact.iterate();
        TileLine<double> alpha, beta;
        exact.thresholds(alpha.data(), beta.data());
        for (int i = 0; i < 16; ++i)
            for (int j = 0; j < 16; ++j) {
                const double slack = tile->row(i)[j] - alpha[std::size_t(i)] - beta[std::size_t(j)];
                ASSERT_TRUE(exact.current().at(i, j) ? slack > -1e-6 : slack < 1e-6);
            }
        const double now = exact.figures().upperBound;
        EXPECT_LE(now, bound * (1 + 1e-6));
        bound = now;
        ASSERT_LT(augmentations, 100);
    }
}

TEST(DykstraTileTest, rebasingIsInvisible)
{
    // A state put down and taken up again in every iteration is the state that was never touched.
    const auto tile = tileOf(gaussianScores(16, 16, 6), 16);
    DykstraTile straight({8, 16}, 3000, 0.01, 0, simdLevel()), broken({8, 16}, 3000, 0.01, 0, simdLevel());
    straight.start(*tile);
    broken.start(*tile);
    std::vector<std::byte> state(broken.stateBytes()), other(broken.stateBytes());
    for (int k = 0; k < 400; ++k) {
        straight.iterate();
        broken.iterate();
        broken.suspend(state.data());
        broken.resume(*tile, state.data());
    }
    straight.suspend(other.data());
    EXPECT_EQ(state, other);
}

} // namespace nms
