// SPDX-License-Identifier: Apache-2.0
// The inspection of the selected tile and the lab, without a window.
#include "ui/models/tile_inspection.h"
#include "ui/models/tile_lab.h"

#include "core/solver/cpu_backend.h"
#include "tests/ui/npy_support.h"
#include "ui/models/format.h"
#include "ui/models/rounding_steps_model.h"

#include <QTemporaryDir>
#include <QTest>

#include <gtest/gtest.h>

using namespace nms;

namespace {

constexpr int patience = 60000;

class TileInspectionTest : public testing::Test
{
protected:
    void SetUp() override
    {
        const QString name = folder.filePath(QStringLiteral("w.npy"));
        writeNpy(name, 33, 31, 5, false); // tiles of 7 with an edge on both sides
        workspace.openFile(name);
        ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.tensor() && !workspace.isLoading(); }, patience));
        SolveOptions options = workspace.options();
        options.pattern = {3, 7};
        options.method = Method::Dykstra;
        options.iterations = 30;
        workspace.setOptions(options);
    }
    void run(Method method)
    {
        SolveOptions options = workspace.options();
        options.method = method;
        workspace.setOptions(options);
        workspace.run();
        ASSERT_TRUE(QTest::qWaitFor([&] { return workspace.sessionStatus().state == SessionState::Finished; }, patience));
    }
    Span2d<const float> cells(std::int64_t tile) const
    {
        const TileGrid grid = workspace.grid();
        return workspace.tensor()->score->span().block(grid.rowOf(tile) * grid.m, grid.colOf(tile) * grid.m,
                                                       grid.realRows(tile), grid.realCols(tile));
    }

    QTemporaryDir folder;
    Workspace workspace{{{QStringLiteral("cpu"), QStringLiteral("CPU"), makeCpuBackend()}}};
    TileInspection &inspection = TileInspection::of(workspace);
};

TEST_F(TileInspectionTest, FollowsSelectionRunAndScrubbing)
{
    EXPECT_FALSE(inspection.isThere());
    workspace.selectTile(7);
    EXPECT_TRUE(inspection.isThere());
    EXPECT_FALSE(inspection.trace());
    EXPECT_FALSE(inspection.note().isEmpty());
    run(Method::Dykstra);
    inspection.update();
    const auto whole = traceTile(cells(7), workspace.shownOptions());
    ASSERT_TRUE(whole && inspection.trace());
    EXPECT_EQ(inspection.trace()->mask.rows, whole->mask.rows);
    EXPECT_TRUE(inspection.explanation().mask);
    EXPECT_TRUE(inspection.explanation().mask->certificate);
    EXPECT_TRUE(inspection.note().isEmpty());

    workspace.scrubTo(4);
    ASSERT_TRUE(QTest::qWaitFor(
        [&] { return workspace.shownSnapshot() && workspace.shownSnapshot()->iteration == 4 && !workspace.refining(); },
        patience));
    inspection.update();
    const auto early = traceTile(cells(7), workspace.shownOptions(), 4);
    ASSERT_TRUE(early && inspection.trace());
    EXPECT_EQ(inspection.trace()->mask.rows, early->mask.rows);
    EXPECT_FALSE(inspection.explanation().mask) << "an earlier iteration has no mask on screen";
    EXPECT_FALSE(inspection.note().isEmpty());
    workspace.selectTile(std::nullopt);
    EXPECT_FALSE(inspection.isThere());
    EXPECT_FALSE(inspection.trace());
}

TEST_F(TileInspectionTest, EveryMethodHasDecisionsOrSaysWhyNot)
{
    workspace.selectTile(0);
    for (const Method method : offeredMethods()) {
        SCOPED_TRACE(std::string(nameOf(method)));
        run(method);
        inspection.update();
        if (canTrace(workspace.shownOptions())) {
            ASSERT_TRUE(inspection.trace());
        }
        const bool hasSteps = inspection.trace() && !inspection.trace()->steps.empty();
        EXPECT_NE(hasSteps, !inspection.note().isEmpty());
        EXPECT_FALSE(inspection.statements().headline.text.empty());
        inspection.toNextSwap();
        if (inspection.step()) {
            const RoundingStep::Kind kind = inspection.trace()->steps[std::size_t(*inspection.step())].kind;
            EXPECT_TRUE(kind == RoundingStep::Kind::Swap || kind == RoundingStep::Kind::Exchange);
        }
        EXPECT_TRUE(hasSteps || !inspection.step());
        inspection.setStep(std::nullopt);
    }
}

