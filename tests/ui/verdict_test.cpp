// SPDX-License-Identifier: Apache-2.0
#include "ui/models/verdict.h"

#include <gtest/gtest.h>

using namespace nms;

namespace {

Solution solutionWith(Method method, TileResult tile)
{
    Solution solution;
    solution.options.method = method;
    solution.grid = {4, 4, 4};
    solution.tiles = {tile};
    return solution;
}

TEST(Verdict, NamesTheResidualAndWhatToDo)
{
    SolveOptions options;
    options.method = Method::Dykstra;
    IterationStats last;
    last.iteration = 37;
    last.rowResidual = 0.1;
    last.columnResidual = 0.22;
    const Verdict paused = verdictOf(options, {SessionState::Paused, 37, 300, 1}, &last, nullptr, {});
    EXPECT_EQ(paused.level, VerdictLevel::Warning);
    EXPECT_EQ(paused.text, "not converged: residual 22 %");
    EXPECT_TRUE(paused.advice.contains("raise the iterations"));
    EXPECT_TRUE(paused.advice.contains("lower τ"));

    last.rowResidual = last.columnResidual = 0.004;
    const Verdict converged = verdictOf(options, {SessionState::Running, 200, 300, 1}, &last, nullptr, {});
    EXPECT_EQ(converged.level, VerdictLevel::Good);
    EXPECT_EQ(converged.text, "converged: residual 0.40 %");
}

TEST(Verdict, SaysProvenOnlyWhenEveryTileIs)
{
    SolveOptions options;
    options.method = Method::Exact;
    IterationStats last;
    last.openTiles = 12;
    EXPECT_EQ(verdictOf(options, {SessionState::Paused, 4, -1, 1}, &last, nullptr, {}).text, "12 tiles not proven yet");

    const Solution proven = solutionWith(Method::Exact, {10, 10, 0, 5, true});
    EXPECT_EQ(verdictOf(options, {SessionState::Finished, 7, 7, 1}, &last, &proven, {}).text, "proven optimal");
    const Solution open = solutionWith(Method::Exact, {10, 11, 0, 5, false});
    EXPECT_EQ(verdictOf(options, {SessionState::Finished, 7, 7, 1}, &last, &open, {}).level, VerdictLevel::Warning);
}

TEST(Verdict, AMaskThatDidNotConvergeIsAWarning)
{
    SolveOptions options;
    options.method = Method::Dykstra;
    const Solution solution = solutionWith(Method::Dykstra, {9.9, 10, 0.22f, 50, false});
    const Verdict verdict = verdictOf(options, {SessionState::Finished, 50, 50, 1}, nullptr, &solution, {});
    EXPECT_EQ(verdict.level, VerdictLevel::Warning);
    EXPECT_EQ(verdict.text, "not converged: residual 22 %");
    EXPECT_TRUE(verdict.advice.contains("1.0 %")) << verdict.advice.toStdString();
}

TEST(Verdict, ABaselineThatIsNotTransposableGetsNoPraise)
{
    SolveOptions options;
    options.method = Method::RowNm;
    const Solution solution = solutionWith(Method::RowNm, {11, 10, 0, 0, true});
    EXPECT_EQ(verdictOf(options, {SessionState::Finished, 0, -1, 1}, nullptr, &solution, {}).level, VerdictLevel::Neutral);
}

TEST(Verdict, SaysHowMuchIsKept)
{
    SolveOptions options;
    options.method = Method::Dykstra;
    IterationStats last;
    last.objective = 7.5;
    const ScoreSum score{10, QStringLiteral("|W|")};
    EXPECT_EQ(verdictOf(options, {SessionState::Running, 3, 50, 1}, &last, nullptr, score).kept,
              "the plan keeps 75.00 % of |W|");
    const Solution solution = solutionWith(Method::Dykstra, {7.6543, 8, 0.001f, 50, true});
    const Verdict done = verdictOf(options, {SessionState::Finished, 50, 50, 1}, &last, &solution, score);
    EXPECT_EQ(done.kept, "the mask keeps 76.54 % of |W|");
    EXPECT_EQ(done.text, "mask gap 4.3 %");

    // What exact keeps on the way breaks the constraints.
    options.method = Method::Exact;
    last.openTiles = 1;
    EXPECT_EQ(verdictOf(options, {SessionState::Paused, 3, -1, 1}, &last, nullptr, score).kept, "");
    last.openTiles = 0;
    EXPECT_EQ(verdictOf(options, {SessionState::Paused, 3, -1, 1}, &last, nullptr, score).kept,
              "the plan keeps 75.00 % of |W|");
}

} // namespace
