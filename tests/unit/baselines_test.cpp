// SPDX-License-Identifier: Apache-2.0
// Baselines at every level of vector instructions that this machine has, against the plain text of the same rules.
#include "core/methods/selection/random_masks.h"
#include "core/solver/cpu_backend.h"
#include "core/tile/masks/mask_kernels.h"
#include "core/tile/tile.h"

#include "tests/backend/test_scores.h"
#include "tests/unit/hard_tiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace nms {

namespace {

using test::forHardTiles;

constexpr NmPattern patterns[] = {{1, 1},  {1, 2},  {2, 3},   {2, 4},  {4, 4},   {3, 7},  {4, 8},   {5, 13},
                                  {4, 16}, {8, 16}, {15, 16}, {9, 23}, {16, 32}, {1, 64}, {32, 64}, {63, 64}};

using Rows = TileLine<std::uint64_t>;

/// The n largest of the candidates of every row, or of every column, the first where equal.
Rows largestOfLines(const TileScores &scores, int n, const Rows &candidates, bool alongRows)
{
    const int m = scores.m();
    Rows rows = {};
    for (int line = 0; line < m; ++line) {
        std::vector<std::pair<float, int>> entries; // by falling score, then rising index
        for (int k = 0; k < m; ++k) {
            const int i = alongRows ? line : k, j = alongRows ? k : line;
            if (candidates[std::size_t(i)] >> j & 1)
                entries.emplace_back(-scores.row(i)[j], k);
        }
        std::sort(entries.begin(), entries.end());
        for (std::size_t k = 0; k < std::min(entries.size(), std::size_t(n)); ++k) {
            const int i = alongRows ? line : entries[k].second, j = alongRows ? entries[k].second : line;
            rows[std::size_t(i)] |= std::uint64_t(1) << j;
        }
    }
    return rows;
}

TEST(BaselineLevelsTest, lineSelectionsAreTheSortedOnes)
{
    const auto work = std::make_unique<SelectionWork>();
    for (const NmPattern pattern : patterns)
        forHardTiles(pattern, [&](const TileScores &scores) {
            Rows all = {};
            for (int i = 0; i < pattern.m; ++i)
                all[std::size_t(i)] = ~std::uint64_t(0) >> (64 - pattern.m);
            const Rows byRow = largestOfLines(scores, pattern.n, all, true);
            const Rows byColumn = largestOfLines(scores, pattern.n, all, false);
            const Rows both = largestOfLines(scores, pattern.n, byRow, false);
            for (const SimdLevel level : simdLevels()) {
                const MaskKernels &kernels = maskKernels(level, scores.stride());
                const auto expectRows = [&](auto select, const Rows &expected) {
                    work->n = pattern.n;
                    work->m = pattern.m;
                    select(*work, scores.row(0));
                    EXPECT_TRUE(std::equal(work->rows, work->rows + pattern.m, expected.begin())) << nameOf(level);
                };
                expectRows(kernels.largestInRows, byRow);
                expectRows(kernels.largestInColumns, byColumn);
                expectRows(kernels.largestInBoth, both);
            }
        });
}

TEST(RandomMasksTest, haveNInEveryLine)
{
    for (const NmPattern pattern : patterns) {
        const RandomMasks masks(pattern, 20, 3);
        for (int k = 0; k < masks.count(); ++k) {
            TileLine<int> inColumn = {};
            for (int i = 0; i < pattern.m; ++i) {
                const std::uint64_t row = masks.rows(k)[i];
                EXPECT_EQ(std::popcount(row), pattern.n) << pattern.text();
                for (int j = 0; j < 64; ++j)
                    inColumn[std::size_t(j)] += row >> j & 1;
            }
            for (int j = 0; j < 64; ++j)
                EXPECT_EQ(inColumn[std::size_t(j)], j < pattern.m ? pattern.n : 0) << pattern.text();
        }
    }
}

TEST(RandomMasksTest, areSpreadEvenlyOverAllThereAre)
{
    // χ² against the uniform distribution: with k cells it has mean k − 1 and variance 2·(k − 1).
    constexpr struct {
        NmPattern pattern;
        int masks;
    } cases[] = {{{1, 3}, 6}, {{2, 3}, 6}, {{1, 4}, 24}, {{2, 4}, 90}, {{2, 5}, 2040}};
    for (const auto &[pattern, cells] : cases) {
        const int count = 50 * cells;
        const RandomMasks masks(pattern, count, 7);
        std::map<std::vector<std::uint64_t>, int> seen;
        for (int k = 0; k < count; ++k)
            ++seen[std::vector<std::uint64_t>(masks.rows(k), masks.rows(k) + pattern.m)];
        EXPECT_EQ(int(seen.size()), cells) << pattern.text();
        const double expected = double(count) / cells;
        double chiSquare = 0;
        for (const auto &[mask, times] : seen)
            chiSquare += (times - expected) * (times - expected) / expected;
        EXPECT_LE(std::abs(chiSquare - (cells - 1)), 5 * std::sqrt(2.0 * (cells - 1))) << pattern.text();
    }
}

TEST(RandomMasksTest, areTheSameEverywhere)
{
    // FNV-1a over the rows: the constant was taken from an x86-64 machine.
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const NmPattern pattern : {NmPattern{2, 4}, {8, 16}, {5, 13}, {32, 64}}) {
        const RandomMasks masks(pattern, 10, 1);
        for (int k = 0; k < masks.count(); ++k)
            for (int i = 0; i < pattern.m; ++i)
                for (int byte = 0; byte < 64; byte += 8)
                    hash = (hash ^ (masks.rows(k)[i] >> byte & 255)) * 0x100000001b3U;
    }
    EXPECT_EQ(hash, 6959176240550749269U);
}

