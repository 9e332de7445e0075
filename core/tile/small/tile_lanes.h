// SPDX-License-Identifier: Apache-2.0
// L tiles side by side, tile t in lane t: loads their scores into registers and converts them to integers.
#pragma once

#include "core/simd/lane_line.h"

#include <cstddef>

namespace nms {

namespace {

inline constexpr std::int32_t infinityBits = 0x7f800000;

template <int L> struct TileLanes {
    using Ops = Lanes<L>;
    using Vector = typename Ops::Vector;
    using Doubles = typename DoubleLanes<L>::Half;
    struct DoublePair {
        Doubles lower, upper;
    };

    /// From one row of L tiles that are `Width` apart: columns[j] receives the tiles' entries in column j.
    template <int Width> [[gnu::always_inline]] static void load(const float *row, Vector (&columns)[Width])
    {
        unroll<Width / 4>([&](auto part) __attribute__((always_inline)) {
            // Of every four lanes, the first come from the vector of tiles 0, 4, …, the second from that of tiles 1, 5, …
            Vector a, b, c, d;
            loadFours<4 * Width>(row + 4 * part, a);
            loadFours<4 * Width>(row + 4 * part + Width, b);
            loadFours<4 * Width>(row + 4 * part + 2 * Width, c);
            loadFours<4 * Width>(row + 4 * part + 3 * Width, d);
            const Vector ab0 = shuffled<Zip<0>>(a, b), ab2 = shuffled<Zip<2>>(a, b);
            const Vector cd0 = shuffled<Zip<0>>(c, d), cd2 = shuffled<Zip<2>>(c, d);
            columns[4 * part] = shuffled<ZipPairs<0>>(ab0, cd0);
            columns[4 * part + 1] = shuffled<ZipPairs<2>>(ab0, cd0);
            columns[4 * part + 2] = shuffled<ZipPairs<0>>(ab2, cd2);
            columns[4 * part + 3] = shuffled<ZipPairs<2>>(ab2, cd2);
        });
    }

    /// Floats, given as their bit patterns, converted to double.
    [[gnu::always_inline]] static DoublePair widened(Vector bits)
    {
        return {DoubleLanes<L>::lower(bits), DoubleLanes<L>::upper(bits)};
    }

    /// The factor that scales each tile's maximum to 2²⁴ − 1. A tile of zeros stays zero.
    [[gnu::always_inline]] static DoublePair scaleOf(Vector most)
    {
        // A maximum of 0 is replaced by the smallest positive float: 0 times any finite factor is 0.
        const DoublePair positive = widened(Ops::max(most, Vector{} + 1));
        return {16777215.0 / positive.lower, 16777215.0 / positive.upper};
    }

    /// Rounded to nearest, for non-negative scores.
    [[gnu::always_inline]] static Vector quantise(Vector bits, const DoublePair &scale)
    {
        const DoublePair score = widened(bits);
        return DoubleLanes<L>::truncated(score.lower * scale.lower + 0.5, score.upper * scale.upper + 0.5);
    }

    [[gnu::always_inline]] static void store(double *to, const DoublePair &values)
    {
        __builtin_memcpy(to, &values.lower, sizeof values.lower);
        __builtin_memcpy(to + L / 2, &values.upper, sizeof values.upper);
    }

private:
    /// In each group of four lanes: a₀ b₀ a₁ b₁, or for From = 2 a₂ b₂ a₃ b₃.
    template <int From> struct Zip {
        static constexpr int at(int k) { return k / 4 * 4 + From + k % 4 / 2 + k % 2 * L; }
    };
    /// In each group of four lanes: a₀ a₁ b₀ b₁, or for From = 2 a₂ a₃ b₂ b₃.
    template <int From> struct ZipPairs {
        static constexpr int at(int k) { return k / 4 * 4 + From + k % 2 + k % 4 / 2 * L; }
    };
    template <class Indices> [[gnu::always_inline]] static Vector shuffled(Vector a, Vector b)
    {
        return [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline))
        {
            return __builtin_shufflevector(a, b, Indices::at(I)...);
        }
        (std::make_integer_sequence<int, L>());
    }

    /// Four floats at every multiple of Step from `from` on.
    template <int Step, class Some> [[gnu::always_inline]] static void loadFours(const float *from, Some &to)
    {
        if constexpr (sizeof(Some) == 16) {
            __builtin_memcpy(&to, from, sizeof to);
        } else {
            typename Lanes<int(sizeof(Some) / 8)>::Vector lower, upper;
            loadFours<Step>(from, lower);
            loadFours<Step>(from + int(sizeof(Some) / 32) * Step, upper);
            [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline))
            {
                to = __builtin_shufflevector(lower, upper, I...);
            }
            (std::make_integer_sequence<int, int(sizeof(Some) / 4)>());
        }
    }
};

} // namespace

} // namespace nms
