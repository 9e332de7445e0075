// SPDX-License-Identifier: Apache-2.0
#include "core/sparsity/mask.h"
#include "core/sparsity/metrics.h"
#include "core/sparsity/nm_pattern.h"
#include "core/sparsity/pattern_detection.h"
#include "core/sparsity/tile_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace nms {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(NmPatternTest, parsesKeepNOfM)
{
    for (const char *text : {"1:1", "2:4", "8:16", "64:64", "3:7"}) {
        const auto pattern = NmPattern::parse(text);
        ASSERT_TRUE(pattern.has_value()) << text;
        EXPECT_EQ(pattern->text(), text);
    }
    EXPECT_EQ(*NmPattern::parse("8:16"), (NmPattern{8, 16}));
}

TEST(NmPatternTest, refusesWhatHasNoMeaning)
{
    for (const char *text :
         {"", ":", "2", "2:", ":4", "2:4:8", "9:8", "0:4", "-1:4", "1:65", "2 :4", "+2:4", "2:4 ", "a:b", "99999999999:4"}) {
        const auto pattern = NmPattern::parse(text);
        ASSERT_FALSE(pattern.has_value()) << text;
        EXPECT_EQ(pattern.error().kind, ErrorKind::Usage) << text;
        EXPECT_THAT(pattern.error().line(), HasSubstr("8:16"));
    }
    EXPECT_THAT(NmPattern::parse("9:8").error().line(), HasSubstr("9:8"));
}

TEST(TileGridTest, countsRaggedTiles)
{
    const TileGrid grid{10, 7, 4};
    EXPECT_EQ(grid.tileRows(), 3);
    EXPECT_EQ(grid.tileCols(), 2);
    EXPECT_EQ(grid.realRows(0), 4);
    EXPECT_EQ(grid.realCols(1), 3);
    EXPECT_EQ(grid.realRows(5), 2);
    EXPECT_EQ((TileRegion{-3, 1, 9, 9}.clippedTo(grid)), (TileRegion{0, 1, 3, 2}));
}

TEST(MaskTest, setsAndCountsAcrossWords)
{
    Mask mask(3, 130);
    EXPECT_EQ(mask.wordsPerRow(), 3);
    for (const int col : {0, 63, 64, 127, 128, 129})
        mask.set(1, col, true);
    EXPECT_EQ(mask.kept(), 6);
    EXPECT_TRUE(mask.at(1, 129));
    EXPECT_FALSE(mask.at(0, 129));
    EXPECT_FALSE(mask.at(1, 62));
    mask.set(1, 63, false);
    EXPECT_EQ(mask.kept(), 5);

    Mask whole(5, 130);
    whole.assignRows(2, mask);
    EXPECT_TRUE(whole.at(3, 64));
    EXPECT_EQ(whole.kept(), 5);
}

TEST(MetricsTest, measuresWhatAMaskKeeps)
{
    Matrix<float> weights(2, 2);
    weights(0, 0) = 3;
    weights(0, 1) = -1;
    weights(1, 0) = -4;
    weights(1, 1) = 2;
    Mask mask(2, 2);
    mask.set(0, 0, true);
    mask.set(1, 0, true);
    const MaskMetrics metrics = measure(weights.span(), mask);
    EXPECT_DOUBLE_EQ(metrics.keptMagnitude, 0.7);
    EXPECT_DOUBLE_EQ(metrics.relativeSquaredError, 5.0 / 30);
    EXPECT_DOUBLE_EQ(metrics.keptFraction, 0.5);

    const MaskMetrics ofZeros = measure(Matrix<float>(2, 2).span(), mask);
    EXPECT_EQ(ofZeros.keptMagnitude, 1);
    EXPECT_EQ(ofZeros.relativeSquaredError, 0);
}

TEST(MaskSumsTest, areThoseOfTheNaiveLoop)
{
    std::mt19937 random(3);
    for (const std::int64_t cols : {1, 3, 4, 63, 64, 65, 131, 200}) {
        Matrix<float> weights(7, cols);
        Mask mask(7, cols);
        MaskSums naive;
        for (std::int64_t row = 0; row < 7; ++row)
            for (std::int64_t col = 0; col < cols; ++col) {
                const float weight = float(int(random() % 2001) - 1000); // sums of such are exact
                const bool kept = random() % 2;
                weights(row, col) = weight;
                mask.set(row, col, kept);
                naive.magnitude += std::abs(weight);
                naive.squared += double(weight) * weight;
                naive.keptMagnitude += kept ? std::abs(weight) : 0;
                naive.squaredLost += kept ? 0 : double(weight) * weight;
                naive.kept += kept;
            }
        for (const int threads : {1, 2}) {
            const MaskSums sums = maskSums(weights.span(), mask, threads);
            EXPECT_EQ(sums.magnitude, naive.magnitude);
            EXPECT_EQ(sums.keptMagnitude, naive.keptMagnitude);
            EXPECT_EQ(sums.squared, naive.squared);
            EXPECT_EQ(sums.squaredLost, naive.squaredLost);
            EXPECT_EQ(sums.kept, naive.kept);
        }
    }
}

