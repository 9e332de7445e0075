// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tile_facts.h"

#include <gtest/gtest.h>

#include <span>

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

/// No owner: the test keeps what it shows.
template <class T> std::shared_ptr<const T> borrowed(const T &value)
{
    return {std::shared_ptr<const T>(), &value};
}

SolveOptions optionsFor(Method method)
{
    SolveOptions options;
    options.pattern = {1, 2};
    options.method = method;
    return options;
}

TileFacts factsOf(const TwoTiles &data, std::int64_t tile, const Solution *solution = nullptr,
                  Method method = Method::Dykstra, TileFigure rankedBy = TileFigure::PlanGap)
{
    const auto scores = std::make_shared<const std::vector<double>>(sumTiles(data.score, data.grid));
    const TileFigures figures(data.grid, borrowed(data.snapshot), solution ? borrowed(*solution) : nullptr, scores);
    return tileFacts(figures, tile, rankedBy, optionsFor(method), data.score.span(), &data.snapshot, solution);
}

TEST(TileFacts, ComputesSumsAndBoundFromThePlan)
{
    TwoTiles data;
    data.snapshot.tiles[1].residual = 0.5F;
    const TileFacts facts = factsOf(data, 1);
    EXPECT_EQ(facts.tileRow, 0);
    EXPECT_EQ(facts.tileCol, 1);
    EXPECT_EQ(facts.entries, 4);
    EXPECT_DOUBLE_EQ(facts.planObjective.value(), 0.5 * 3 + 0.5 * 4 + 0.25 * 7 + 8);
    EXPECT_DOUBLE_EQ(facts.rowResidual.value(), 0.25); // 1.25 in place of 1
    EXPECT_DOUBLE_EQ(facts.columnResidual.value(), 0.5); // 1.5 in place of 1
    EXPECT_DOUBLE_EQ(facts.residual.value(), 0.5);
    EXPECT_EQ(facts.undecided.value(), 3);
    // Σα + Σβ = 10, and A − α − β = 0, 0, 1, 1
    EXPECT_DOUBLE_EQ(facts.planBound.value(), 12);
    EXPECT_FLOAT_EQ(float(facts.planGap.value()), 0.1f);
    EXPECT_EQ(facts.rank, 2);
    EXPECT_FALSE(facts.maskObjective || facts.maskGap || facts.maskLost);
}

TEST(TileFacts, OutsideTheCapturedRegionOnlyTileFiguresAreKnown)
{
    const TwoTiles data;
    const TileFacts facts = factsOf(data, 0);
    EXPECT_FALSE(facts.planObjective);
    EXPECT_FALSE(facts.rowResidual);
    EXPECT_FLOAT_EQ(float(facts.planGap.value()), 0.3f);
    EXPECT_EQ(facts.rank, 1);
}

TEST(TileFacts, TheMaskStandsBesideThePlan)
{
    const TwoTiles data;
    Solution solution;
    solution.grid = data.grid;
    solution.tiles = {{9, 10, 0, 1, true}, {11, 11, 0, 1, true}};
    const TileFacts facts = factsOf(data, 1, &solution);
    EXPECT_DOUBLE_EQ(facts.planObjective.value(), 0.5 * 3 + 0.5 * 4 + 0.25 * 7 + 8);
    EXPECT_FLOAT_EQ(float(facts.planGap.value()), 0.1f) << "the mask's gap is another figure";
    EXPECT_DOUBLE_EQ(facts.maskObjective.value(), 11);
    EXPECT_DOUBLE_EQ(facts.maskBound.value(), 11);
    EXPECT_DOUBLE_EQ(facts.maskGap.value(), 0);
    EXPECT_FLOAT_EQ(float(facts.maskLost.value()), 0.5f); // of 3 + 4 + 7 + 8
    EXPECT_EQ(facts.rank, 2) << "still by the plan";
    const TileFacts other = factsOf(data, 0, &solution, Method::Dykstra, TileFigure::MaskGap);
    EXPECT_EQ(other.rank, 1);
    EXPECT_DOUBLE_EQ(other.maskGap.value(), double(0.1f));
}

TEST(TileFacts, ExactTellsNoObjectiveOfWhatBreaksTheConstraints)
{
    TwoTiles data; // its right plan keeps 13.25, more than the bound of 12
    data.snapshot.tiles[1].residual = 0.5F;
    EXPECT_FALSE(factsOf(data, 1, nullptr, Method::Exact).planObjective);
    for (float &entry : std::span(data.snapshot.plan.host().data(), 4))
        entry = 0;
    data.snapshot.plan.host()(0, 1) = data.snapshot.plan.host()(1, 0) = 1;
    data.snapshot.tiles[1].residual = 0;
    const TileFacts facts = factsOf(data, 1, nullptr, Method::Exact);
    EXPECT_DOUBLE_EQ(facts.planObjective.value(), 11);
    EXPECT_LE(*facts.planObjective, facts.planBound.value());
}

TEST(TileFacts, RaggedTilesHaveNoResidualOfTheirLines)
{
    TwoTiles data;
    data.grid = {2, 3, 2};
    data.score = Matrix<float>(2, 3);
    data.snapshot.grid = data.grid;
    data.snapshot.region = TileRegion::all(data.grid);
    data.snapshot.plan = Matrix<float>(2, 3);
    data.snapshot.potentials.assign(8, 0);
    const TileFacts facts = factsOf(data, 1);
    EXPECT_EQ(facts.entries, 2);
    EXPECT_FALSE(facts.rowResidual);
    EXPECT_TRUE(facts.planObjective);
}

TEST(TileFacts, TextsAreTheSameWhateverIsKnown)
{
    const TwoTiles data;
    const FactTexts texts = factTexts(factsOf(data, 1), 2, optionsFor(Method::Dykstra));
    const FactTexts none = factTexts({}, 2, optionsFor(Method::Dykstra));
    ASSERT_EQ(texts.plan.size(), none.plan.size());
    for (std::size_t i = 0; i < texts.plan.size(); ++i) {
        EXPECT_EQ(texts.plan[i].name, none.plan[i].name);
        EXPECT_EQ(none.plan[i].value, "–");
        EXPECT_EQ(texts.mask[i].value, "–");
        EXPECT_FALSE(texts.plan[i].hint.isEmpty());
    }
    EXPECT_EQ(texts.plan[2].name, "plan gap");
    EXPECT_EQ(texts.plan[2].value, "10 %");
    EXPECT_EQ(texts.undecided.value, "3 of 4");
    EXPECT_EQ(texts.rank.name, "rank by plan gap");
    EXPECT_EQ(texts.rank.value, "2 of 2");
}

} // namespace
