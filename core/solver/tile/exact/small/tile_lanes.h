// SPDX-License-Identifier: Apache-2.0
// L tiles side by side, one in each lane: how their scores come into registers and become integers. Comes after one of
// lanes_*.h and of doubles_*.h.
#pragma once

#include "core/solver/tile/simd/lane_line.h"

#include <cstddef>

namespace nms {

namespace {

constexpr std::int32_t infinityBits = 0x7f800000;

/// Lanes of two vectors, the second's numbered on. Indices::at says which.
template <int Count, class Indices, class Vector, int... I>
[[gnu::always_inline]] inline auto shuffled(Vector a, Vector b, std::integer_sequence<int, I...>)
{
    return __builtin_shufflevector(a, b, Indices::at(I)...);
}
template <int Count, class Indices, class Vector> [[gnu::always_inline]] inline auto shuffled(Vector a, Vector b)
{
    return shuffled<Count, Indices>(a, b, std::make_integer_sequence<int, Count>());
}

template <int L> struct TileLanes {
    using Ops = Lanes<L>;
    using Vector = typename Ops::Vector;
    using Doubles = typename DoubleLanes<L>::Half;
    struct DoublePair {
        Doubles lower, upper;
    };

    /// In the order that load4() leaves them in: which lane holds tile t.
    static constexpr int laneOf(int t) { return t % (L / 4) * 4 + t / (L / 4); }

    /// In each group of four lanes: a₀ b₀ a₁ b₁, or with 2 a₂ b₂ a₃ b₃.
    template <int From> struct Zip {
        static constexpr int at(int k) { return k / 4 * 4 + From + k % 4 / 2 + k % 2 * L; }
    };
    /// In each group of four lanes: a₀ a₁ b₀ b₁, or with 2 a₂ a₃ b₂ b₃.
    template <int From> struct ZipPairs {
        static constexpr int at(int k) { return k / 4 * 4 + From + k % 2 + k % 4 / 2 * L; }
    };
    /// Every `Step`-th tile from `From` on, out of the lanes' order.
    template <int From, int Step> struct TileOrder {
        static constexpr int at(int t) { return laneOf(From + Step * t); }
    };

    /// From the 4·L entries of one row of L tiles of width 4: columns[j] holds entry j of each tile.
    [[gnu::always_inline]] static void load4(const float *row, Vector (&columns)[4])
    {
        Vector part[4];
        unroll<4>([&](auto k) __attribute__((always_inline)) { __builtin_memcpy(&part[k], row + k * L, sizeof(Vector)); });
        const Vector ab0 = shuffled<L, Zip<0>>(part[0], part[1]), ab2 = shuffled<L, Zip<2>>(part[0], part[1]);
        const Vector cd0 = shuffled<L, Zip<0>>(part[2], part[3]), cd2 = shuffled<L, Zip<2>>(part[2], part[3]);
        columns[0] = shuffled<L, ZipPairs<0>>(ab0, cd0);
        columns[1] = shuffled<L, ZipPairs<2>>(ab0, cd0);
        columns[2] = shuffled<L, ZipPairs<0>>(ab2, cd2);
        columns[3] = shuffled<L, ZipPairs<2>>(ab2, cd2);
    }

    /// Of floats, given as their bits.
    [[gnu::always_inline]] static DoublePair widened(Vector bits)
    {
        return {DoubleLanes<L>::lower(bits), DoubleLanes<L>::upper(bits)};
    }

    /// What makes 2²⁴ − 1 of each tile's maximum. A tile of zeros stays one.
    [[gnu::always_inline]] static DoublePair scaleOf(Vector most)
    {
        // Where the maximum is 0 the least number takes its place: 0 times anything finite is 0.
        const DoublePair positive = widened(Ops::max(most, Vector{} + 1));
        return {16777215.0 / positive.lower, 16777215.0 / positive.upper};
    }

    /// Rounded to nearest: scores are not negative.
    [[gnu::always_inline]] static Vector quantise(Vector bits, const DoublePair &scale)
    {
        const DoublePair score = widened(bits);
        return DoubleLanes<L>::truncated(score.lower * scale.lower + 0.5, score.upper * scale.upper + 0.5);
    }

    /// In the tiles' order.
    [[gnu::always_inline]] static void storeByTile(double *to, const DoublePair &values)
    {
        const Doubles lower = shuffled<L / 2, TileOrder<0, 1>>(values.lower, values.upper);
        const Doubles upper = shuffled<L / 2, TileOrder<L / 2, 1>>(values.lower, values.upper);
        __builtin_memcpy(to, &lower, sizeof lower);
        __builtin_memcpy(to + L / 2, &upper, sizeof upper);
    }

    /// evens | odds << shift of each two tiles, in the tiles' order.
    [[gnu::always_inline]] static void storePairs(std::uint32_t *to, Vector values, int shift)
    {
        const auto pairs =
            shuffled<L / 2, TileOrder<0, 2>>(values, values) | (shuffled<L / 2, TileOrder<1, 2>>(values, values) << shift);
        __builtin_memcpy(to, &pairs, sizeof pairs);
    }
};

} // namespace

} // namespace nms
