// SPDX-License-Identifier: Apache-2.0
#include "ui/models/run_list_model.h"
#include "ui/models/tables.h"

#include "core/solver/cpu_backend.h"
#include "ui/models/workspace.h"

#include <QAbstractItemModelTester>
#include <QUndoStack>

#include <gtest/gtest.h>

using namespace nms;

namespace {

/// With a mask of rows × 64 entries.
KeptRun runOf(int seed, std::int64_t rows = 8)
{
    KeptRun run;
    run.setup = {QStringLiteral("/tmp/w.h5"), QStringLiteral("layer"), {}};
    run.setup.settings.options.seed = std::uint64_t(seed);
    run.setup.settings.backend = QStringLiteral("cpu");
    run.isFinished = true;
    run.iteration = 10;
    run.seconds = seed;
    run.ended = QDateTime::fromSecsSinceEpoch(1000 + seed);
    auto solution = std::make_shared<Solution>();
    solution->grid = {rows, 64, 8};
    solution->mask = Mask(rows, 64);
    run.solution = solution;
    return run;
}

QStringList names(const RunList &runs)
{
    QStringList result;
    for (const RunList::Run &run : runs.all())
        result << run->name;
    return result;
}

class RunListTest : public testing::Test
{
protected:
    QUndoStack undo;
    RunList runs{undo};
};

TEST_F(RunListTest, TheSameSetupIsOneRow)
{
    const int first = runs.keep(runOf(1));
    EXPECT_NE(runs.keep(runOf(2)), first);
    runs.rename(first, QStringLiteral("mine"));
    runs.setPinned(first, true);
    KeptRun again = runOf(1);
    again.seconds = 99;
    EXPECT_EQ(runs.keep(again), first);
    ASSERT_EQ(runs.all().size(), 2U);
    EXPECT_EQ(runs.find(first)->seconds, 99);
    EXPECT_EQ(runs.find(first)->name, QStringLiteral("mine"));
    EXPECT_TRUE(runs.find(first)->isPinned);

    KeptRun stopped = runOf(1); // got less far: tells nothing new
    stopped.isFinished = false;
    stopped.solution.reset();
    EXPECT_EQ(runs.keep(stopped), first);
    EXPECT_TRUE(runs.find(first)->solution);
    KeptRun other = runOf(1);
    other.setup.tensor = QStringLiteral("other");
    EXPECT_NE(runs.keep(other), first);
    EXPECT_EQ(names(runs), (QStringList{"mine", "Run 2", "Run 3"}));
}

TEST_F(RunListTest, DeletingAndRenamingCanBeUndone)
{
    QList<int> ids;
    for (int i = 1; i <= 5; ++i)
        ids << runs.keep(runOf(i));
    runs.remove({ids[1], ids[3], 999});
    EXPECT_EQ(names(runs), (QStringList{"Run 1", "Run 3", "Run 5"}));
    EXPECT_EQ(undo.undoText(), QStringLiteral("delete 2 runs"));
    EXPECT_FALSE(runs.find(ids[1]));
    undo.undo();
    EXPECT_EQ(names(runs), (QStringList{"Run 1", "Run 2", "Run 3", "Run 4", "Run 5"}));
    EXPECT_TRUE(runs.find(ids[1])->solution) << "the mask is still there";
    undo.redo();
    EXPECT_EQ(runs.all().size(), 3U);
    runs.keep(runOf(2)); // solved again meanwhile
    undo.undo();
    EXPECT_EQ(runs.all().size(), 5U) << "one row for each setup";

    runs.rename(ids[0], QStringLiteral("  a \n name "));
    EXPECT_EQ(runs.find(ids[0])->name, QStringLiteral("a name"));
    runs.rename(ids[0], QStringLiteral("  "));
    EXPECT_EQ(runs.find(ids[0])->name, QStringLiteral("a name"));
    undo.undo();
    EXPECT_EQ(runs.find(ids[0])->name, QStringLiteral("Run 1"));
}

TEST_F(RunListTest, TheOldestLoseTheirMasksBeforeTheyGo)
{
    const std::int64_t each = runOf(1, 1000).bytes();
    const std::int64_t bare = each - runOf(1, 1000).solutionBytes();
    EXPECT_EQ(runOf(1, 1000).solutionBytes(), 8000);
    runs.setLimit(3 * each + bare);
    QList<int> ids;
    for (int i = 1; i <= 3; ++i)
        ids << runs.keep(runOf(i, 1000));
    runs.setPinned(ids[0], true);
    EXPECT_EQ(runs.bytes(), 3 * each);
    ids << runs.keep(runOf(4, 1000));
    EXPECT_TRUE(runs.find(ids[0])->solution) << "pinned";
    EXPECT_FALSE(runs.find(ids[1])->solution) << "the oldest that is not pinned";
    EXPECT_TRUE(runs.find(ids[2])->solution);
    EXPECT_TRUE(runs.find(ids[3])->solution);
    EXPECT_LE(runs.bytes(), runs.limit());
    runs.setLimit(each + 3 * bare);
    EXPECT_EQ(runs.all().size(), 4U);
    EXPECT_EQ(runs.bytes(), each + 3 * bare);
    runs.setLimit(each + bare);
    ASSERT_EQ(runs.all().size(), 2U);
    EXPECT_TRUE(runs.find(ids[0])) << "pinned";
    EXPECT_TRUE(runs.find(ids[3])) << "the newest";
    runs.setLimit(1);
    EXPECT_EQ(runs.all().size(), 1U) << "what is pinned stays, even beyond the limit";
}

TEST_F(RunListTest, DeletedRunsGoFirst)
{
    const std::int64_t each = runOf(1, 1000).bytes();
    runs.setLimit(2 * each);
    const int first = runs.keep(runOf(1, 1000)), second = runs.keep(runOf(2, 1000));
    runs.remove({second});
    EXPECT_EQ(runs.bytes(), 2 * each) << "it can still return";
    runs.keep(runOf(3, 1000));
    EXPECT_TRUE(runs.find(first)->solution);
    undo.undo();
    EXPECT_EQ(names(runs), (QStringList{"Run 1", "Run 2"})) << "too late, and harmless";
}

TEST(RunListModelTest, FollowsTheListRowByRow)
{
    Workspace workspace({{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}});
    RunListModel model(workspace);
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    RunList &runs = workspace.runs();
    QList<int> ids;
    for (int i = 1; i <= 7; ++i)
        ids << runs.keep(runOf(i));
    ASSERT_EQ(model.rowCount(), 7);
    const QPersistentModelIndex fifth = model.index(4, 0);
    runs.remove({ids[0], ids[2], ids[6]});
    EXPECT_EQ(fifth.row(), 2);
    EXPECT_EQ(fifth.data(RunListModel::IdRole).toInt(), ids[4]);
    workspace.undoStack().undo();
    EXPECT_EQ(fifth.row(), 4);
    for (int row = 0; row < 7; ++row)
        EXPECT_EQ(model.idAt(row), ids[row]);

    EXPECT_TRUE(model.setData(fifth, QStringLiteral("five"), Qt::EditRole));
    EXPECT_TRUE(model.setData(fifth, Qt::Checked, Qt::CheckStateRole));
    EXPECT_FALSE(model.setData(model.index(4, RunListModel::Kept), 1, Qt::EditRole));
    EXPECT_EQ(runs.find(ids[4])->name, QStringLiteral("five"));
    ASSERT_EQ(runs.ticked().size(), 1U);
    EXPECT_EQ(runs.ticked().front()->id, ids[4]);
    const Table table = tableOf(workspace, TableKind::Runs);
    EXPECT_EQ(table.rows.size(), 7);
    for (const QVariantList &row : table.rows)
        EXPECT_EQ(row.size(), table.columns.size());
    EXPECT_EQ(table.rows[4][table.columns.indexOf(QStringLiteral("name"))], QStringLiteral("five"));
    EXPECT_EQ(table.rows[4][table.columns.indexOf(QStringLiteral("seconds"))].toDouble(), 5);
    EXPECT_FALSE(table.rows[4][table.columns.indexOf(QStringLiteral("tau"))].isValid()) << "exact has none";
}

} // namespace
