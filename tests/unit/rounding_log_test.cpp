// SPDX-License-Identifier: Apache-2.0
// The log of a rounding, decision by decision, ends in the mask of the product's kernels; and every step does what it says.
#include "core/tile/masks/rounding_log.h"

#include "tests/backend/test_scores.h"
#include "tests/unit/hard_tiles.h"

#include <gtest/gtest.h>

#include <bit>
#include <memory>

namespace nms {

namespace {

using test::forHardTiles;
using Kind = RoundingStep::Kind;

constexpr NmPattern patterns[] = {{1, 1},  {1, 2},   {2, 3},   {1, 4},  {2, 4},   {3, 4},  {4, 4},
                                  {3, 7},  {4, 8},   {7, 8},   {5, 13}, {1, 16},  {8, 16}, {15, 16},
                                  {9, 23}, {16, 32}, {17, 33}, {1, 64}, {32, 64}, {63, 64}};

bool isFull(const TileMask &mask, NmPattern pattern, int line, bool isRow)
{
    int kept = 0;
    for (int k = 0; k < pattern.m; ++k)
        kept += isRow ? mask.at(line, k) : mask.at(k, line);
    return kept >= pattern.n;
}

/// Carries out the steps on the mask `start`: every step must be possible where it stands, and gain what it says.
TileMask replayed(const RoundingLog &log, const TileScores &scores, NmPattern pattern, TileMask mask)
{
    for (const RoundingStep &step : log.steps()) {
        const auto [row, col] = step.entry;
        double gain = step.kind == Kind::Start ? step.gain : 0;
        if (step.kind == Kind::Take) {
            EXPECT_EQ(step.added().front(), step.entry);
        } else if (step.kind == Kind::RowFull) {
            EXPECT_TRUE(!mask.at(row, col) && isFull(mask, pattern, row, true));
        } else if (step.kind == Kind::ColumnFull) {
            EXPECT_TRUE(!mask.at(row, col) && isFull(mask, pattern, col, false) && !isFull(mask, pattern, row, true));
        } else if (step.kind == Kind::Swap) {
            EXPECT_TRUE(!isFull(mask, pattern, row, true) && !isFull(mask, pattern, col, false));
            EXPECT_EQ(step.added().size(), 2U);
            EXPECT_EQ(step.removed().size(), 1U);
        }
        for (const TileCell &cell : step.removed()) {
            EXPECT_TRUE(mask.at(cell.row, cell.col));
            mask.remove(cell.row, cell.col);
            gain -= double(scores.row(cell.row)[cell.col]);
        }
        for (const TileCell &cell : step.added()) {
            EXPECT_FALSE(mask.at(cell.row, cell.col));
            mask.add(cell.row, cell.col);
            gain += double(scores.row(cell.row)[cell.col]);
        }
        EXPECT_NEAR(step.gain, gain, 1e-14 * double(scores.maximum()));
        if (step.kind == Kind::Exchange) {
            EXPECT_GT(step.gain, 0);
        }
    }
    return mask;
}

TEST(RoundingLog, GreedyAndSwapsEndInTheKernelsMask)
{
    for (const NmPattern pattern : patterns)
        forHardTiles(pattern, [&](const TileScores &scores) {
            auto rounding = std::make_unique<Rounding>(simdLevel());
            const TileMask greedy = rounding->greedy(scores, pattern.n);
            for (const Rounding::Choice choice : {Rounding::Choice::Best, Rounding::Choice::First}) {
                TileMask wanted = greedy;
                Rounding::swapUntilFull(scores, pattern.n, wanted, choice, simdLevel());
                RoundingLog log(scores, pattern);
                log.selectGreedily();
                EXPECT_EQ(log.mask().rows, greedy.rows);
                log.swapUntilFull(choice);
                EXPECT_EQ(log.mask().rows, wanted.rows);
                EXPECT_EQ(replayed(log, scores, pattern, {}).rows, wanted.rows);
            }
            for (const int most : {0, 1, 4096}) {
                TileMask wanted = greedy;
                Rounding::swapWhileGaining(scores, pattern.n, wanted, most, simdLevel());
                RoundingLog log(scores, pattern);
                log.selectGreedily();
                log.swapWhileGaining(most);
                EXPECT_EQ(log.mask().rows, wanted.rows);
                EXPECT_EQ(replayed(log, scores, pattern, {}).rows, wanted.rows);
            }
        });
}

TEST(RoundingLog, KeysMayBeAnyPlan)
{
    test::Random random(5);
    for (const NmPattern pattern : patterns) {
        const int stride = strideFor(pattern.m);
        auto keys = std::make_unique<TileArray<double>>();
        for (double &key : keys->values)
            key = double(random.bits() % 7) / 4 - 0.5; // many ties, both signs
        const Matrix<float> cells = test::gaussianScores(pattern.m, pattern.m, 8);
        auto scores = std::make_unique<TileScores>();
        scores->gather(cells.span(), pattern.m);
        auto rounding = std::make_unique<Rounding>(simdLevel());
        RoundingLog log(*scores, pattern);
        log.selectGreedily(keys->values.data(), stride);
        EXPECT_EQ(log.mask().rows, rounding->greedy(keys->values.data(), stride, pattern).rows) << pattern.text();
        ASSERT_FALSE(log.steps().empty());
        EXPECT_EQ(log.steps().back().kind, Kind::Take) << "refusals after the last entry say nothing";
    }
}

TEST(RoundingLog, StartsFromMasksAndExchangesAsTheProduct)
{
    test::Random random(9);
    for (const NmPattern pattern : patterns)
        forHardTiles(pattern, [&](const TileScores &scores) {
            auto start = std::make_unique<MaskStart>(pattern, simdLevel());
            TileMask part; // at most one entry in every row and column
            for (int i = 0; i < pattern.m; ++i)
                if (random.bits() % 2)
                    part.add(i, (3 + i) % pattern.m);
            for (const Rounding::Choice choice : {Rounding::Choice::Best, Rounding::Choice::First}) {
                TileMask wanted = part;
                start->complete(scores, wanted, choice);
                RoundingLog log(scores, pattern);
                log.startFrom(part);
                log.selectGreedily();
                log.swapUntilFull(choice);
                EXPECT_EQ(log.mask().rows, wanted.rows);
                const int exchanges = start->exchange(scores, wanted);
                log.exchange();
                EXPECT_EQ(log.mask().rows, wanted.rows);
                EXPECT_EQ(std::count_if(log.steps().begin(), log.steps().end(),
                                        [](const RoundingStep &step) { return step.kind == Kind::Exchange; }),
                          exchanges);
                EXPECT_EQ(replayed(log, scores, pattern, part).rows, wanted.rows);
            }
        });
}

TEST(RoundingLog, ATileOfZerosHasTheFixedMask)
{
    const Matrix<float> zeros(5, 5);
    auto scores = std::make_unique<TileScores>();
    scores->gather(zeros.span(), 5);
    RoundingLog log(*scores, {2, 5});
    log.takeBand();
    EXPECT_EQ(log.mask().rows, TileMask::band({2, 5}).rows);
    ASSERT_EQ(log.steps().size(), 1U);
    EXPECT_EQ(log.steps().front().kind, Kind::Fixed);
}

} // namespace

} // namespace nms
