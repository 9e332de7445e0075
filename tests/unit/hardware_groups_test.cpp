// SPDX-License-Identifier: Apache-2.0
// Which patterns imply which, and the groupings of hardware in given weights: each held against plain counting.
#include "core/sparsity/pattern_detection.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace nms {
namespace {

TEST(NmPatternImplies, ByRule)
{
    const auto implies = [](NmPattern a, NmPattern b) {
        return a.implies(b);
    };
    EXPECT_TRUE(implies({2, 4}, {2, 4}));
    EXPECT_TRUE(implies({1, 4}, {2, 4}));
    EXPECT_TRUE(implies({2, 4}, {4, 8}));
    EXPECT_FALSE(implies({4, 8}, {2, 4}));
    EXPECT_TRUE(implies({2, 8}, {2, 4}));
    EXPECT_FALSE(implies({3, 8}, {2, 4}));
    EXPECT_TRUE(implies({2, 4}, {4, 6}));
    EXPECT_FALSE(implies({4, 6}, {2, 4}));
    EXPECT_TRUE(implies({1, 4}, {1, 2}));
    EXPECT_FALSE(implies({2, 4}, {1, 2}));
    EXPECT_TRUE(implies({8, 16}, {14, 16}));
    EXPECT_FALSE(implies({8, 16}, {6, 8}));
    EXPECT_TRUE(implies({6, 8}, {14, 16}));
}

/// Tries every filling of two periods' worth of groups that keeps `a`: what rules say must hold for them all, and where
/// rules say no one of them must break `b`.
TEST(NmPatternImplies, HoldsForEveryFilling)
{
    for (const NmPattern a : {NmPattern{1, 2}, {1, 3}, {2, 3}, {1, 4}, {2, 4}, {3, 4}, {2, 6}, {4, 6}}) {
        for (const NmPattern b : {NmPattern{1, 2}, {2, 3}, {1, 4}, {2, 4}, {3, 4}, {4, 6}, {5, 6}}) {
            constexpr int length = 12; // a multiple of all these m
            bool always = true;
            for (unsigned bits = 0; bits < 1U << length && always; ++bits) {
                const auto keeps = [&](const NmPattern &pattern) {
                    for (int begin = 0; begin < length; begin += pattern.m) {
                        int count = 0;
                        for (int i = begin; i < begin + pattern.m; ++i)
                            count += bits >> i & 1;
                        if (count > pattern.n)
                            return false;
                    }
                    return true;
                };
                always = !keeps(a) || keeps(b);
            }
            EXPECT_EQ(a.implies(b), always) << a.text() << " and " << b.text();
        }
    }
}

/// Counted group by group along the rows of `weights`.
HardwareGroups counted(const Matrix<float> &weights)
{
    HardwareGroups groups{weights.cols() >= 2, weights.cols() >= 6, weights.cols() >= 8};
    for (std::int64_t row = 0; row < weights.rows(); ++row) {
        const auto nonZeros = [&](std::int64_t begin, std::int64_t size) {
            int count = 0;
            for (std::int64_t col = begin; col < std::min(begin + size, weights.cols()); ++col)
                count += weights(row, col) != 0 ? 1 : 0;
            return count;
        };
        for (std::int64_t col = 0; col < weights.cols(); ++col) {
            groups.oneOfTwo = groups.oneOfTwo && (col % 2 != 0 || nonZeros(col, 2) <= 1);
            groups.fourOfSix = groups.fourOfSix && (col % 6 != 0 || nonZeros(col, 6) <= 4);
            if (col % 8 == 0) {
                int pairs = 0;
                for (std::int64_t pair = col; pair < col + 8; pair += 2)
                    pairs += nonZeros(pair, 2) > 0 ? 1 : 0;
                groups.pairedFourOfEight = groups.pairedFourOfEight && pairs <= 2;
            }
        }
    }
    return groups;
}

Matrix<float> transposed(const Matrix<float> &weights)
{
    Matrix<float> turned(weights.cols(), weights.rows());
    for (std::int64_t row = 0; row < weights.rows(); ++row)
        for (std::int64_t col = 0; col < weights.cols(); ++col)
            turned(col, row) = weights(row, col);
    return turned;
}

DetectedPatterns detect(const Matrix<float> &weights, std::int64_t panel)
{
    PatternDetector detector(weights.cols());
    for (std::int64_t row = 0; row < weights.rows(); row += panel)
        detector.addRows(weights.span().block(row, 0, std::min(panel, weights.rows() - row), weights.cols()));
    return detector.finish();
}

TEST(HardwareGroups, NotEvery4Of8IsPaired)
{
    Matrix<float> paired(8, 16), apart(8, 16);
    for (int row = 0; row < 8; ++row) {
        for (const int col : {0, 1, 6, 7})
            paired(row, col) = paired(row, 8 + col) = 1;
        for (const int col : {0, 2, 4, 6})
            apart(row, col) = apart(row, 8 + col) = 1;
    }
    for (const Matrix<float> *weights : {&paired, &apart}) {
        const DetectedPatterns found = detect(*weights, 8);
        EXPECT_NE(std::find(found.alongRows.begin(), found.alongRows.end(), NmPattern{4, 8}), found.alongRows.end());
        EXPECT_EQ(found.rowGroups.pairedFourOfEight, weights == &paired);
        EXPECT_EQ(found.rowGroups.oneOfTwo, weights == &apart);
        EXPECT_FALSE(found.columnGroups.pairedFourOfEight);
    }
}

TEST(HardwareGroups, AreWhatCountingSays)
{
    std::mt19937 random(3);
    int held = 0;
    for (int round = 0; round < 3000; ++round) {
        Matrix<float> weights(1 + random() % 20, 1 + random() % 20);
        const unsigned keep = 1 + random() % 12; // of 16
        for (std::int64_t i = 0; i < weights.size(); ++i)
            weights.data()[i] = random() % 16 < keep && random() % 2 == 0 ? 1.0F : 0.0F;
        const DetectedPatterns found = detect(weights, 1 + random() % 9);
        const HardwareGroups rows = counted(weights), columns = counted(transposed(weights));
        ASSERT_EQ(found.rowGroups, rows) << weights.rows() << "×" << weights.cols();
        ASSERT_EQ(found.columnGroups, columns) << weights.rows() << "×" << weights.cols();
        held += rows.oneOfTwo + rows.fourOfSix + rows.pairedFourOfEight;
    }
    EXPECT_GT(held, 500);
    EXPECT_LT(held, 8500);
}

} // namespace
} // namespace nms