TEST(Max1000Test, keepsTheBestOfItsMasks)
{
    const auto backend = makeCpuBackend();
    for (const NmPattern pattern : {NmPattern{1, 3}, {2, 4}, {8, 16}, {20, 47}, {64, 64}})
        for (const test::HardScores &hard : test::hardScores()) {
            const Matrix<float> scores = hard.make(pattern);
            SolveOptions options;
            options.pattern = pattern;
            options.method = Method::Max1000;
            options.seed = 5;
            const Result<Solution> solution = backend->solve(scores.span(), options, {});
            ASSERT_TRUE(solution);
            const RandomMasks masks(pattern, 1000, options.seed);
            const auto tile = std::make_unique<TileScores>();
            for (std::int64_t k = 0; k < solution->grid.count(); ++k) {
                tile->gather(scores.span(), solution->grid, k);
                double best = 0;
                for (int mask = 0; mask < masks.count(); ++mask) {
                    double sum = 0;
                    for (int i = 0; i < pattern.m; ++i)
                        for (std::uint64_t bits = masks.rows(mask)[i]; bits; bits &= bits - 1)
                            sum += double(tile->row(i)[std::countr_zero(bits)]);
                    best = std::max(best, sum);
                }
                // Candidates are compared in integers in which N·M of the largest score come to 2²⁹ at least.
                EXPECT_NEAR(solution->tiles[std::size_t(k)].objective, best,
                            double(tile->maximum()) * (pattern.n * pattern.m) * (pattern.n * pattern.m) * 0x1p-29)
                    << hard.name << " " << pattern.text();
            }
        }
}

TEST(Max1000Test, everyLevelChoosesTheSame)
{
    const auto work = std::make_unique<SelectionWork>();
    for (const NmPattern pattern : patterns) {
        const RandomMasks masks(pattern, 100, 2);
        forHardTiles(pattern, [&](const TileScores &scores) {
            if (scores.maximum() == 0)
                return;
            work->n = pattern.n;
            work->m = pattern.m;
            const double scale = std::ldexp(1.0, 18 - std::ilogb(scores.maximum()));
            std::vector<std::int64_t> sums(100);
            for (int k = 0; k < masks.count(); ++k)
                for (int i = 0; i < pattern.m; ++i)
                    for (std::uint64_t bits = masks.rows(k)[i]; bits; bits &= bits - 1)
                        sums[std::size_t(k)] += std::int64_t(double(scores.row(i)[std::countr_zero(bits)]) * scale);
            const auto best = std::max_element(sums.begin(), sums.end()) - sums.begin();
            for (const SimdLevel level : simdLevels())
                EXPECT_EQ(maskKernels(level, scores.stride()).bestCandidate(*work, scores.row(0), scale, masks.rows(0), 100),
                          best)
                    << nameOf(level);
        });
    }
}

TEST(CertificateTest, noMethodPassesTheOptimumAndNoBoundFallsBelowIt)
{
    // Every objective ≤ the optimum ≤ every bound, the optimum known to N·M quanta of 24 bits.
    const auto backend = makeCpuBackend();
    for (const NmPattern pattern : {NmPattern{1, 3}, {2, 4}, {3, 7}, {4, 8}, {8, 16}, {16, 16}, {16, 32}})
        for (const test::HardScores &hard : test::hardScores()) {
            const Matrix<float> scores = hard.make(pattern);
            SolveOptions options;
            options.pattern = pattern;
            options.iterations = 50;
            const Result<Solution> exact = backend->solve(scores.span(), options, {});
            ASSERT_TRUE(exact);
            for (const Method method :
                 {Method::Dykstra, Method::Capped, Method::Greedy, Method::GreedySwap, Method::BiNm, Method::Max1000}) {
                SCOPED_TRACE(std::string(nameOf(method)) + " " + hard.name + " " + pattern.text());
                options.method = method;
                const Result<Solution> solution = backend->solve(scores.span(), options, {});
                ASSERT_TRUE(solution);
                const auto tile = std::make_unique<TileScores>();
                for (std::size_t k = 0; k < solution->tiles.size(); ++k) {
                    tile->gather(scores.span(), solution->grid, std::int64_t(k));
                    const double quanta = double(tile->maximum()) * pattern.n * pattern.m * 0x1p-24;
                    const TileResult &result = solution->tiles[k];
                    const double optimum = exact->tiles[k].objective;
                    if (method != Method::BiNm) { // which keeps fewer: an optimum of its own kind
                        EXPECT_LE(result.objective, optimum + quanta);
                    }
                    EXPECT_GE(result.upperBound, optimum * (1 - 1e-14));
                    EXPECT_GE(result.upperBound, result.objective);
                }
            }
        }
}

} // namespace

} // namespace nms
