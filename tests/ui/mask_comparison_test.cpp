// SPDX-License-Identifier: Apache-2.0
// Two masks compared in a workspace with the real solver.
#include "ui/models/mask_comparison.h"

#include "core/solver/cpu_backend.h"
#include "tests/ui/npy_support.h"
#include "ui/models/difference_model.h"
#include "ui/models/run_list.h"
#include "ui/models/workspace.h"

#include <QAbstractItemModelTester>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <gtest/gtest.h>

using namespace nms;

namespace {

constexpr int patience = 60000;

class MaskComparisonTest : public testing::Test
{
protected:
    void SetUp() override
    {
        QObject::connect(&workspace, &Workspace::message, &workspace, [this](MessageLevel level, const QString &text) {
            if (level != MessageLevel::Info)
                messages << text;
        });
        open(31, 33);
    }
    bool waitFor(const std::function<bool()> &condition) { return QTest::qWaitFor(condition, patience); }
    void open(int rows, int cols)
    {
        file = QFileInfo(writeNpy(folder.filePath(QStringLiteral("t%1.npy").arg(rows)), rows, cols, unsigned(rows), true))
                   .canonicalFilePath();
        workspace.openFile(file);
        ASSERT_TRUE(
            waitFor([&] { return workspace.tensor() && workspace.tensor()->file == file && !workspace.isLoading(); }));
    }
    int solve(Method method, NmPattern pattern)
    {
        SolveOptions options = workspace.options();
        options.method = method;
        options.pattern = pattern;
        workspace.setOptions(options);
        workspace.run();
        EXPECT_TRUE(waitFor([&] { return workspace.sessionStatus().state == SessionState::Finished; }));
        return workspace.shownRun().value_or(0);
    }
    bool waitForDifference()
    {
        return waitFor([&] { return comparison.difference() != nullptr; });
    }
    double kept(const Mask &mask) const
    {
        double sum = 0;
        for (std::int64_t row = 0; row < mask.rows(); ++row)
            for (std::int64_t col = 0; col < mask.cols(); ++col)
                sum += mask.at(row, col) ? double((*workspace.tensor()->score)(row, col)) : 0;
        return sum;
    }

