// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/mask_difference.h"

#include <gtest/gtest.h>

#include <random>

using namespace nms;

namespace {

struct Case {
    Mask a, b;
    Matrix<float> score;

    Case(std::int64_t rows, std::int64_t cols, unsigned seed) : a(rows, cols), b(rows, cols), score(rows, cols)
    {
        std::mt19937 random(seed);
        for (std::int64_t row = 0; row < rows; ++row)
            for (std::int64_t col = 0; col < cols; ++col) {
                a.set(row, col, random() % 2);
                b.set(row, col, random() % 3 == 0);
                score(row, col) = float(random() % 4096); // sums are exact
            }
    }
};

/// Awkward sides: one less and one more than tiles, primes, single rows and columns.
TEST(MaskDifference, EqualsAPlainLoop)
{
    for (const auto &[rows, cols] : {std::pair{1, 1}, {7, 64}, {31, 33}, {17, 47}, {64, 63}, {65, 129}, {1, 200}})
        for (const int m : {1, 4, 7, 16, 64}) {
            const Case c(rows, cols, unsigned(rows * cols + m));
            const TileGrid grid{rows, cols, m};
            const auto found = jobs::maskDifference(c.a, c.b, c.score.span(), grid, 2, {});
            ASSERT_TRUE(found);
            ASSERT_EQ(found->tiles.size(), std::size_t(((rows + m - 1) / m) * ((cols + m - 1) / m)));
            std::vector<jobs::MaskDifferenceSums> wanted(found->tiles.size());
            double keptA = 0, keptB = 0;
            for (std::int64_t row = 0; row < rows; ++row)
                for (std::int64_t col = 0; col < cols; ++col) {
                    jobs::MaskDifferenceSums &tile = wanted[std::size_t(row / m * ((cols + m - 1) / m) + col / m)];
                    const double value = double(c.score(row, col));
                    const bool inA = c.a.at(row, col), inB = c.b.at(row, col);
                    tile.keptA += inA * value;
                    tile.keptB += inB * value;
                    tile.onlyA += inA && !inB;
                    tile.onlyB += inB && !inA;
                    tile.scoreOnlyA += (inA && !inB) * value;
                    tile.scoreOnlyB += (inB && !inA) * value;
                    keptA += inA * value;
                    keptB += inB * value;
                }
            EXPECT_EQ(found->tiles, wanted) << rows << " × " << cols << ", " << m;
            EXPECT_EQ(found->total.keptA, keptA);
            EXPECT_EQ(found->total.keptB, keptB);
            EXPECT_EQ(found->total.gain(), keptA - keptB);
            std::int64_t differing = 0, entries = 0;
            for (std::int64_t tile = 0; tile < grid.count(); ++tile) {
                const auto listed = jobs::differingEntries(c.a, c.b, c.score.span(), grid, tile);
                EXPECT_EQ(std::int64_t(listed.size()), wanted[std::size_t(tile)].entries());
                differing += !listed.empty();
                entries += std::int64_t(listed.size());
                double gain = 0;
                for (std::size_t i = 0; i < listed.size(); ++i) {
                    const jobs::DifferingEntry &entry = listed[i];
                    EXPECT_EQ(entry.isInA, c.a.at(entry.row, entry.col));
                    EXPECT_NE(entry.isInA, c.b.at(entry.row, entry.col));
                    EXPECT_EQ(entry.score, c.score(entry.row, entry.col));
                    EXPECT_EQ(grid.index(entry.row / m, entry.col / m), tile);
                    EXPECT_TRUE(i == 0 || listed[i - 1].score >= entry.score);
                    gain += (entry.isInA ? 1 : -1) * double(entry.score);
                }
                EXPECT_EQ(gain, wanted[std::size_t(tile)].gain());
            }
            EXPECT_EQ(differing, found->tilesThatDiffer);
            EXPECT_EQ(entries, found->total.entries());
        }
}

TEST(MaskDifference, EqualMasksDoNotDiffer)
{
    const Case c(31, 33, 1);
    const auto found = jobs::maskDifference(c.a, c.a, c.score.span(), {31, 33, 8}, 0, {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->tilesThatDiffer, 0);
    EXPECT_EQ(found->total.entries(), 0);
    EXPECT_EQ(found->total.gain(), 0);
    EXPECT_EQ(found->total.keptA, found->total.keptB);
}

TEST(MaskDifference, OtherShapesAndCancelsAreErrors)
{
    const Case c(31, 33, 1), other(33, 31, 1);
    EXPECT_EQ(jobs::maskDifference(c.a, other.b, c.score.span(), {31, 33, 8}, 0, {}).error().kind, ErrorKind::Usage);
    EXPECT_EQ(jobs::maskDifference(c.a, c.b, other.score.span(), {31, 33, 8}, 0, {}).error().kind, ErrorKind::Usage);
    EXPECT_EQ(jobs::maskDifference(c.a, c.b, c.score.span(), {31, 32, 8}, 0, {}).error().kind, ErrorKind::Usage);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(jobs::maskDifference(c.a, c.b, c.score.span(), {31, 33, 8}, 0, {stop.get_token(), {}}).error().kind,
              ErrorKind::Cancelled);
}

} // namespace
