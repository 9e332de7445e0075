// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tile_facts.h"

#include <gtest/gtest.h>

using namespace nms;

namespace {

/// Two tiles of 2 × 2 side by side; the snapshot holds the plan of the right one only.
struct TwoTiles {
    TileGrid grid{2, 4, 2};
    Matrix<float> score{2, 4};
    Snapshot snapshot;

    TwoTiles()
    {
        for (int i = 0; i < 8; ++i)
            score(i / 4, i % 4) = float(i + 1); // right tile: 3 4 / 7 8
        snapshot.grid = grid;
        snapshot.region = {0, 1, 1, 2};
        snapshot.plan = Matrix<float>(2, 2);
        snapshot.plan.host()(0, 0) = 0.5f;
        snapshot.plan.host()(0, 1) = 0.5f;
        snapshot.plan.host()(1, 0) = 0.25f;
        snapshot.plan.host()(1, 1) = 1.0f;
        snapshot.potentials = {1, 4, 2, 3}; // α, then β
        snapshot.tiles = {{0, 0.3f, 0, 0}, {0, 0.1f, 0, 0}};
    }
};

TEST(TileFacts, ComputesSumsAndBoundFromThePlan)
{
    const TwoTiles data;
    const TileFacts facts = tileFacts(data.grid, 1, {1, 2}, data.score.span(), &data.snapshot, nullptr);
    EXPECT_EQ(facts.tileRow, 0);
    EXPECT_EQ(facts.tileCol, 1);
    EXPECT_EQ(facts.entries, 4);
    EXPECT_DOUBLE_EQ(facts.objective.value(), 0.5 * 3 + 0.5 * 4 + 0.25 * 7 + 8);
    EXPECT_DOUBLE_EQ(facts.rowResidual.value(), 0.25); // 1.25 in place of 1
    EXPECT_DOUBLE_EQ(facts.columnResidual.value(), 0.5); // 1.5 in place of 1
    EXPECT_EQ(facts.fractional.value(), 3);
    // Σα + Σβ = 10, and A − α − β = 0, 0, 1, 1
    EXPECT_DOUBLE_EQ(facts.upperBound.value(), 12);
    EXPECT_FLOAT_EQ(float(facts.gap.value()), 0.1f);
    EXPECT_EQ(facts.rank, 2);
}

TEST(TileFacts, OutsideTheCapturedRegionOnlyTileFiguresAreKnown)
{
    const TwoTiles data;
    const TileFacts facts = tileFacts(data.grid, 0, {1, 2}, data.score.span(), &data.snapshot, nullptr);
    EXPECT_FALSE(facts.objective);
    EXPECT_FALSE(facts.rowResidual);
    EXPECT_FLOAT_EQ(float(facts.gap.value()), 0.3f);
    EXPECT_EQ(facts.rank, 1);
}

TEST(TileFacts, TheMaskTakesPrecedence)
{
    const TwoTiles data;
    Solution solution;
    solution.grid = data.grid;
    solution.tiles = {{9, 10, 0, 1, true}, {11, 11, 0, 1, true}};
    const TileFacts facts = tileFacts(data.grid, 1, {1, 2}, data.score.span(), &data.snapshot, &solution);
    EXPECT_DOUBLE_EQ(facts.objective.value(), 11);
    EXPECT_DOUBLE_EQ(facts.upperBound.value(), 11);
    EXPECT_DOUBLE_EQ(facts.gap.value(), 0);
    EXPECT_EQ(facts.rank, 2);
}

TEST(TileFacts, RaggedTilesHaveNoResidualOfTheirOwn)
{
    Matrix<float> score(2, 3);
    Snapshot snapshot;
    snapshot.grid = {2, 3, 2};
    snapshot.region = TileRegion::all(snapshot.grid);
    snapshot.plan = Matrix<float>(2, 3);
    snapshot.potentials.assign(8, 0);
    snapshot.tiles.resize(2);
    const TileFacts facts = tileFacts(snapshot.grid, 1, {1, 2}, score.span(), &snapshot, nullptr);
    EXPECT_EQ(facts.entries, 2);
    EXPECT_FALSE(facts.rowResidual);
    EXPECT_TRUE(facts.objective);
}

} // namespace
