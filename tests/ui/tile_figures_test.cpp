// SPDX-License-Identifier: Apache-2.0
// Figures of all tiles at once against those of each tile, and sums of scores that are made beforehand.
#include "ui/models/tile_figures.h"
#include "ui/models/tile_scores.h"
#include "ui/models/tile_sums.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace nms;

namespace {

struct RaggedLayer {
    TileGrid grid{37, 53, 8}; // 5 × 7 tiles, those at the edges ragged
    std::shared_ptr<Matrix<float>> score = std::make_shared<Matrix<float>>(37, 53);
    std::shared_ptr<Snapshot> snapshot = std::make_shared<Snapshot>();
    std::shared_ptr<Solution> solution = std::make_shared<Solution>();

    RaggedLayer()
    {
        std::mt19937 random(3);
        std::uniform_real_distribution<float> value(0, 1);
        for (std::int64_t i = 0; i < score->size(); ++i)
            score->data()[i] = value(random);
        for (int col = 0; col < 8; ++col)
            for (int row = 0; row < 8; ++row)
                (*score)(row, col) = 0; // a tile without a score loses nothing
        snapshot->grid = solution->grid = grid;
        for (std::int64_t tile = 0; tile < grid.count(); ++tile) {
            snapshot->tiles.push_back({value(random), value(random), value(random), 0.25F});
            TileResult result;
            result.objective = tile == 0 ? 0 : double(value(random));
            result.upperBound = result.objective + double(value(random));
            solution->tiles.push_back(result);
        }
        snapshot->tiles[7].gap = snapshot->tiles[20].gap = 2; // the largest, twice
    }
    TileFigures figures() const
    {
        return {grid, snapshot, solution, std::make_shared<const std::vector<double>>(sumTiles(*score, grid))};
    }
};

TEST(TileFigures, AllAtOnceAreThoseOfEachTile)
{
    const RaggedLayer layer;
    const TileFigures figures = layer.figures();
    std::vector<float> all(std::size_t(layer.grid.count()));
    for (const TileFigure figure : allTileFigures) {
        figures.write(figure, all);
        std::int64_t worst = 0;
        for (std::int64_t tile = 0; tile < layer.grid.count(); ++tile) {
            EXPECT_EQ(all[std::size_t(tile)], figures.of(tile, figure)) << nameOf(figure) << " of " << tile;
            if (figures.of(tile, figure) > figures.of(worst, figure))
                worst = tile;
        }
        EXPECT_EQ(figures.worst(figure), worst);
        EXPECT_EQ(figures.rankOf(worst, figure), 1);
    }
    EXPECT_EQ(figures.worst(TileFigure::PlanGap), 7);
    EXPECT_EQ(figures.rankOf(20, TileFigure::PlanGap), 1);
    EXPECT_EQ(figures.of(0, TileFigure::MaskLost), 0);
}

TEST(TileFigures, ACommonValueIsThatOfEveryTile)
{
    RaggedLayer layer;
    EXPECT_EQ(layer.figures().common(TileFigure::PlanLost), 0.25F);
    EXPECT_FALSE(layer.figures().common(TileFigure::Residual));
    layer.snapshot->tiles.back().lost = 0.5F;
    EXPECT_FALSE(layer.figures().common(TileFigure::PlanLost));
}

TEST(TileFigures, WhatIsNotKnownIsNoNumber)
{
    const RaggedLayer layer;
    const TileFigures figures(layer.grid, nullptr, layer.solution, nullptr);
    std::vector<float> all(std::size_t(layer.grid.count()));
    for (const TileFigure figure : {TileFigure::PlanGap, TileFigure::MaskLost}) {
        figures.write(figure, all);
        for (const float value : all)
            EXPECT_TRUE(std::isnan(value));
        EXPECT_TRUE(std::isnan(figures.of(3, figure)));
        EXPECT_FALSE(figures.common(figure) || figures.worst(figure) || figures.rankOf(3, figure));
    }
}

TEST(TileScores, AreTheSumsOfTheScoresAndTheGridThatAreAskedFor)
{
    const RaggedLayer layer;
    const RaggedLayer other;
    (*other.score)(20, 20) = 9;
    TileScores scores;
    scores.prepare(layer.score, layer.grid);
    const TileScores::Sums sums = scores.of(layer.score, layer.grid);
    EXPECT_EQ(*sums, sumTiles(*layer.score, layer.grid));
    EXPECT_EQ(scores.of(layer.score, layer.grid), sums) << "made once";
    const TileGrid finer{37, 53, 4};
    EXPECT_EQ(*scores.of(layer.score, finer), sumTiles(*layer.score, finer));
    scores.prepare(layer.score, layer.grid);
    EXPECT_EQ(*scores.of(other.score, layer.grid), sumTiles(*other.score, layer.grid));
    scores.clear();
    EXPECT_EQ(*scores.of(layer.score, layer.grid), *sums);
}

} // namespace
