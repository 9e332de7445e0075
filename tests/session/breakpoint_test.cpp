// SPDX-License-Identifier: Apache-2.0
// Where a run pauses by itself, on the real CPU backend; what a breakpoint saw is recomputed by a second solve.
#include "core/session/breakpoint.h"

#include "core/solver/cpu_backend.h"
#include "tests/session/session_support.h"

#include <gtest/gtest.h>

#include <limits>

namespace nms::test {
namespace {

using Reason = BreakpointHit::Reason;
constexpr std::int64_t tile = 23; // of 10 × 14, in the inside

/// The figures of one iteration after the other.
class Iterations
{
public:
    Iterations(const std::shared_ptr<const Matrix<float>> &score, const SolveOptions &options)
        : m_backend(makeCpuBackend()), m_live(m_backend->startLive(score, options, {}).value())
    { }

    BreakpointFigures next(std::optional<std::int64_t> ofTile)
    {
        std::vector<IterationStats> stats;
        EXPECT_TRUE(m_live->advance(1, {}, stats));
        Snapshot snapshot;
        EXPECT_TRUE(m_live->capture({}, snapshot));
        const Solution mask = m_live->round({}).value();
        if (!ofTile)
            return {stats.back().iteration, std::max(stats.back().rowResidual, stats.back().columnResidual),
                    stats.back().planGap(), mask.totals().relativeGap};
        const TileResult &result = mask.tiles[std::size_t(*ofTile)];
        return {stats.back().iteration, snapshot.tiles[std::size_t(*ofTile)].residual,
                snapshot.tiles[std::size_t(*ofTile)].gap, (result.upperBound - result.objective) / result.upperBound};
    }

private:
    std::shared_ptr<SolverBackend> m_backend;
    std::unique_ptr<LiveSolve> m_live;
};

class Breaks : public testing::Test
{
protected:
    void expectPauseWhereItCrosses(const Breakpoint &breakpoint, std::optional<double> Breakpoint::*limit,
                                   std::optional<double> BreakpointFigures::*figure, Reason reason)
    {
        SolverSession session;
        session.setBreakpoint(breakpoint);
        session.start(makeCpuBackend(), m_score, m_options, false);
        ASSERT_TRUE(session.waitUntilSettled(patience));
        const SessionStatus status = session.status();
        ASSERT_EQ(status.state, SessionState::Paused);
        ASSERT_TRUE(status.pausedBy);
        EXPECT_EQ(status.pausedBy->reason, reason);
        EXPECT_EQ(status.pausedBy->tile, breakpoint.tile);
        EXPECT_EQ(status.pausedBy->iteration, status.iteration);

        Iterations again(m_score, m_options);
        BreakpointFigures figures = again.next(breakpoint.tile);
        while (!(*(figures.*figure) < *(breakpoint.*limit)) && figures.iteration < m_options.iterations)
            figures = again.next(breakpoint.tile);
        EXPECT_EQ(status.iteration, figures.iteration);
        EXPECT_EQ(status.pausedBy->value, *(figures.*figure));
        EXPECT_GT(status.iteration, 1) << "the limit of the test is of no use";

        session.run(); // on to the next crossing, or to the end
        ASSERT_TRUE(session.waitUntilSettled(patience));
        EXPECT_GT(session.status().iteration, status.iteration);
    }

