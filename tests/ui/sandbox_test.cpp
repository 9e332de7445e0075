// SPDX-License-Identifier: Apache-2.0
// The sandbox without a window: changes and their undo, its table, its files.
#include "core/sandbox/tile_catalog.h"
#include "core/solver/cpu_backend.h"
#include "tests/support/temp_folder.h"
#include "ui/models/sandbox.h"
#include "ui/models/sandbox_grid.h"
#include "ui/models/sandbox_text.h"

#include <QColor>
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>

#include <gtest/gtest.h>

#include <cmath>

using namespace nms;

namespace {

constexpr int patience = 60000;

class SandboxTest : public testing::Test
{
protected:
    SandboxTest()
        : workspace({{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}}), sandbox(Sandbox::of(workspace)),
          grid(sandbox)
    {
        sandbox.setTile(*builtInTile("greedy-2:4"), QStringLiteral("start"));
    }

    bool waitForSolution()
    {
        return QTest::qWaitFor([&] { return !sandbox.isSolving(); }, patience);
    }
    QString text(int row, int col, int role = Qt::DisplayRole) const
    {
        return grid.data(grid.index(row, col), role).toString();
    }
    bool type(int row, int col, const QString &value) { return grid.setData(grid.index(row, col), value, Qt::EditRole); }