TEST(MetricsTest, namesTheTileThatViolates)
{
    Mask mask(8, 12);
    for (int row = 0; row < 8; ++row)
        for (int col = 0; col < 12; ++col)
            mask.set(row, col, (row + col) % 2 == 0);
    EXPECT_TRUE(checkTransposable(mask, {2, 4}).transposable());
    EXPECT_EQ(checkTransposable(mask, {2, 4}).tiles, 6);

    mask.set(5, 7, !mask.at(5, 7));
    const MaskCheck check = checkTransposable(mask, {2, 4});
    EXPECT_EQ(check.violatingTiles, 1);
    ASSERT_EQ(check.violations.size(), 2U);
    EXPECT_EQ(check.violations[0].text(), "tile (1, 1): row 5 keeps 1, must keep 2");
    EXPECT_EQ(check.violations[1].text(), "tile (1, 1): column 7 keeps 1, must keep 2");
    EXPECT_EQ(checkTransposable(mask, {2, 4}, 1).violations.size(), 1U);
}

TEST(MetricsTest, raggedTilesMayKeepFewer)
{
    Mask mask(5, 70); // the last tile's bits straddle a word for m = 12
    EXPECT_FALSE(checkTransposable(mask, {1, 5}).transposable()); // whole tiles must keep
    EXPECT_TRUE(checkTransposable(mask, {1, 12}).transposable()); // every tile is ragged
    mask.set(2, 62, true);
    mask.set(2, 65, true);
    const MaskCheck check = checkTransposable(mask, {1, 12});
    ASSERT_EQ(check.violations.size(), 1U);
    EXPECT_EQ(check.violations[0].text(), "tile (0, 5): row 2 keeps 2, may keep at most 1");
}

namespace {

DetectedPatterns detect(const Matrix<float> &weights, std::int64_t panel)
{
    PatternDetector detector(weights.cols());
    for (std::int64_t row = 0; row < weights.rows(); row += panel)
        detector.addRows(weights.span().block(row, 0, std::min(panel, weights.rows() - row), weights.cols()));
    return detector.finish();
}

} // namespace

TEST(PatternDetectorTest, findsWhatHoldsAlongEachSide)
{
    Matrix<float> weights(64, 24);
    for (int row = 0; row < 64; ++row)
        for (int col = 0; col < 24; ++col)
            weights(row, col) = col % 4 < 2 ? 1.0F : 0.0F; // 2:4 along rows, dense columns
    for (const std::int64_t panel : {64, 7, 1}) {
        const DetectedPatterns found = detect(weights, panel);
        EXPECT_EQ(found.zeros, 64 * 12);
        EXPECT_DOUBLE_EQ(found.sparsity, 0.5);
        EXPECT_THAT(found.alongRows, ElementsAre(NmPattern{2, 4}, NmPattern{4, 8}, NmPattern{8, 16}));
        EXPECT_THAT(found.alongColumns, IsEmpty());
        EXPECT_THAT(found.transposable, IsEmpty());
    }
}

TEST(PatternDetectorTest, findsTransposablePatternsAndMindsTheRaggedRest)
{
    Matrix<float> weights(10, 9);
    for (int row = 0; row < 10; ++row)
        for (int col = 0; col < 9; ++col)
            weights(row, col) = (row + col) % 4 == 0 ? std::numeric_limits<float>::quiet_NaN() : 0.0F;
    for (const std::int64_t panel : {10, 3}) {
        const DetectedPatterns found = detect(weights, panel);
        EXPECT_THAT(found.transposable, ElementsAre(NmPattern{1, 4}, NmPattern{2, 8}));
    }
    weights(8, 0) = weights(9, 0) = 1; // the ragged group of column 0 is now dense
    EXPECT_THAT(detect(weights, 4).alongColumns, ElementsAre(NmPattern{2, 4}, NmPattern{2, 8}));
}

TEST(PatternDetectorTest, statesWhatHoldsByDesignTheSparsestFirst)
{
    const auto texts = [](const Matrix<float> &weights) {
        std::vector<std::string> all;
        for (const PatternStatement &statement : statementsOf(detect(weights, weights.rows())))
            all.push_back(statement.text());
        return all;
    };
    std::mt19937 random(7);
    Matrix<float> weights(96, 96);
    for (std::int64_t i = 0; i < weights.size(); ++i)
        weights.data()[i] = random() % 2 ? 1.0F : 0.0F;
    EXPECT_FALSE(detect(weights, 96).alongRows.empty()) << "something does hold, by chance";
    EXPECT_THAT(texts(weights), IsEmpty());

    for (std::int64_t row = 0; row < 96; ++row)
        for (std::int64_t col = 0; col < 96; ++col)
            weights(row, col) = (row + col) % 4 < 2 ? 1.0F : 0.0F;
    EXPECT_EQ(texts(weights).front(), "2:4 along both");
    weights(0, 0) = 0;
    weights(0, 3) = 1; // still 2:4 in its row, 3:4 in column 3
    weights(4, 3) = 1;
    weights(4, 0) = 0;
    EXPECT_EQ(texts(weights).front(), "2:4 along rows");
    EXPECT_THAT(texts(Matrix<float>(8, 8)), IsEmpty()); // nothing but zeros
}

TEST(PatternDetectorTest, zerosObeyOneOfEverything)
{
    EXPECT_THAT(detect(Matrix<float>(8, 8), 8).transposable, ElementsAre(NmPattern{1, 4}, NmPattern{1, 8}));
    EXPECT_THAT(detect(Matrix<float>(3, 3), 3).transposable, IsEmpty()); // too small to say anything
    EXPECT_EQ(detect(Matrix<float>(0, 3), 3).sparsity, 0);
}

} // namespace nms
