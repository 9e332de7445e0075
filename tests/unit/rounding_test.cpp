// SPDX-License-Identifier: Apache-2.0
// Rounding at every level of vector instructions that this machine has, against the sequential text of the same rules.
#include "core/tile/masks/rounding.h"

#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

namespace nms {

namespace {

using test::Random;

constexpr NmPattern patterns[] = {{1, 1},  {1, 2},  {2, 3},   {1, 4},   {2, 4},   {3, 4},  {4, 4},   {3, 7},
                                  {1, 8},  {4, 8},  {7, 8},   {5, 13},  {1, 16},  {4, 16}, {8, 16},  {15, 16},
                                  {9, 23}, {8, 32}, {16, 32}, {31, 32}, {20, 47}, {1, 64}, {32, 64}, {63, 64}};

/// Entries one after the other in the order of the key, the first of equal ones first.
TileMask sequentialGreedy(const std::vector<double> &key, NmPattern pattern)
{
    const auto [n, m] = pattern;
    std::vector<int> order(key.size());
    TileLine<int> rowKept = {}, columnKept = {};
    for (std::size_t k = 0; k < order.size(); ++k)
        order[k] = int(k);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return key[std::size_t(a)] > key[std::size_t(b)]; });
    TileMask mask;
    for (const int k : order) {
        int &inRow = rowKept[std::size_t(k / m)], &inColumn = columnKept[std::size_t(k % m)];
        if (inRow < n && inColumn < n) {
            ++inRow;
            ++inColumn;
            mask.add(k / m, k % m);
        }
    }
    return mask;
}

/// One swap after the other, for the first row and the first column that hold fewer than n.
void sequentialSwaps(const TileScores &scores, int n, TileMask &mask, Rounding::Choice choice)
{
    const int m = scores.m();
    const auto inRow = [&](int i) {
        return std::popcount(mask.rows[std::size_t(i)]);
    };
    const auto inColumn = [&](int j) {
        int kept = 0;
        for (int i = 0; i < m; ++i)
            kept += mask.at(i, j);
        return kept;
    };
    for (int i = 0; i < m; ++i)
        while (inRow(i) < n) {
            int j = 0;
            while (inColumn(j) == n)
                ++j;
            double best = 0;
            int bestRow = -1, bestColumn = -1;
            for (int row = 0; row < m; ++row)
                for (int column = 0; column < m; ++column) {
                    if (!mask.at(row, column) || mask.at(i, column) || mask.at(row, j))
                        continue;
                    const double gain =
                        double(scores.row(i)[column]) + double(scores.row(row)[j]) - double(scores.row(row)[column]);
                    if (bestRow < 0 || (choice == Rounding::Choice::Best && gain > best)) {
                        best = gain;
                        bestRow = row;
                        bestColumn = column;
                    }
                }
            ASSERT_GE(bestRow, 0);
            mask.add(i, bestColumn);
            mask.add(bestRow, j);
            mask.remove(bestRow, bestColumn);
        }
}

/// The published rule: the best swap of a row and a column that are short, only where it gains, `most` times.
void sequentialPaperSwaps(const TileScores &scores, int n, TileMask &mask, int most)
{
    const int m = scores.m();
    const auto keptIn = [&](int line, bool isRow) {
        int kept = 0;
        for (int k = 0; k < m; ++k)
            kept += isRow ? mask.at(line, k) : mask.at(k, line);
        return kept;
    };
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j)
            while (most > 0 && keptIn(i, true) < n && keptIn(j, false) < n) {
                double best = 0;
                int bestRow = -1, bestColumn = -1;
                for (int row = 0; row < m; ++row)
                    for (int column = 0; column < m; ++column) {
                        if (!mask.at(row, column) || mask.at(i, column) || mask.at(row, j))
                            continue;
                        const double gain =
                            double(scores.row(i)[column]) + double(scores.row(row)[j]) - double(scores.row(row)[column]);
                        if (gain > best) {
                            best = gain;
                            bestRow = row;
                            bestColumn = column;
                        }
                    }
                if (bestRow < 0)
                    break;
                mask.add(i, bestColumn);
                mask.add(bestRow, j);
                mask.remove(bestRow, bestColumn);
                --most;
            }
}

/// Keys as the library takes them, with the padding that a tile in memory has.
std::unique_ptr<TileArray<double>> strided(const std::vector<double> &key, int m)
{
    auto array = std::make_unique<TileArray<double>>();
    array->values.fill(7); // more than any key, so that a padding lane that counted would win
    for (int k = 0; k < m * m; ++k)
        array->row(k / m, strideFor(m))[k % m] = key[std::size_t(k)];
    return array;
}

void expectGreedy(const std::vector<double> &key, NmPattern pattern, const char *what)
{
    const auto array = strided(key, pattern.m);
    const TileMask expected = sequentialGreedy(key, pattern);
    for (const SimdLevel level : simdLevels()) {
        const auto rounding = std::make_unique<Rounding>(level);
        EXPECT_EQ(rounding->greedy(array->values.data(), strideFor(pattern.m), pattern).rows, expected.rows)
            << what << " " << pattern.text() << " " << nameOf(level);
    }
}

