// SPDX-License-Identifier: Apache-2.0
// Starts from masks at every level of vector instructions that this machine has, against the plain text of the same rules.
#include "core/tile/masks/rounding.h"

#include "core/methods/exact/exact_tile.h"
#include "core/methods/selection/random_masks.h"
#include "core/reference/naive_tile.h"
#include "core/tile/masks/bound.h"
#include "tests/unit/hard_tiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <vector>

namespace nms {

namespace {

using test::forHardTiles;

constexpr NmPattern patterns[] = {{1, 1},  {1, 2},  {2, 3},   {1, 4},  {2, 4},   {4, 4},   {3, 7},  {4, 8},  {5, 13},
                                  {1, 16}, {8, 16}, {15, 16}, {9, 23}, {16, 32}, {17, 33}, {1, 64}, {32, 64}};

naive::Tile naiveTile(const TileScores &scores, int n)
{
    naive::Tile tile;
    tile.n = n;
    tile.m = scores.m();
    for (int i = 0; i < tile.m; ++i)
        tile.score.insert(tile.score.end(), scores.row(i), scores.row(i) + tile.m);
    return tile;
}

naive::Kept naiveMask(const TileMask &mask, int m)
{
    naive::Kept kept;
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j)
            kept.push_back(mask.at(i, j));
    return kept;
}

TileMask fromNaive(const naive::Kept &kept, int m)
{
    TileMask mask;
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j)
            if (kept[std::size_t(i * m + j)])
                mask.add(i, j);
    return mask;
}

int inColumn(const TileMask &mask, int m, int j)
{
    int count = 0;
    for (int i = 0; i < m; ++i)
        count += mask.at(i, j);
    return count;
}

bool isFull(const TileMask &mask, NmPattern pattern)
{
    for (int k = 0; k < pattern.m; ++k)
        if (std::popcount(mask.rows[std::size_t(k)]) != pattern.n || inColumn(mask, pattern.m, k) != pattern.n)
            return false;
    return true;
}

/// Masks with n everywhere: from good ones to one that has nothing to do with the scores.
std::vector<TileMask> fullMasks(const TileScores &scores, NmPattern pattern)
{
    Rounding rounding(simdLevel());
    TileMask greedy = rounding.greedy(scores, pattern.n);
    Rounding::swapUntilFull(scores, pattern.n, greedy, Rounding::Choice::First, simdLevel());
    TileMask random;
    const RandomMasks one(pattern, 1, 7);
    std::copy_n(one.rows(0), pattern.m, random.rows.data());
    return {greedy, TileMask::band(pattern), random};
}

/// Masks that keep at most n, some lines less: parts of greedy's, none of which need be all that fits.
std::vector<TileMask> shortMasks(const TileScores &scores, NmPattern pattern)
{
    std::vector<TileMask> masks = {TileMask()};
    Rounding rounding(simdLevel());
    masks.push_back(rounding.greedy(scores, pattern.n));
    for (const TileMask &full : fullMasks(scores, pattern)) {
        TileMask thinned = full;
        for (int i = 0; i < pattern.m; ++i)
            for (int j = 0; j < pattern.m; ++j)
                if ((i * 7 + j * 5) % 3 == 0)
                    thinned.remove(i, j);
        masks.push_back(thinned);
    }
    return masks;
}

TEST(MaskStartTest, completesAsTheReferenceDoes)
{
    for (const NmPattern pattern : patterns)
        forHardTiles(pattern, [&](const TileScores &scores) {
            const naive::Tile tile = naiveTile(scores, pattern.n);
            for (const TileMask &start : shortMasks(scores, pattern))
                for (const Rounding::Choice choice : {Rounding::Choice::Best, Rounding::Choice::First}) {
                    naive::Kept kept = naiveMask(start, pattern.m);
                    naive::complete(tile, tile.score, choice == Rounding::Choice::Best, kept);
                    for (const SimdLevel level : simdLevels()) {
                        const auto work = std::make_unique<MaskStart>(pattern, level);
                        TileMask mask = start;
                        work->complete(scores, mask, choice);
                        ASSERT_EQ(mask.rows, fromNaive(kept, pattern.m).rows) << nameOf(level);
                        ASSERT_TRUE(isFull(mask, pattern)) << nameOf(level);
                    }
                }
        });
}