    const std::shared_ptr<const Matrix<float>> m_score = randomScore(79, 109);
    const SolveOptions m_options = optionsFor(Method::Dykstra, 4, 8);
};

TEST_F(Breaks, whereTheResidualOfTheMatrixFallsBelow)
{
    expectPauseWhereItCrosses({.residualBelow = 0.07}, &Breakpoint::residualBelow, &BreakpointFigures::residual,
                              Reason::Residual);
}

TEST_F(Breaks, whereTheResidualOfATileFallsBelow)
{
    expectPauseWhereItCrosses({.residualBelow = 0.03, .tile = tile}, &Breakpoint::residualBelow,
                              &BreakpointFigures::residual, Reason::Residual);
}

TEST_F(Breaks, whereThePlanGapOfATileFallsBelow)
{
    expectPauseWhereItCrosses({.planGapBelow = 0.02, .tile = tile}, &Breakpoint::planGapBelow, &BreakpointFigures::planGap,
                              Reason::PlanGap);
}

TEST_F(Breaks, whereTheMaskGapFallsBelow)
{
    expectPauseWhereItCrosses({.maskGapBelow = 0.01}, &Breakpoint::maskGapBelow, &BreakpointFigures::maskGap,
                              Reason::MaskGap);
}

TEST_F(Breaks, notWhereATileWasBelowWhenTheBreakpointWasSet)
{
    SolverSession session;
    session.start(makeCpuBackend(), m_score, m_options, true);
    session.step(200);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    ASSERT_LT(session.latest()->tiles[std::size_t(tile)].residual, 0.03F);
    session.setBreakpoint(Breakpoint{.residualBelow = 0.03, .tile = tile});
    session.runTo(250);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().iteration, 250);
    EXPECT_FALSE(session.status().pausedBy);
}

TEST_F(Breaks, neverForATileThatIsNotThere)
{
    SolverSession session;
    session.setBreakpoint(Breakpoint{.residualBelow = 0.5, .planGapBelow = 0.5, .maskGapBelow = 0.5, .tile = 140});
    session.start(makeCpuBackend(), m_score, optionsFor(Method::Dykstra, 4, 8, 20), false);
    ASSERT_TRUE(session.waitUntilSettled(patience));
    EXPECT_EQ(session.status().state, SessionState::Finished);
}

TEST(BreakpointHit, tellsTheFirstConditionThatHolds)
{
    const Breakpoint breakpoint{
        .iteration = 7, .residualBelow = 0.1, .planGapBelow = 0.01, .maskGapBelow = 0.001, .notFinite = true};
    const BreakpointFigures high{6, 0.2, 0.02, 0.002};
    EXPECT_FALSE(hitOf(breakpoint, high, nullptr));
    EXPECT_EQ(hitOf(breakpoint, {8, 0.05, 0.02, 0.002}, &high), (BreakpointHit{Reason::Residual, 8, 0.05, 0.1}));
    EXPECT_EQ(hitOf(breakpoint, {8, 0.2, 0.005, 0.002}, &high), (BreakpointHit{Reason::PlanGap, 8, 0.005, 0.01}));
    EXPECT_EQ(hitOf(breakpoint, {8, 0.2, 0.02, 0.0005}, &high), (BreakpointHit{Reason::MaskGap, 8, 0.0005, 0.001}));
    EXPECT_EQ(hitOf(breakpoint, {7, 0.05, 0.02, 0.002}, &high)->reason, Reason::Iteration);
    EXPECT_EQ(hitOf(breakpoint, {7, 0.05, 0.02, 0.002, false}, &high)->reason, Reason::NotFinite);
    const BreakpointFigures low{8, 0.05, 0.005, 0.0005};
    EXPECT_FALSE(hitOf(breakpoint, {9, 0.04, 0.004, 0.0004}, &low)) << "they were below before";
    EXPECT_FALSE(hitOf(breakpoint, {9, std::nullopt, std::nullopt, std::nullopt}, &high)) << "unknown is not below";
    EXPECT_FALSE(hitOf({.residualBelow = 0.1}, {8, 0.1, 0, 0}, &high)) << "equal is not below";
}

TEST(BreakpointHit, knowsNumbersThatAreNotFinite)
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    IterationStats stats;
    EXPECT_TRUE(figuresOf(stats).isFinite);
    for (double IterationStats::*member :
         {&IterationStats::rowResidual, &IterationStats::objective, &IterationStats::upperBound, &IterationStats::entropy}) {
        for (const double value : {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()}) {
            IterationStats broken = stats;
            broken.*member = value;
            const BreakpointFigures figures = figuresOf(broken), before = figuresOf(stats);
            EXPECT_FALSE(figures.isFinite);
            EXPECT_EQ(hitOf({.notFinite = true}, figures, &before)->reason, Reason::NotFinite);
            EXPECT_FALSE(hitOf({.notFinite = true}, figures, &figures)) << "a run can go on after it";
        }
    }
}

} // namespace
} // namespace nms::test