struct KeyKind {
    const char *name;
    double (*value)(Random &random, int i, int j);
};

constexpr KeyKind keyKinds[] = {
    {"uniform",
     [](Random &random, int, int) {
         return random.uniform();
     }},
    {"nearly 0 or 1",
     [](Random &random, int, int) {
         const double x = random.uniform();
         return x < 0.45 ? 1.0 : x < 0.9 ? 1e-30 * x : x;
     }},
    {"all equal",
     [](Random &, int, int) {
         return 0.25;
     }},
    {"three values",
     [](Random &random, int, int) {
         return double(random.bits() % 3);
     }},
    {"equal in the upper half",
     [](Random &random, int, int) {
         return 0.5 + double(random.bits() % 9) * 0x1p-50;
     }},
    {"differ in the last bit",
     [](Random &random, int, int) {
         return random.bits() % 2 ? 1.0 : 1 - 0x1p-53;
     }},
    {"integers of both signs",
     [](Random &random, int, int) {
         return double(random.bits() % 2001) - 1000;
     }},
    {"signed zeros",
     [](Random &random, int, int) {
         return random.bits() % 2 ? 0.0 : -0.0;
     }},
    {"both signs, close",
     [](Random &random, int, int) {
         return (random.bits() % 2 ? 1 : -1) * (1 + double(random.bits() % 5) * 0x1p-52);
     }},
    {"denormal",
     [](Random &random, int, int) {
         return double(random.bits() % 50) * std::numeric_limits<double>::denorm_min();
     }},
    {"whole range",
     [](Random &random, int, int) {
         return std::exp2(1980 * random.uniform() - 1000);
     }},
    {"a staircase",
     [](Random &, int i, int j) {
         return i == j || i + 1 == j ? 1000.0 - i - j : 0.001 * (i + j);
     }},
    {"rank one",
     [](Random &, int i, int j) {
         return double((i + 1) * (j + 1));
     }},
    {"rank one, falling",
     [](Random &, int i, int j) {
         return 1.0 / double((i + 1) * (j + 1));
     }},
};

TEST(RoundingLevelsTest, greedyOnPlansIsTheSequentialOne)
{
    Random random(21);
    for (const NmPattern pattern : patterns)
        for (const KeyKind &kind : keyKinds)
            for (int round = 0; round < (pattern.m < 32 ? 6 : 1); ++round) {
                std::vector<double> key;
                key.reserve(std::size_t(pattern.m * pattern.m));
                for (int k = 0; k < pattern.m * pattern.m; ++k)
                    key.push_back(kind.value(random, k / pattern.m, k % pattern.m));
                expectGreedy(key, pattern, kind.name);
            }
}

TEST(RoundingLevelsTest, greedyAndSwapsOnScoresAreTheSequentialOnes)
{
    const auto tile = std::make_unique<TileScores>();
    for (const NmPattern pattern : patterns)
        for (const test::HardScores &hard : test::hardScores()) {
            const Matrix<float> scores = hard.make(pattern);
            const TileGrid grid{scores.rows(), scores.cols(), pattern.m};
            for (std::int64_t k = 0; k < grid.count(); ++k) {
                tile->gather(scores.span(), grid, k);
                std::vector<double> key;
                key.reserve(std::size_t(pattern.m * pattern.m));
                for (int e = 0; e < pattern.m * pattern.m; ++e)
                    key.push_back(tile->row(e / pattern.m)[e % pattern.m]);
                const TileMask expected = sequentialGreedy(key, pattern);
                for (const SimdLevel level : simdLevels()) {
                    const auto rounding = std::make_unique<Rounding>(level);
                    EXPECT_EQ(rounding->greedy(*tile, pattern.n).rows, expected.rows)
                        << hard.name << " " << pattern.text() << " " << nameOf(level);
                    for (const Rounding::Choice choice : {Rounding::Choice::Best, Rounding::Choice::First}) {
                        TileMask filled = expected, sequential = expected;
                        sequentialSwaps(*tile, pattern.n, sequential, choice);
                        Rounding::swapUntilFull(*tile, pattern.n, filled, choice, level);
                        EXPECT_EQ(filled.rows, sequential.rows)
                            << hard.name << " " << pattern.text() << " " << nameOf(level);
                    }
                    for (const int most : {0, 1, 10, 4096}) {
                        TileMask swapped = expected, sequential = expected;
                        sequentialPaperSwaps(*tile, pattern.n, sequential, most);
                        Rounding::swapWhileGaining(*tile, pattern.n, swapped, most, level);
                        EXPECT_EQ(swapped.rows, sequential.rows)
                            << hard.name << " " << pattern.text() << " " << nameOf(level) << " at most " << most;
                    }
                }
            }
        }
}

} // namespace

} // namespace nms