    QTemporaryDir folder;
    QString file;
    Workspace workspace{{{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}}};
    MaskComparison &comparison = MaskComparison::of(workspace);
    QStringList messages;
};

TEST_F(MaskComparisonTest, TheRunOnScreenAgainstTheOptimum)
{
    comparison.compareWithOptimum();
    EXPECT_EQ(messages.size(), 1) << "there is no run yet";
    solve(Method::Greedy, {4, 8});
    const Mask greedy = workspace.solution()->mask;
    comparison.compareWithOptimum();
    ASSERT_TRUE(waitForDifference());
    EXPECT_EQ(workspace.view(), MatrixView::Mask);
    EXPECT_EQ(comparison.a().solution->mask, greedy);
    EXPECT_EQ(comparison.b().solution->options.method, provingMethod());
    const jobs::MaskDifference &difference = *comparison.difference();
    EXPECT_NEAR(difference.total.keptA, kept(greedy), 1e-9);
    EXPECT_NEAR(difference.total.keptB, kept(comparison.b().solution->mask), 1e-9);
    EXPECT_LT(difference.total.gain(), 0) << "greedy is not optimal here";
    for (const jobs::MaskDifferenceSums &tile : difference.tiles)
        EXPECT_LE(tile.gain(), 1e-6) << "in no tile is it better than the optimum";

    DifferenceModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setDifference(comparison.difference());
    ASSERT_EQ(model.rowCount(), int(difference.tilesThatDiffer));
    for (int row = 1; row < model.rowCount(); ++row)
        EXPECT_GE(std::abs(difference.tiles[std::size_t(model.tileAt(row - 1))].gain()),
                  std::abs(difference.tiles[std::size_t(model.tileAt(row))].gain()));
    model.sort(DifferenceModel::Entries, Qt::DescendingOrder);
    for (int row = 1; row < model.rowCount(); ++row)
        EXPECT_GE(difference.tiles[std::size_t(model.tileAt(row - 1))].entries(),
                  difference.tiles[std::size_t(model.tileAt(row))].entries());
    std::int64_t entries = 0;
    for (int row = 0; row < model.rowCount(); ++row)
        entries += std::int64_t(comparison.entriesOf(model.tileAt(row)).size());
    EXPECT_EQ(entries, difference.total.entries());
    EXPECT_TRUE(comparison.entriesOf(-1).empty());

    comparison.swap();
    ASSERT_TRUE(waitForDifference());
    EXPECT_GT(comparison.difference()->total.gain(), 0);
    open(17, 47);
    EXPECT_FALSE(comparison.isActive()) << "the masks are of another tensor";
}

TEST_F(MaskComparisonTest, TickedRunsOfDifferentPatterns)
{
    const int first = solve(Method::Greedy, {2, 4}), second = solve(Method::Greedy, {3, 7});
    RunList &runs = workspace.runs();
    comparison.compareTicked();
    EXPECT_EQ(messages.size(), 1) << "none is ticked";
    runs.setTicked(first, true);
    comparison.compareTicked(); // with the one on screen
    ASSERT_TRUE(waitForDifference());
    EXPECT_EQ(comparison.a().name, runs.find(second)->name);
    EXPECT_EQ(comparison.b().name, runs.find(first)->name);
    EXPECT_EQ(comparison.difference()->grid.m, 7) << "the larger tiles";
    runs.setTicked(second, true);
    comparison.compareTicked();
    ASSERT_TRUE(waitForDifference());
    EXPECT_EQ(comparison.a().name, runs.find(first)->name);
    EXPECT_NEAR(comparison.difference()->total.keptA, kept(runs.find(first)->solution->mask), 1e-9);
    EXPECT_NEAR(comparison.difference()->total.keptB, kept(runs.find(second)->solution->mask), 1e-9);
    runs.setLimit(1000); // drops masks
    ASSERT_FALSE(runs.find(first) && runs.find(first)->solution);
    messages.clear();
    comparison.compareTicked();
    EXPECT_EQ(messages.size(), 1);
    comparison.end();
    EXPECT_FALSE(comparison.isActive());
}

TEST_F(MaskComparisonTest, MasksFromFiles)
{
    const auto write = [&](const QString &name) {
        bool isDone = false;
        const auto connection = QObject::connect(&workspace, &Workspace::exportEnded, &workspace,
                                                 [&](const QString &, bool isWritten) { isDone = isWritten; });
        workspace.exportMask(name);
        EXPECT_TRUE(waitFor([&] { return isDone; }));
        QObject::disconnect(connection);
    };
    const QString one = folder.filePath(QStringLiteral("one.h5")), two = folder.filePath(QStringLiteral("two.h5"));
    solve(Method::Greedy, {2, 4});
    const Mask a = workspace.solution()->mask;
    write(one);
    solve(Method::RowNm, {4, 8});
    const Mask b = workspace.solution()->mask;
    write(two);
    comparison.compareFiles({one, two});
    ASSERT_TRUE(waitForDifference()) << messages.join('\n').toStdString();
    EXPECT_EQ(comparison.a().solution->mask, a);
    EXPECT_EQ(comparison.b().solution->mask, b);
    EXPECT_EQ(comparison.a().name, QStringLiteral("one.h5"));
    comparison.compareFiles({one}); // with the run on screen
    ASSERT_TRUE(waitForDifference());
    EXPECT_EQ(comparison.a().solution->mask, b);
    EXPECT_EQ(comparison.b().solution->mask, a);
    EXPECT_TRUE(messages.isEmpty());
    comparison.compareFiles({one, file}); // weights, no masks
    ASSERT_TRUE(waitFor([&] { return messages.size() == 1; }));
    EXPECT_TRUE(messages.front().contains(file)) << messages.front().toStdString();
    open(17, 47);
    comparison.compareFiles({one, two}); // of another tensor
    ASSERT_TRUE(waitFor([&] { return messages.size() == 2; }));
    EXPECT_FALSE(comparison.isActive());
}

} // namespace