TEST(MaskStartTest, completingKeepsWhatFits)
{
    Rounding rounding(simdLevel());
    forHardTiles({8, 16}, [&](const TileScores &scores) {
        TileMask start = rounding.greedy(scores, 8), full = start;
        MaskStart work({8, 16}, simdLevel());
        work.complete(scores, full, Rounding::Choice::Best);
        TileMask again = full;
        work.complete(scores, again, Rounding::Choice::Best);
        EXPECT_EQ(again.rows, full.rows); // there is nothing to do
        if (isFull(start, {8, 16})) {
            EXPECT_EQ(full.rows, start.rows);
        }
    });
}

TEST(MaskStartTest, exchangesAreThoseOfTheReference)
{
    for (const NmPattern pattern : patterns)
        forHardTiles(pattern, [&](const TileScores &scores) {
            const naive::Tile tile = naiveTile(scores, pattern.n);
            std::vector<TileMask> starts = fullMasks(scores, pattern);
            if (pattern.m > 33) // the reference takes seconds where there is much to do
                starts.resize(1);
            for (const TileMask &start : starts) {
                naive::Kept kept = naiveMask(start, pattern.m);
                const int done = naive::exchange(tile, kept);
                for (const SimdLevel level : simdLevels()) {
                    const auto work = std::make_unique<MaskStart>(pattern, level);
                    TileMask mask = start;
                    ASSERT_EQ(work->exchange(scores, mask), done) << nameOf(level);
                    ASSERT_EQ(mask.rows, fromNaive(kept, pattern.m).rows) << nameOf(level);
                }
            }
        });
}

/// Without the reference: what holds of the end, whatever the way there.
TEST(MaskStartTest, exchangesEndInALocalOptimumThatIsNoWorse)
{
    for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{3, 7}, NmPattern{5, 13}, NmPattern{8, 16}})
        forHardTiles(pattern, [&](const TileScores &scores) {
            const int m = pattern.m;
            MaskStart work(pattern, simdLevel());
            for (const TileMask &start : fullMasks(scores, pattern)) {
                TileMask mask = start;
                const int done = work.exchange(scores, mask);
                ASSERT_TRUE(isFull(mask, pattern));
                EXPECT_EQ(done == 0, mask.rows == start.rows);
                EXPECT_LT(done, 4 * pattern.n * m);
                EXPECT_GE(keptScore(scores, mask, simdLevel()), keptScore(scores, start, simdLevel()) * (1 - 1e-14));
                const auto at = [&](int i, int j) {
                    return double(scores.row(i)[j]);
                };
                double most = 0;
                for (int i = 0; i < m; ++i)
                    for (int j = 0; j < m; ++j)
                        for (int k = 0; mask.at(i, j) && k < m; ++k)
                            for (int l = 0; !mask.at(k, j) && l < m; ++l)
                                if (mask.at(k, l) && !mask.at(i, l))
                                    most = std::max(most, at(i, l) + at(k, j) - at(i, j) - at(k, l));
                EXPECT_LE(most, 0x1p-27 * double(scores.maximum()));
            }
        });
}

/// Every mask of 2:4 as a start: the end lies between the start and the optimum, which many of them reach.
TEST(MaskStartTest, exchangesFromEveryMaskOfATinyTile)
{
    constexpr NmPattern pattern = {2, 4};
    std::vector<TileMask> masks;
    for (std::uint64_t bits = 0; bits < 1 << 16; ++bits) {
        TileMask mask;
        for (int i = 0; i < 4; ++i)
            mask.rows[std::size_t(i)] = bits >> (4 * i) & 15;
        if (isFull(mask, pattern))
            masks.push_back(mask);
    }
    ASSERT_EQ(masks.size(), 90U);
    int reached = 0, starts = 0;
    MaskStart work(pattern, simdLevel());
    forHardTiles(pattern, [&](const TileScores &scores) {
        double best = 0;
        for (const TileMask &mask : masks)
            best = std::max(best, keptScore(scores, mask, simdLevel()));
        for (const TileMask &start : masks) {
            TileMask mask = start;
            work.exchange(scores, mask);
            const double before = keptScore(scores, start, simdLevel()), after = keptScore(scores, mask, simdLevel());
            EXPECT_GE(after, before * (1 - 1e-14));
            EXPECT_LE(after, best);
            reached += after >= best * (1 - 1e-7);
            ++starts;
        }
    });
    EXPECT_GT(reached, starts / 2);
}

