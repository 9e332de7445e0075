// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tiles_model.h"

#include <QAbstractItemModelTester>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

using namespace nms;

namespace {

std::shared_ptr<Snapshot> randomSnapshot(TileGrid grid, unsigned seed)
{
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->grid = grid;
    snapshot->tiles.resize(std::size_t(grid.count()));
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> value(0, 1);
    for (TileStats &tile : snapshot->tiles)
        tile = {value(random), value(random), value(random), value(random)};
    return snapshot;
}

TileFigures figuresOf(std::shared_ptr<const Snapshot> snapshot, std::shared_ptr<const Solution> solution = nullptr)
{
    const TileGrid grid = solution ? solution->grid : snapshot ? snapshot->grid : TileGrid();
    return {grid, std::move(snapshot), std::move(solution), nullptr};
}

void expectSorted(const TilesModel &model, const Snapshot &snapshot, float TileStats::*figure)
{
    float last = 2;
    for (int row = 0; row < model.rowCount(); ++row) {
        const float value = snapshot.tiles[std::size_t(model.tileAt(row))].*figure;
        ASSERT_LE(value, last) << "row " << row;
        last = value;
    }
    // And nothing behind is worse than the last one shown.
    std::int64_t worse = 0;
    for (const TileStats &tile : snapshot.tiles)
        worse += tile.*figure > last;
    EXPECT_LE(worse, model.rowCount());
}

TEST(TilesModel, SortsLazilyOnAQuarterMillionTiles)
{
    TilesModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    tester.setUseFetchMore(false); // it would fetch in the middle of a fetch
    const auto snapshot = randomSnapshot({8192, 8192, 16}, 1);
    ASSERT_EQ(snapshot->grid.count(), 262144);
    model.setSource(figuresOf(snapshot), TileFigure::PlanGap);
    const int first = model.rowCount();
    EXPECT_GT(first, 0);
    EXPECT_LT(first, 1000);
    expectSorted(model, *snapshot, &TileStats::gap);

    ASSERT_TRUE(model.canFetchMore({}));
    model.fetchMore({});
    EXPECT_EQ(model.rowCount(), 2 * first);
    expectSorted(model, *snapshot, &TileStats::gap);

    model.setSource(figuresOf(snapshot), TileFigure::Residual);
    EXPECT_EQ(model.rowCount(), 2 * first);
    expectSorted(model, *snapshot, &TileStats::residual);
}

TEST(TilesModel, NewFiguresKeepTheRows)
{
    TilesModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    tester.setUseFetchMore(false); // it would fetch in the middle of a fetch
    const TileGrid grid{384, 384, 16};
    model.setSource(figuresOf(randomSnapshot(grid, 1)), TileFigure::PlanGap);
    while (model.canFetchMore({}))
        model.fetchMore({});
    EXPECT_EQ(model.rowCount(), 576);
    bool isReset = false;
    QObject::connect(&model, &QAbstractItemModel::modelReset, &model, [&] { isReset = true; });
    const auto next = randomSnapshot(grid, 2);
    model.setSource(figuresOf(next), TileFigure::PlanGap);
    EXPECT_FALSE(isReset);
    EXPECT_EQ(model.rowCount(), 576);
    expectSorted(model, *next, &TileStats::gap);
    EXPECT_EQ(model.rowOf(model.tileAt(100)), 100);

    model.setSource({}, TileFigure::PlanGap);
    EXPECT_EQ(model.rowCount(), 0);
    EXPECT_FALSE(model.canFetchMore({}));
}

TEST(TilesModel, PlanAndMaskHaveAColumnEach)
{
    TilesModel model;
    const TileGrid grid{8, 8, 4};
    auto snapshot = randomSnapshot(grid, 3);
    auto solution = std::make_shared<Solution>();
    solution->grid = grid;
    solution->tiles = {{10, 10, 0, 1, true}, {9, 10, 0, 1, true}, {8, 10, 0, 1, true}, {9.5, 10, 0, 1, true}};
    model.setSource(figuresOf(snapshot), TileFigure::PlanGap);
    std::array<std::int64_t, 4> order{};
    for (int row = 0; row < 4; ++row)
        order[std::size_t(row)] = model.tileAt(row);
    EXPECT_EQ(model.index(0, TilesModel::columnOf(TileFigure::MaskGap)).data(), "–");
    model.setSource(figuresOf(snapshot, solution), TileFigure::PlanGap);
    for (int row = 0; row < 4; ++row)
        EXPECT_EQ(model.tileAt(row), order[std::size_t(row)]) << "a mask moves no rank of the plan";
    model.setSource(figuresOf(snapshot, solution), TileFigure::MaskGap);
    EXPECT_EQ(model.tileAt(0), 2);
    EXPECT_EQ(model.tileAt(1), 1);
    EXPECT_EQ(model.index(0, TilesModel::columnOf(TileFigure::MaskGap)).data(), "20 %");
    EXPECT_EQ(model.index(0, TilesModel::Tile).data(), "1, 0");
    EXPECT_EQ(model.headerData(TilesModel::columnOf(TileFigure::PlanGap), Qt::Horizontal, Qt::DisplayRole), "plan gap");
    EXPECT_EQ(model.headerData(TilesModel::columnOf(TileFigure::MaskGap), Qt::Horizontal, Qt::DisplayRole), "mask gap ▾");
}

TEST(TilesModel, TilesAlikeShareARank)
{
    const TileGrid grid{12, 12, 4};
    auto snapshot = randomSnapshot(grid, 4);
    for (const std::size_t tile : {1U, 4U, 7U})
        snapshot->tiles[tile].gap = 0.5F;
    for (const std::size_t tile : {0U, 8U})
        snapshot->tiles[tile].gap = 0;
    const TileFigures figures = figuresOf(snapshot);
    TilesModel model;
    model.setSource(figures, TileFigure::PlanGap);
    for (int row = 0; row < model.rowCount(); ++row)
        EXPECT_EQ(model.index(row, TilesModel::Rank).data().toString(),
                  QString::number(*figures.rankOf(model.tileAt(row), TileFigure::PlanGap)));
    EXPECT_EQ(figures.rankOf(8, TileFigure::PlanGap), 8); // the last two
    EXPECT_EQ(figures.rankOf(4, TileFigure::PlanGap), figures.rankOf(7, TileFigure::PlanGap));
}

} // namespace
