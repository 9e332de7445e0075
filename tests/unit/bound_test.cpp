// SPDX-License-Identifier: Apache-2.0
// Certified bounds at every level of vector instructions that this machine has.
#include "core/methods/exact/exact_tile.h"
#include "core/tile/masks/bound.h"

#include "tests/backend/test_scores.h"
#include "tests/unit/hard_tiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

namespace nms {

namespace {

using test::forHardTiles;
using test::Random;

constexpr NmPattern patterns[] = {{1, 1},  {1, 3},  {2, 4},   {4, 4},  {3, 7},   {4, 8},
                                  {5, 13}, {8, 16}, {16, 16}, {9, 23}, {16, 32}, {63, 64}};

/// A sum of doubles without rounding: parts that do not overlap, the least first (Shewchuk 1997).
class ExactSum
{
public:
    void add(double x)
    {
        std::vector<double> parts;
        for (double y : m_parts) {
            if (std::abs(x) < std::abs(y))
                std::swap(x, y);
            const double sum = x + y, rest = y - (sum - x);
            if (rest != 0)
                parts.push_back(rest);
            x = sum;
        }
        parts.push_back(x);
        m_parts = std::move(parts);
    }
    int sign() const { return m_parts.empty() ? 0 : (m_parts.back() > 0) - (m_parts.back() < 0); }

private:
    std::vector<double> m_parts;
};

/// The sign of what `bound` exceeds the true value at α and β by.
int excess(double bound, const TileScores &scores, int n, const TileLine<double> &alpha, const TileLine<double> &beta)
{
    ExactSum sum;
    sum.add(bound);
    for (std::size_t i = 0; i < std::size_t(scores.m()); ++i) {
        for (int k = 0; k < n; ++k) {
            sum.add(-alpha[i]);
            sum.add(-beta[i]);
        }
        for (std::size_t j = 0; j < std::size_t(scores.m()); ++j) {
            ExactSum entry;
            const double score = scores.row(int(i))[j];
            for (const double term : {score, -alpha[i], -beta[j]})
                entry.add(term);
            if (entry.sign() > 0)
                for (const double term : {-score, alpha[i], beta[j]})
                    sum.add(term);
        }
    }
    return sum.sign();
}

TEST(BoundLevelsTest, isNeverBelowTheTrueValue)
{
    for (const NmPattern pattern : patterns)
        forHardTiles(pattern, [&](const TileScores &scores) {
            const auto sweeps = std::make_unique<ThresholdSweeps>(simdLevel());
            for (const int count : {1, 2, 4}) {
                TileLine<double> alpha = {}, beta = {};
                sweeps->bound(scores, pattern.n, alpha.data(), beta.data(), count);
                const double bound = dualBound(scores, pattern.n, alpha.data(), beta.data(), simdLevel());
                EXPECT_GE(excess(bound, scores, pattern.n, alpha, beta), 0);
                EXPECT_LE(excess(bound - 1e-9 * scores.total(), scores, pattern.n, alpha, beta), 0);
            }
        });
}

TEST(BoundLevelsTest, everyLevelHasTheSameBits)
{
    Random random(5);
    for (const NmPattern pattern : patterns)
        forHardTiles(pattern, [&](const TileScores &scores) {
            TileLine<double> alpha = {}, beta = {};
            for (int k = 0; k < pattern.m; ++k) {
                alpha[std::size_t(k)] = scores.maximum() * (4 * random.uniform() - 2);
                beta[std::size_t(k)] = scores.maximum() * (4 * random.uniform() - 2);
            }
            for (const int count : {0, 1, 4}) {
                TileLine<double> firstAlpha = alpha, firstBeta = beta;
                const double first = std::make_unique<ThresholdSweeps>(SimdLevel::Baseline)
                                         ->bound(scores, pattern.n, firstAlpha.data(), firstBeta.data(), count);
                for (const SimdLevel level : simdLevels()) {
                    TileLine<double> a = alpha, b = beta;
                    EXPECT_EQ(std::make_unique<ThresholdSweeps>(level)->bound(scores, pattern.n, a.data(), b.data(), count),
                              first)
                        << nameOf(level);
                    EXPECT_EQ(a, firstAlpha) << nameOf(level);
                    EXPECT_EQ(b, firstBeta) << nameOf(level);
                }
            }
        });
}

TEST(BoundLevelsTest, anyPotentialsBoundTheOptimum)
{
    Random random(6);
    for (const NmPattern pattern : patterns)
        forHardTiles(pattern, [&](const TileScores &scores) {
            ExactTile exact(pattern, simdLevel());
            exact.start(scores);
            while (!exact.done())
                exact.iterate();
            TileMask mask;
            const double optimum = exact.round(mask).objective;
            const auto sweeps = std::make_unique<ThresholdSweeps>(simdLevel());
            for (const double size : {0.0, 1.0, 1e3, 1e9, 1e300}) {
                TileLine<double> alpha, beta;
                for (std::size_t k = 0; k < alpha.size(); ++k) {
                    alpha[k] = size * (random.uniform() - 0.5);
                    beta[k] = size * (random.uniform() - 0.5);
                }
                const TileResult result = sweeps->judge(scores, pattern.n, mask, alpha.data(), beta.data(), 2);
                EXPECT_EQ(result.objective, optimum);
                EXPECT_GE(result.upperBound, optimum);
                EXPECT_GE(dualBound(scores, pattern.n, alpha.data(), beta.data(), simdLevel()), optimum * (1 - 1e-14));
                if (size == 0) {
                    EXPECT_LE(result.upperBound, optimum + 0.1 * scores.total());
                }
            }
        });
}

TEST(KeptScoreTest, isTheSumOfWhatIsKept)
{
    for (const NmPattern pattern : patterns)
        forHardTiles(pattern, [&](const TileScores &scores) {
            const TileMask mask = TileMask::band(pattern);
            ExactSum rest;
            rest.add(-keptScore(scores, mask, simdLevel()));
            for (int i = 0; i < pattern.m; ++i)
                for (int j = 0; j < pattern.m; ++j)
                    if (mask.at(i, j))
                        rest.add(scores.row(i)[j]);
            const int sign = rest.sign();
            rest.add(-sign * 1e-14 * keptScore(scores, mask, simdLevel()));
            EXPECT_TRUE(sign == 0 || rest.sign() != sign);
        });
}

} // namespace

} // namespace nms