    Workspace workspace;
    Sandbox &sandbox;
    SandboxGrid grid;
};

TEST_F(SandboxTest, EveryChangeSolvesAndIsUndone)
{
    EXPECT_EQ(&Sandbox::of(workspace), &sandbox);
    ASSERT_TRUE(sandbox.history());
    EXPECT_EQ(sandbox.history()->optimum, 53);
    sandbox.change(QStringLiteral("raise"), [](TileProblem &tile) { tile.scores(3, 2) = 9; });
    EXPECT_EQ(sandbox.history()->optimum, 58); // of all 90 masks
    workspace.undoStack().undo();
    EXPECT_EQ(sandbox.tile().scores(3, 2), 0);
    EXPECT_EQ(sandbox.history()->optimum, 53);
    workspace.undoStack().redo();
    EXPECT_EQ(sandbox.tile().scores(3, 2), 9);
}

TEST_F(SandboxTest, AStrokeIsOneStepOfUndo)
{
    const TileProblem before = sandbox.tile();
    const int count = workspace.undoStack().count();
    const int stroke = grid.newStroke();
    for (int col = 0; col < 4; ++col)
        grid.paint(grid.index(1, col), 3, stroke);
    grid.paint(grid.index(1, 4), 99, stroke); // a sum, which drawing leaves alone
    EXPECT_EQ(workspace.undoStack().count(), count + 1);
    EXPECT_EQ(sandbox.tile().scores(1, 3), 3);
    EXPECT_EQ(sandbox.tile().rowSums[1], 2);
    grid.paint(grid.index(0, 0), 5, grid.newStroke());
    EXPECT_EQ(workspace.undoStack().count(), count + 2);
    workspace.undoStack().undo();
    workspace.undoStack().undo();
    EXPECT_TRUE(sandbox.tile() == before);
}

TEST_F(SandboxTest, WhatCannotBeSolvedSaysWhy)
{
    ASSERT_TRUE(type(0, 4, QStringLiteral("3")));
    EXPECT_FALSE(sandbox.history());
    ASSERT_TRUE(sandbox.problem());
    EXPECT_NE(sandbox.problem()->what.find("add up to 9"), std::string::npos) << sandbox.problem()->what;
    ASSERT_TRUE(type(4, 1, QStringLiteral("3")));
    EXPECT_TRUE(sandbox.history()) << sandbox.problem()->line();
    EXPECT_FALSE(sandbox.tile().pattern());
}

TEST_F(SandboxTest, SizeAndSums)
{
    sandbox.resizeTile(6, 6);
    EXPECT_EQ(*sandbox.tile().pattern(), (NmPattern{2, 6}));
    EXPECT_EQ(sandbox.tile().scores(0, 1), 8);
    EXPECT_EQ(sandbox.tile().scores(5, 5), 0);
    EXPECT_EQ(grid.rowCount(), 7);
    EXPECT_TRUE(sandbox.keepEverywhere(5));
    EXPECT_EQ(*sandbox.tile().pattern(), (NmPattern{5, 6}));
    sandbox.resizeTile(3, 3);
    EXPECT_EQ(*sandbox.tile().pattern(), (NmPattern{3, 3}));
    sandbox.resizeTile(3, 5);
    EXPECT_FALSE(sandbox.tile().pattern());
    EXPECT_FALSE(sandbox.keepEverywhere(1));
    sandbox.resizeTile(1000, 0);
    EXPECT_EQ(sandbox.tile().rows(), 64);
    EXPECT_EQ(sandbox.tile().cols(), 1);
    EXPECT_EQ(sandbox.takeFromLayer().error().kind, ErrorKind::Usage);
}

TEST_F(SandboxTest, LargeTilesAreSolvedInTheBackground)
{
    sandbox.setOptions({.method = "dykstra", .tau = 30, .iterations = 400});
    sandbox.setTile(randomTile(61, 30, 1), QStringLiteral("large"));
    EXPECT_TRUE(sandbox.isSolving());
    EXPECT_FALSE(sandbox.history()) << "that of a smaller tile";
    sandbox.setTile(randomTile(61, 29, 2), QStringLiteral("another"));
    ASSERT_TRUE(waitForSolution());
    ASSERT_TRUE(sandbox.history());
    EXPECT_EQ(sandbox.iterate()->plan.rows(), 61);
    double sum = 0;
    for (int col = 0; col < 61; ++col)
        sum += sandbox.iterate()->plan(5, col);
    EXPECT_NEAR(sum, 29, 0.5);
}

TEST_F(SandboxTest, KeepsTheIterateThatIsLookedAt)
{
    sandbox.setOptions({.method = "dykstra", .tau = 30, .iterations = 50});
    EXPECT_EQ(sandbox.shown(), 50);
    sandbox.show(7);
    sandbox.change(QStringLiteral("a"), [](TileProblem &tile) { tile.scores(0, 0) = 2; });
    EXPECT_EQ(sandbox.shown(), 7);
    sandbox.show(50);
    sandbox.setOptions({.method = "dykstra", .tau = 30, .iterations = 80});
    EXPECT_EQ(sandbox.shown(), 80);
    sandbox.show(1000);
    EXPECT_EQ(sandbox.shown(), 80);
    sandbox.setOptions({.method = "no such method"});
    EXPECT_EQ(sandbox.options().method, "dykstra");
    EXPECT_EQ(placeText(*sandbox.history(), 0), "start");
    EXPECT_EQ(placeText(*sandbox.history(), 12), "iteration 12 of 80");
}

TEST_F(SandboxTest, WordsSayWhatAPlanIsWorth)
{
    sandbox.setOptions({.method = "exact"});
    EXPECT_EQ(stateText(sandbox.tile(), *sandbox.history(), sandbox.shown()), "Optimal");
    sandbox.setOptions({.method = "greedy"});
    EXPECT_EQ(placeText(*sandbox.history(), sandbox.shown()), "entry 7 of 7");
    EXPECT_TRUE(stateText(sandbox.tile(), *sandbox.history(), sandbox.shown()).contains("are missed by up to 50"));
    sandbox.setOptions({.method = "sinkhorn", .tau = 30, .iterations = 3000});
    EXPECT_TRUE(stateText(sandbox.tile(), *sandbox.history(), sandbox.shown()).startsWith("Caps are exceeded"));
    sandbox.setOptions({.method = "nm:greedy"});
    EXPECT_TRUE(stateText(sandbox.tile(), *sandbox.history(), sandbox.shown()).contains("below the optimum"));
}

TEST_F(SandboxTest, IsSavedAndOpened)
{
    const test::TempFolder folder;
    const QString file = QString::fromStdString(folder.file("a tile.tile"));
    EXPECT_FALSE(sandbox.isModified());
    ASSERT_TRUE(sandbox.save(file));
    EXPECT_FALSE(sandbox.isModified());
    const TileProblem saved = sandbox.tile();
    sandbox.change(QStringLiteral("a"), [](TileProblem &tile) { tile.scores(0, 0) = 2; });
    EXPECT_TRUE(sandbox.isModified());
    ASSERT_TRUE(sandbox.open(file));
    EXPECT_TRUE(sandbox.tile() == saved);
    EXPECT_FALSE(sandbox.isModified());
    EXPECT_EQ(sandbox.open(QStringLiteral("/no/such.tile")).error().kind, ErrorKind::Io);
    const auto wrong = QString::fromStdString(folder.write("wrong.tile", "nmscope tile 1\nscores\n1 x\n"));
    EXPECT_NE(sandbox.open(wrong).error().line().find("wrong.tile, line 3"), std::string::npos);
    EXPECT_EQ(sandbox.fileName(), file);
    QSignalSpy wanted(&workspace, &Workspace::sessionFileWanted);
    workspace.openFile(file);
    ASSERT_EQ(wanted.count(), 1);
    EXPECT_EQ(wanted.front().front().toString(), file);
    workspace.openFileAt(file, QStringLiteral("tile")); // as a matrix
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.tensor() && !workspace.isLoading(); }, patience));
    EXPECT_EQ((*workspace.tensor()->weights)(0, 1), 8.F);
    workspace.selectTile(0);
    SolveOptions options = workspace.options();
    options.pattern = {1, 3};
    workspace.setOptions(options);
    workspace.selectTile(3); // the last entry, alone
    ASSERT_TRUE(sandbox.takeFromLayer());
    EXPECT_EQ(*sandbox.tile().pattern(), (NmPattern{1, 3}));
    EXPECT_EQ(sandbox.tile().scores(0, 0), 1);
    EXPECT_EQ(sandbox.tile().scores(2, 2), 0);
}

