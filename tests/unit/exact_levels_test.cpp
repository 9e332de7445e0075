// SPDX-License-Identifier: Apache-2.0
// The exact method at every level of vector instructions that this machine has: the same state after every iteration.
#include "core/methods/exact/exact_tile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <optional>

namespace nms {

namespace {

/// Whole numbers of a fixed generator (SplitMix64): the same scores on every platform.
class Integers
{
public:
    explicit Integers(std::uint64_t seed) : m_state(seed) { }
    std::uint64_t next()
    {
        std::uint64_t z = m_state += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t m_state;
};

constexpr int kinds = 5;

Matrix<float> scoresOfKind(int kind, int m, Integers &integers)
{
    Matrix<float> scores(m, m);
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j) {
            const std::uint64_t bits = integers.next();
            const std::uint64_t values[kinds] = {bits >> 40, bits % 4, bits % 8 ? 0 : bits >> 50,
                                                 std::uint64_t((i + 1) * (j + 1)) * (64 + bits % 4),
                                                 std::uint64_t(1) << bits % 40};
            scores(i, j) = float(values[kind]);
        }
    return scores;
}

/// A tile in memory that is not zero: nothing may count on what it has not written.
class DirtyTile
{
public:
    DirtyTile(NmPattern pattern, SimdLevel level) : m_memory(new Memory)
    {
        std::memset(m_memory->bytes, 0xff, sizeof m_memory->bytes);
        m_tile = new (m_memory->bytes) ExactTile(pattern, level);
    }
    ~DirtyTile() { m_tile->~ExactTile(); }
    DirtyTile(const DirtyTile &) = delete;
    DirtyTile &operator=(const DirtyTile &) = delete;
    ExactTile *get() const { return m_tile; }

private:
    struct Memory {
        alignas(ExactTile) std::byte bytes[sizeof(ExactTile)];
    };
    std::unique_ptr<Memory> m_memory;
    ExactTile *m_tile;
};

class ExactLevelsTest : public testing::TestWithParam<NmPattern>
{ };

TEST_P(ExactLevelsTest, everyLevelHasTheSameStates)
{
    const NmPattern pattern = GetParam();
    std::optional<std::uint64_t> expected; // FNV-1a over the state after every iteration, at the first level
    for (const SimdLevel level : simdLevels())
        for (const bool interrupted : {false, true}) {
            Integers integers(std::uint64_t(pattern.m * 100 + pattern.n));
            const auto scores = std::make_unique<TileScores>();
            const DirtyTile tile(pattern, level), other(pattern, level);
            std::vector<std::byte> state(tile.get()->stateBytes());
            std::uint64_t hash = 0xcbf29ce484222325U;
            for (int k = 0; k < kinds * 6; ++k) {
                const Matrix<float> matrix = scoresOfKind(k % kinds, pattern.m, integers);
                scores->gather(matrix.span(), TileGrid{pattern.m, pattern.m, pattern.m}, 0);
                ExactTile *now = tile.get(), *then = other.get();
                now->start(*scores);
                while (!now->done()) {
                    now->iterate();
                    now->suspend(state.data());
                    for (const std::byte byte : state)
                        hash = (hash ^ std::uint64_t(byte)) * 0x100000001b3U;
                    if (interrupted) {
                        then->resume(*scores, state.data());
                        std::swap(now, then);
                    }
                    ASSERT_LT(now->iterations(), 5000);
                }
                TileMask mask;
                const TileResult result = now->round(mask);
                EXPECT_TRUE(result.converged);
                EXPECT_EQ(result.residual, 0);
                EXPECT_NEAR(result.objective, keptScore(*scores, mask, level), 1e-12 * scores->total());
            }
            if (!expected)
                expected = hash;
            EXPECT_EQ(hash, *expected) << nameOf(level) << (interrupted ? ", interrupted" : "");
        }
}

INSTANTIATE_TEST_SUITE_P(Patterns, ExactLevelsTest,
                         testing::Values(NmPattern{1, 1}, NmPattern{1, 2}, NmPattern{2, 3}, NmPattern{2, 4}, NmPattern{4, 4},
                                         NmPattern{3, 7}, NmPattern{4, 8}, NmPattern{8, 8}, NmPattern{5, 13},
                                         NmPattern{4, 16}, NmPattern{8, 16}, NmPattern{15, 16}, NmPattern{16, 16},
                                         NmPattern{9, 23}, NmPattern{8, 32}, NmPattern{16, 32}, NmPattern{20, 47},
                                         NmPattern{1, 64}, NmPattern{32, 64}, NmPattern{63, 64}),
                         [](const auto &test) {
                             return "keep" + std::to_string(test.param.n) + "of" + std::to_string(test.param.m);
                         });

TEST(SimdLevelTest, theEnvironmentIsObeyedAsFarAsTheMachineGoes)
{
    const std::vector<SimdLevel> levels = simdLevels();
    ASSERT_FALSE(levels.empty());
    EXPECT_EQ(levels.front(), SimdLevel::Baseline);
    EXPECT_TRUE(std::is_sorted(levels.begin(), levels.end()));
    for (const SimdLevel level : levels)
        EXPECT_EQ(simdLevelNamed(nameOf(level)), level);
    EXPECT_EQ(simdLevelNamed("sse9"), std::nullopt);
    const char *wanted = std::getenv("NMS_SIMD");
    const std::optional<SimdLevel> named = wanted ? simdLevelNamed(wanted) : std::nullopt;
    EXPECT_EQ(simdLevel(), named ? std::min(*named, levels.back()) : levels.back());
}

} // namespace

} // namespace nms
