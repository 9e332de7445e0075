// SPDX-License-Identifier: Apache-2.0
// A tile solved by itself is the tile of the whole matrix, bit for bit, and its log ends in that mask.
#include "core/methods/tile_trace.h"

#include "core/solver/cpu_backend.h"
#include "core/tile/masks/bound.h"
#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nms {

namespace {

SolveOptions optionsFor(NmPattern pattern, Method method)
{
    SolveOptions options;
    options.pattern = pattern;
    options.method = method;
    return options;
}

Span2d<const float> cellsOf(const Matrix<float> &scores, const TileGrid &grid, std::int64_t tile)
{
    return scores.span().block(grid.rowOf(tile) * grid.m, grid.colOf(tile) * grid.m, grid.realRows(tile),
                               grid.realCols(tile));
}

TileMask withoutPadding(TileMask mask, const TileGrid &grid, std::int64_t tile)
{
    for (int i = 0; i < grid.m; ++i)
        mask.rows[std::size_t(i)] &= i < grid.realRows(tile) ? ~std::uint64_t(0) >> (64 - grid.realCols(tile)) : 0;
    return mask;
}

/// The mask that the steps lead to, from `start`.
TileMask masked(const TileTrace &trace, TileMask mask)
{
    for (const RoundingStep &step : trace.steps) {
        if (step.kind == RoundingStep::Kind::Fixed)
            mask = TileMask::band(trace.options.pattern);
        for (const TileCell &cell : step.removed())
            mask.remove(cell.row, cell.col);
        for (const TileCell &cell : step.added())
            mask.add(cell.row, cell.col);
    }
    return mask;
}

void expectTileOfMatrix(const Matrix<float> &scores, const SolveOptions &options)
{
    SCOPED_TRACE(std::string(nameOf(options.method)) + " " + options.pattern.text());
    const auto solved = makeCpuBackend()->solve(scores.span(), options, {});
    ASSERT_TRUE(solved);
    const TileGrid grid = solved->grid;
    for (std::int64_t tile = 0; tile < grid.count(); ++tile) {
        const auto trace = traceTile(cellsOf(scores, grid, tile), options);
        ASSERT_TRUE(trace);
        for (const SimdLevel level : simdLevels()) {
            const auto same = traceTile(cellsOf(scores, grid, tile), options, {}, {}, level);
            ASSERT_TRUE(same);
            EXPECT_EQ(same->mask.rows, trace->mask.rows) << nameOf(level);
            EXPECT_EQ(same->steps.size(), trace->steps.size()) << nameOf(level);
            EXPECT_EQ(same->maskAlpha, trace->maskAlpha) << nameOf(level);
        }
        EXPECT_EQ(withoutPadding(trace->mask, grid, tile).rows, loadTile(solved->mask, grid, tile).rows);
        const TileResult &wanted = solved->tiles[std::size_t(tile)];
        EXPECT_EQ(trace->result.objective, wanted.objective);
        EXPECT_EQ(trace->result.upperBound, wanted.upperBound);
        EXPECT_EQ(trace->result.residual, wanted.residual);
        EXPECT_EQ(trace->result.converged, wanted.converged);
        const bool isFromMask = options.warmStart && !hasIterations(options.method);
        if (!trace->steps.empty() && !isFromMask) {
            EXPECT_EQ(masked(*trace, {}).rows, trace->mask.rows);
        }
        if (!trace->maskAlpha.empty() && !traitsOf(options.method).provesOptimum) {
            EXPECT_EQ(std::max(trace->result.objective,
                               [&] {
                                   auto tileScores = std::make_unique<TileScores>();
                                   tileScores->gather(cellsOf(scores, grid, tile), grid.m);
                                   return dualBound(*tileScores, options.pattern.n, trace->maskAlpha.data(),
                                                    trace->maskBeta.data(), simdLevel());
                               }()),
                      trace->result.upperBound);
        }
    }
}

TEST(TileTrace, IsTheTileOfTheWholeMatrix)
{
    for (const NmPattern pattern : {NmPattern{1, 1}, NmPattern{2, 4}, NmPattern{3, 7}, NmPattern{4, 8}, NmPattern{8, 16},
                                    NmPattern{9, 23}, NmPattern{33, 33}})
        for (const test::HardScores &hard : test::hardScores()) {
            SCOPED_TRACE(hard.name);
            const Matrix<float> scores = hard.make(pattern);
            for (const Method method : offeredMethods()) {
                SolveOptions options = optionsFor(pattern, method);
                options.iterations = 37;
                if (canTrace(options))
                    expectTileOfMatrix(scores, options);
            }
        }
}

TEST(TileTrace, WarmStartsAndPublishedSwapsToo)
{
    const NmPattern pattern{5, 11};
    const Matrix<float> scores = test::gaussianScores(23, 31, 4);
    for (const Method method : offeredMethods())
        for (const Method start : warmStartsOf(method)) {
            SolveOptions options = optionsFor(pattern, method);
            options.warmStart = start;
            options.iterations = 12;
            expectTileOfMatrix(scores, options);
        }
    for (const int most : {0, 1, 10}) {
        SolveOptions options = optionsFor(pattern, Method::Dykstra);
        options.iterations = 20;
        options.paperSwaps = most;
        expectTileOfMatrix(scores, options);
    }
}

TEST(TileTrace, ALogFromAnotherMethodsMaskLeadsFromThatMask)
{
    const Matrix<float> scores = test::gaussianScores(16, 16, 3);
    SolveOptions options = optionsFor({8, 16}, Method::GreedySwap);
    options.warmStart = Method::BiNm;
    const auto trace = traceTile(scores.span(), options);
    const auto start = traceTile(scores.span(), optionsFor({8, 16}, Method::BiNm));
    ASSERT_TRUE(trace && start);
    ASSERT_FALSE(trace->steps.empty());
    EXPECT_EQ(trace->steps.front().kind, RoundingStep::Kind::Start);
    EXPECT_NEAR(trace->steps.front().gain, start->result.objective, 1e-12);
    EXPECT_EQ(masked(*trace, start->mask).rows, trace->mask.rows);
    double kept = 0;
    for (const RoundingStep &step : trace->steps)
        kept += step.gain;
    EXPECT_NEAR(kept, trace->result.objective, 1e-9);
}

TEST(TileTrace, AnEarlierIterationIsTheOneOfALiveSolve)
{
    const auto backend = makeCpuBackend();
    for (const Method method : {Method::Dykstra, Method::Capped, Method::Exact}) {
        SolveOptions options = optionsFor({3, 7}, method);
        options.iterations = 40;
        const auto scores = std::make_shared<const Matrix<float>>(test::gaussianScores(20, 17, 6));
        for (const int iteration : {0, 1, 2, 5, 40}) {
            auto live = backend->startLive(scores, options, {});
            ASSERT_TRUE(live);
            std::vector<IterationStats> stats;
            ASSERT_TRUE((*live)->advance(iteration, {}, stats));
            Snapshot snapshot;
            const TileGrid grid{scores->rows(), scores->cols(), 7};
            ASSERT_TRUE((*live)->capture(TileRegion::all(grid), snapshot));
            const auto rounded = (*live)->round({});
            ASSERT_TRUE(rounded);
            for (std::int64_t tile = 0; tile < grid.count(); ++tile) {
                const auto trace = traceTile(cellsOf(*scores, grid, tile), options, (*live)->iteration());
                ASSERT_TRUE(trace);
                EXPECT_EQ(withoutPadding(trace->mask, grid, tile).rows, loadTile(rounded->mask, grid, tile).rows);
                for (int i = 0; i < grid.realRows(tile); ++i)
                    for (int j = 0; j < grid.realCols(tile); ++j)
                        EXPECT_EQ(trace->plan(i, j), snapshot.plan(grid.rowOf(tile) * 7 + i, grid.colOf(tile) * 7 + j));
                for (std::size_t k = 0; k < 7; ++k) {
                    EXPECT_EQ(float(trace->alpha[k]), snapshot.potentials[std::size_t(tile) * 14 + k]);
                    EXPECT_EQ(float(trace->beta[k]), snapshot.potentials[std::size_t(tile) * 14 + 7 + k]);
                }
            }
        }
    }
}

TEST(TileTrace, RefusesWhatCannotBeSolvedByItself)
{
    const Matrix<float> scores = test::gaussianScores(4, 4, 1);
    EXPECT_EQ(traceTile(scores.span(), optionsFor({2, 4}, Method::Unstructured)).error().kind, ErrorKind::Unsupported);
    EXPECT_EQ(traceTile(scores.span(), optionsFor({5, 4}, Method::Exact)).error().kind, ErrorKind::Usage);
    Matrix<float> bad = test::gaussianScores(4, 4, 1);
    bad(2, 3) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(traceTile(bad.span(), optionsFor({2, 4}, Method::Exact)).error().kind, ErrorKind::Input);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(traceTile(scores.span(), optionsFor({2, 4}, Method::Dykstra), {}, stop.get_token()).error().kind,
              ErrorKind::Cancelled);
}

} // namespace

} // namespace nms