TEST_F(TileInspectionTest, StepsEndWhereTheMaskIs)
{
    run(Method::Greedy);
    for (std::int64_t tile = 0; tile < workspace.grid().count(); ++tile) {
        workspace.selectTile(tile);
        ASSERT_TRUE(inspection.trace());
        RoundingStepsModel model;
        const TileGrid grid = workspace.grid();
        model.setTrace(inspection.trace(), grid.rowOf(tile) * 7, grid.colOf(tile) * 7);
        ASSERT_GT(model.rowCount(), 0);
        const int last = model.rowCount() - 1;
        EXPECT_EQ(model.index(last, RoundingStepsModel::Kept).data().toString(),
                  format::real(workspace.solution()->tiles[std::size_t(tile)].objective));
        inspection.setStep(last);
        EXPECT_EQ(inspection.maskAtStep()->rows, inspection.trace()->mask.rows);
        inspection.moveStep(1);
        EXPECT_EQ(inspection.step(), last) << "there is no further one";
        inspection.moveStep(-1000);
        EXPECT_FALSE(inspection.step());
        inspection.setStep(10000);
        EXPECT_FALSE(inspection.step());
    }
}

TEST_F(TileInspectionTest, TheLabChangesNothingButItself)
{
    run(Method::Dykstra);
    TileLab lab(workspace);
    lab.setActive(true);
    EXPECT_FALSE(lab.isThere());
    workspace.selectTile(8);
    ASSERT_TRUE(lab.isThere() && lab.before().trace && lab.after().trace);
    EXPECT_EQ(lab.after().trace->mask.rows, lab.before().trace->mask.rows);
    SolveOptions options = lab.options();
    options.tau = 3;
    options.pattern = {2, 5};
    lab.setOptions(options);
    const TileGrid grid = workspace.grid(), other = workspace.grid(5);
    EXPECT_EQ(lab.after().tileRow, grid.rowOf(8) * 7 / 5);
    EXPECT_EQ(lab.after().tileCol, grid.colOf(8) * 7 / 5);
    const std::int64_t there = other.index(lab.after().tileRow, lab.after().tileCol);
    const auto wanted = traceTile(workspace.tensor()->score->span().block(lab.after().tileRow * 5, lab.after().tileCol * 5,
                                                                          other.realRows(there), other.realCols(there)),
                                  options);
    ASSERT_TRUE(wanted && lab.after().trace);
    EXPECT_EQ(lab.after().trace->mask.rows, wanted->mask.rows);
    EXPECT_EQ(lab.after().trace->result.objective, wanted->result.objective);
    EXPECT_EQ(workspace.options().pattern, (NmPattern{3, 7}));

    workspace.selectTile(9);
    EXPECT_EQ(lab.options().tau, 3) << "another tile, the same question";
    SolveOptions wrong = options;
    wrong.pattern = {6, 5};
    lab.setOptions(wrong);
    EXPECT_EQ(lab.options().pattern, (NmPattern{2, 5}));
    lab.reset();
    EXPECT_EQ(lab.options().pattern, (NmPattern{3, 7}));
    EXPECT_EQ(lab.after().trace->mask.rows, lab.before().trace->mask.rows);
}

TEST_F(TileInspectionTest, WhatTakesLongIsSolvedInTheBackgroundAndTheNewestWins)
{
    run(Method::Dykstra);
    TileLab lab(workspace);
    lab.setActive(true);
    workspace.selectTile(3);
    SolveOptions options = lab.options();
    options.iterations = 200000;
    ASSERT_FALSE(isQuick(options));
    for (const double tau : {50.0, 60.0, 70.0}) {
        options.tau = tau;
        lab.setOptions(options);
        EXPECT_FALSE(lab.after().trace);
    }
    ASSERT_TRUE(QTest::qWaitFor([&] { return lab.after().trace != nullptr; }, patience));
    EXPECT_EQ(lab.after().trace->options.tau, 70);
}

} // namespace
