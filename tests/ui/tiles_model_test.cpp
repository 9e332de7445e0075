// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tiles_model.h"

#include <QAbstractItemModelTester>

#include <gtest/gtest.h>

#include <algorithm>
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
    model.setSource(snapshot, nullptr);
    const int first = model.rowCount();
    EXPECT_GT(first, 0);
    EXPECT_LT(first, 1000);
    expectSorted(model, *snapshot, &TileStats::gap);

    ASSERT_TRUE(model.canFetchMore({}));
    model.fetchMore({});
    EXPECT_EQ(model.rowCount(), 2 * first);
    expectSorted(model, *snapshot, &TileStats::gap);

    model.sortBy(TilesModel::Residual);
    EXPECT_EQ(model.rowCount(), 2 * first);
    expectSorted(model, *snapshot, &TileStats::residual);
}

TEST(TilesModel, NewFiguresKeepTheRows)
{
    TilesModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    tester.setUseFetchMore(false); // it would fetch in the middle of a fetch
    const TileGrid grid{384, 384, 16};
    model.setSource(randomSnapshot(grid, 1), nullptr);
    while (model.canFetchMore({}))
        model.fetchMore({});
    EXPECT_EQ(model.rowCount(), 576);
    bool isReset = false;
    QObject::connect(&model, &QAbstractItemModel::modelReset, &model, [&] { isReset = true; });
    const auto next = randomSnapshot(grid, 2);
    model.setSource(next, nullptr);
    EXPECT_FALSE(isReset);
    EXPECT_EQ(model.rowCount(), 576);
    expectSorted(model, *next, &TileStats::gap);
    EXPECT_EQ(model.rowOf(model.tileAt(100)), 100);

    model.setSource(nullptr, nullptr);
    EXPECT_EQ(model.rowCount(), 0);
    EXPECT_FALSE(model.canFetchMore({}));
}

TEST(TilesModel, TheMasksGapsReplaceThePlans)
{
    TilesModel model;
    const TileGrid grid{8, 8, 4};
    auto solution = std::make_shared<Solution>();
    solution->grid = grid;
    solution->tiles = {{10, 10, 0, 1, true}, {9, 10, 0, 1, true}, {8, 10, 0, 1, true}, {9.5, 10, 0, 1, true}};
    model.setSource(randomSnapshot(grid, 3), solution);
    EXPECT_EQ(model.tileAt(0), 2);
    EXPECT_EQ(model.tileAt(1), 1);
    EXPECT_EQ(model.index(0, TilesModel::Gap).data(), "20 %");
    EXPECT_EQ(model.index(0, TilesModel::Tile).data(), "1, 0");
}

} // namespace