/// α, then β, midway between the least kept and the greatest left out, in integers of 24 bits.
void sequentialThresholds(const TileScores &scores, const TileMask &mask, std::vector<double> &alpha,
                          std::vector<double> &beta)
{
    const int m = scores.m();
    int exponent = 0;
    std::frexp(scores.maximum(), &exponent);
    const double scale = scores.maximum() > 0 ? std::ldexp(1.0, 24 - exponent) : 1;
    std::vector<std::int64_t> ofRows(static_cast<std::size_t>(m)), ofColumns(static_cast<std::size_t>(m));
    for (int half = 0; half < 8; ++half) {
        auto &thresholds = half % 2 ? ofColumns : ofRows;
        const auto &across = half % 2 ? ofRows : ofColumns;
        for (int line = 0; line < m; ++line) {
            std::int64_t least = std::int64_t(1) << 40, greatest = -least;
            for (int k = 0; k < m; ++k) {
                const int i = half % 2 ? k : line, j = half % 2 ? line : k;
                const std::int64_t value =
                    std::int64_t(double(scores.row(i)[j]) * scale) - across[static_cast<std::size_t>(k)];
                if (mask.at(i, j))
                    least = std::min(least, value);
                else
                    greatest = std::max(greatest, value);
            }
            thresholds[static_cast<std::size_t>(line)] = (least + greatest) >> 1;
        }
    }
    for (std::size_t k = 0; k < std::size_t(m); ++k) {
        alpha.push_back(double(ofRows[k]) / scale);
        beta.push_back(double(ofColumns[k]) / scale);
    }
}

TEST(MaskStartTest, thresholdsAreTheSequentialOnes)
{
    for (const NmPattern pattern : patterns)
        forHardTiles(pattern, [&](const TileScores &scores) {
            for (const TileMask &mask : fullMasks(scores, pattern)) {
                std::vector<double> alpha(std::size_t(pattern.m)), beta(std::size_t(pattern.m));
                if (pattern.n < pattern.m) {
                    alpha.clear();
                    beta.clear();
                    sequentialThresholds(scores, mask, alpha, beta);
                }
                for (const SimdLevel level : simdLevels()) {
                    const auto work = std::make_unique<MaskStart>(pattern, level);
                    TileLine<double> ofRows = {}, ofColumns = {};
                    work->thresholds(scores, mask, ofRows.data(), ofColumns.data());
                    for (std::size_t k = 0; k < std::size_t(pattern.m); ++k) {
                        ASSERT_EQ(ofRows[k], alpha[k]) << nameOf(level);
                        ASSERT_EQ(ofColumns[k], beta[k]) << nameOf(level);
                    }
                }
            }
        });
}

/// What they are for: from the optimal mask they certify it nearly, from none that a bound of 0 could not.
TEST(MaskStartTest, thresholdsOfTheOptimumCertifyItNearly)
{
    const Matrix<float> scores = test::gaussianScores(64, 64, 77);
    const TileGrid grid{64, 64, 16};
    const auto tile = std::make_unique<TileScores>();
    MaskStart work({8, 16}, simdLevel());
    ExactTile exact({8, 16}, simdLevel());
    double bound = 0, optimum = 0;
    for (std::int64_t k = 0; k < grid.count(); ++k) {
        tile->gather(scores.span(), grid, k);
        exact.runTo(*tile, 1000, {});
        TileLine<double> alpha, beta;
        work.thresholds(*tile, exact.current(), alpha.data(), beta.data());
        bound += dualBound(*tile, 8, alpha.data(), beta.data(), simdLevel());
        optimum += keptScore(*tile, exact.current(), simdLevel());
    }
    EXPECT_GE(bound, optimum);
    EXPECT_LT(bound, 1.002 * optimum);
}

} // namespace

} // namespace nms