TEST_F(SandboxTest, TheGridShowsAndTakesNumbers)
{
    sandbox.setOptions({.method = "exact"});
    EXPECT_EQ(text(0, 1), "8");
    EXPECT_EQ(text(0, 4), "2");
    EXPECT_EQ(text(4, 4), "8");
    EXPECT_FALSE(grid.flags(grid.index(4, 4)) & Qt::ItemIsEditable);
    grid.setLayer(SandboxGrid::Layer::Plan);
    double score = 0, count = 0;
    for (int row = 0; row < 4; ++row)
        for (int col = 0; col < 4; ++col)
            if (text(row, col) == "1") {
                score += sandbox.tile().scores(row, col);
                ++count;
                EXPECT_TRUE(grid.data(grid.index(row, col), SandboxGrid::IsOptimalRole).toBool());
            } else {
                EXPECT_EQ(text(row, col), "·");
            }
    EXPECT_EQ(score, 53);
    EXPECT_EQ(count, 8);
    EXPECT_EQ(text(0, 1, SandboxGrid::SmallRole), "8");
    EXPECT_EQ(text(2, 4), "2");
    EXPECT_TRUE(grid.data(grid.index(0, 0), Qt::BackgroundRole).value<QColor>().isValid());
    EXPECT_EQ(grid.headerData(4, Qt::Vertical, Qt::DisplayRole).toString(), "Σ");
    grid.setShowsPotentials(true);
    EXPECT_TRUE(grid.headerData(0, Qt::Horizontal, Qt::DisplayRole).toString().startsWith("1\n"));

    QSignalSpy rejected(&grid, &SandboxGrid::rejected);
    EXPECT_TRUE(type(0, 1, QStringLiteral(" 7,5 "))) << "in every layer, and with a decimal comma";
    EXPECT_EQ(sandbox.tile().scores(0, 1), 7.5);
    EXPECT_FALSE(type(0, 1, QStringLiteral("x")));
    EXPECT_FALSE(type(0, 1, QStringLiteral("inf")));
    EXPECT_EQ(rejected.count(), 2);
    grid.setLayer(SandboxGrid::Layer::Caps);
    EXPECT_TRUE(type(0, 1, QStringLiteral("inf")));
    EXPECT_EQ(text(0, 1), "∞");
    EXPECT_EQ(sandbox.tile().scores(0, 1), 7.5);
}

TEST_F(SandboxTest, TheGridPastesAndCopies)
{
    ASSERT_TRUE(grid.paste(QStringLiteral("1\t2\n3\t4"), grid.index(2, 2)));
    EXPECT_EQ(sandbox.tile().scores(2, 3), 2);
    EXPECT_EQ(sandbox.tile().scores(3, 2), 3);
    EXPECT_EQ(*sandbox.tile().pattern(), (NmPattern{2, 4}));
    EXPECT_EQ(grid.copied({grid.index(2, 2), grid.index(3, 3)}), "1\t2\n3\t4\n");
    ASSERT_TRUE(grid.paste(QStringLiteral("1,2\n3,4"), grid.index(3, 3))); // does not fit there: a new tile
    EXPECT_EQ(*sandbox.tile().pattern(), (NmPattern{1, 2}));
    EXPECT_EQ(grid.copied({}), "1\t2\n3\t4\n");
    ASSERT_TRUE(grid.paste(QStringLiteral("[[1, 2, 3], [4, 5, 6]]"), {}));
    EXPECT_EQ(sandbox.tile().cols(), 3);
    EXPECT_TRUE(sandbox.history()) << sandbox.problem()->line();
    EXPECT_NE(grid.paste(QStringLiteral("1\tx"), {}).error().line().find("line 1, column 3"), std::string::npos);
    workspace.undoStack().undo();
    EXPECT_EQ(sandbox.tile().cols(), 2);
}

} // namespace
