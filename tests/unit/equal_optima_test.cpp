// SPDX-License-Identifier: Apache-2.0
// Of equal optima `exact` answers the row-major first: against all masks of small tiles, at every level of vector
// instructions that this machine has.
#include "core/methods/exact/exact_tile.h"
#include "tests/backend/test_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>

namespace nms {

namespace {

using Rows = std::vector<std::uint64_t>;

void addMasks(NmPattern pattern, Rows &rows, std::vector<int> &room, std::vector<Rows> &out)
{
    if (int(rows.size()) == pattern.m) {
        out.push_back(rows);
        return;
    }
    const int left = pattern.m - int(rows.size()) - 1;
    for (std::uint64_t row = 0; row < std::uint64_t(1) << pattern.m; ++row) {
        bool fits = std::popcount(row) == pattern.n;
        for (int j = 0; j < pattern.m && fits; ++j) {
            const int after = room[std::size_t(j)] - int(row >> j & 1);
            fits = after >= 0 && after <= left;
        }
        if (!fits)
            continue;
        for (int j = 0; j < pattern.m; ++j)
            room[std::size_t(j)] -= int(row >> j & 1);
        rows.push_back(row);
        addMasks(pattern, rows, room, out);
        rows.pop_back();
        for (int j = 0; j < pattern.m; ++j)
            room[std::size_t(j)] += int(row >> j & 1);
    }
}

/// All masks with n everywhere, the row-major first (column 0 counts most) in front.
std::vector<Rows> allMasks(NmPattern pattern)
{
    std::vector<Rows> masks;
    Rows rows;
    std::vector<int> room(std::size_t(pattern.m), pattern.n);
    addMasks(pattern, rows, room, masks);
    std::sort(masks.begin(), masks.end(), [&](const Rows &a, const Rows &b) {
        for (int i = 0; i < pattern.m; ++i)
            for (int j = 0; j < pattern.m; ++j)
                if ((a[std::size_t(i)] ^ b[std::size_t(i)]) >> j & 1)
                    return bool(a[std::size_t(i)] >> j & 1);
        return false;
    });
    return masks;
}

class FirstOptimum
{
public:
    explicit FirstOptimum(NmPattern pattern) : m_pattern(pattern), m_masks(allMasks(pattern)), m_scores(new TileScores)
    {
        for (const SimdLevel level : simdLevels())
            m_tiles.push_back(std::make_unique<ExactTile>(pattern, level));
    }

    std::size_t masks() const { return m_masks.size(); }

    /// False after a failure, so that not thousands of them are told.
    bool isFound(const Matrix<float> &scores)
    {
        const int m = m_pattern.m;
        const double most = *std::max_element(scores.data(), scores.data() + scores.size());
        if (most == 0)
            return true;
        std::vector<std::int64_t> integers;
        for (std::int64_t k = 0; k < scores.size(); ++k)
            integers.push_back(std::llround(double(scores.data()[k]) * (16777215 / most)));
        const Rows *first = nullptr;
        std::int64_t best = -1;
        for (const Rows &rows : m_masks) {
            std::int64_t sum = 0;
            for (int i = 0; i < m; ++i)
                for (std::uint64_t bits = rows[std::size_t(i)]; bits; bits &= bits - 1)
                    sum += integers[std::size_t(i * m + std::countr_zero(bits))];
            if (sum > best) {
                best = sum;
                first = &rows;
            }
        }
        m_scores->gather(scores.span(), TileGrid{m, m, m}, 0);
        for (const auto &tile : m_tiles) {
            tile->start(*m_scores);
            while (!tile->done())
                tile->iterate();
            TileMask mask;
            EXPECT_TRUE(tile->round(mask).converged);
            if (!std::equal(first->begin(), first->end(), mask.rows.begin())) {
                ADD_FAILURE() << m_pattern.text() << ": " << testing::PrintToString(integers) << " gives rows "
                              << testing::PrintToString(Rows(mask.rows.begin(), mask.rows.begin() + m)) << ", not "
                              << testing::PrintToString(*first);
                return false;
            }
        }
        return true;
    }

private:
    NmPattern m_pattern;
    std::vector<Rows> m_masks;
    std::unique_ptr<TileScores> m_scores;
    std::vector<std::unique_ptr<ExactTile>> m_tiles;
};

TEST(FirstOptimumTest, ofAllTilesOfTwoAndThreeValues)
{
    // Values up to 3 are multiples of one integer after quantising: what is equal in the scores is equal in the integers.
    for (const auto &[pattern, values, tiles] : {std::tuple{NmPattern{1, 2}, 4, 256},
                                                 {NmPattern{1, 3}, 3, 19683},
                                                 {NmPattern{2, 3}, 3, 19683},
                                                 {NmPattern{1, 4}, 2, 65536},
                                                 {NmPattern{2, 4}, 2, 65536},
                                                 {NmPattern{3, 4}, 2, 65536}}) {
        FirstOptimum first(pattern);
        Matrix<float> scores(pattern.m, pattern.m);
        for (int number = 0; number < tiles; ++number) {
            int digits = number;
            for (std::int64_t k = 0; k < scores.size(); ++k, digits /= values)
                scores.data()[k] = float(digits % values);
            ASSERT_TRUE(first.isFound(scores));
        }
    }
}

TEST(FirstOptimumTest, ofRandomTilesWithFewValues)
{
    test::Random random(17);
    for (const auto &[pattern, masks, tiles] : {std::tuple{NmPattern{1, 4}, 24, 20000},
                                                {NmPattern{2, 4}, 90, 20000},
                                                {NmPattern{3, 4}, 24, 20000},
                                                {NmPattern{1, 5}, 120, 4000},
                                                {NmPattern{2, 5}, 2040, 1000},
                                                {NmPattern{4, 5}, 120, 4000},
                                                {NmPattern{1, 6}, 720, 1000},
                                                {NmPattern{2, 6}, 67950, 40},
                                                {NmPattern{4, 6}, 67950, 40}}) {
        FirstOptimum first(pattern);
        ASSERT_EQ(first.masks(), std::size_t(masks)) << pattern.text();
        Matrix<float> scores(pattern.m, pattern.m);
        for (int tile = 0; tile < tiles; ++tile) {
            const std::uint64_t values = tile % 3 == 0 ? 4 : tile % 3 == 1 ? 6 : 3;
            for (std::int64_t k = 0; k < scores.size(); ++k)
                scores.data()[k] = float(random.bits() % values);
            ASSERT_TRUE(first.isFound(scores));
        }
    }
}

} // namespace

} // namespace nms
