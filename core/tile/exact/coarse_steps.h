// SPDX-License-Identifier: Apache-2.0
// Threshold sweeps on scores of 14 bits, in lanes of 16 bits: twice as many lanes to a vector as the sweeps proper, which
// only have to correct what the lower ten bits change. Sweeps are over-relaxed (as successive over-relaxation is, Young
// 1954): each threshold goes a factor of 11/8 as far as the midpoint, which leaves less than half of the searches.
//
// Nothing here can overflow 16 bits: scores are 0 … 16383, thresholds are limited to ±16383, and those of unused lines are
// 0, so that a padding score of −16384 less any of them is less than all others.
#pragma once

#include "core/simd/shorts.h"
#include "core/tile/exact/sweep_steps.h"

namespace nms {

namespace {

/// What a sweep moves the thresholds of one line of vectors to, from the n-th and the (n+1)-th largest value: the midpoint
/// (for n = m, one less than the smallest), and with `relaxed` 3/8 of the way farther.
template <class Shape>
[[gnu::always_inline]] inline typename Shape::Vector coarseThreshold(typename Shape::Vector nth, typename Shape::Vector next,
                                                                     bool all, typename Shape::Vector old, bool relaxed)
{
    using Vector = typename Shape::Vector;
    const auto limited = [](Vector value) __attribute__((always_inline))
    {
        return Shape::Ops::max(Shape::Ops::min(value, Shape::all(ExactWork::coarseUnit)),
                               Shape::all(-ExactWork::coarseUnit));
    };
    const Vector middle = limited(all ? nth - Shape::all(1) : (nth & next) + ((nth ^ next) >> 1));
    if (!relaxed)
        return middle;
    const Vector moved = middle - old;
    return limited(middle + (moved >> 2) + (moved >> 3));
}

/// One side of a tile: `to` holds its thresholds before and after.
template <int P>
[[gnu::always_inline]] inline void coarseSide(const std::int16_t *table, const std::int16_t *offset, int n, int m,
                                              bool relaxed, std::int16_t *to)
{
    using Shape = ShortShape<P>;
    using Vector = typename Shape::Vector;
    for (int v = 0; v < Shape::vectors; ++v) {
        const auto entry = [&](int e) __attribute__((always_inline))
        {
            return Shape::load(table + e * P, v) - Shape::all(offset[e]);
        };
        Vector nth, next;
        if constexpr (P <= 16)
            selectInRegisters<Shape, P>(n, entry, nth, next);
        else
            selectInMemory<Shape, P>(n, entry, nth, next);
        const Vector threshold = coarseThreshold<Shape>(nth, next, n == m, Shape::load(to, v), relaxed);
        Shape::store(to, v, threshold & Shape::firstLanes(m, v));
    }
}

template <int P> [[gnu::always_inline]] inline void coarseAlpha(ExactWork &work, bool relaxed)
{
    coarseSide<P>(work.coarseTransposed, work.coarseBeta, work.n, work.m, relaxed, work.coarseAlpha);
}

template <int P> [[gnu::always_inline]] inline void coarseBeta(ExactWork &work, bool relaxed)
{
    coarseSide<P>(work.coarseScores, work.coarseAlpha, work.n, work.m, relaxed, work.coarseBeta);
}

/// Fills the coarse tables from the others.
template <int P> [[gnu::always_inline]] inline void coarsen(ExactWork &work)
{
    using Shape = ShortShape<P>;
    const auto fill = [&](const std::int32_t *from, std::int16_t *to) __attribute__((always_inline))
    {
        typedef std::int32_t Wide __attribute__((vector_size(4 * Shape::lanes), aligned(16), may_alias));
        for (int line = 0; line < P; ++line)
            for (int v = 0; v < Shape::vectors; ++v)
                Shape::store(to + line * P, v,
                             line < work.m
                                 ? Shape::narrowed(*reinterpret_cast<const Wide *>(from + line * P + v * Shape::lanes),
                                                   ExactWork::coarseShift)
                                 : Shape::all(ExactWork::coarsePadding));
    };
    fill(work.scores, work.coarseScores);
    fill(work.transposed, work.coarseTransposed);
}

/// Thresholds in the unit of the scores proper.
template <int P> [[gnu::always_inline]] inline void widen(const std::int16_t *from, std::int32_t *to)
{
    for (int k = 0; k < P; ++k)
        to[k] = from[k] * (1 << ExactWork::coarseShift);
}

template <int P> [[gnu::always_inline]] inline void narrow(const std::int32_t *from, int m, std::int16_t *to)
{
    for (int k = 0; k < P; ++k) {
        const std::int32_t value = from[k] >> ExactWork::coarseShift;
        constexpr std::int32_t most = ExactWork::coarseUnit;
        to[k] = std::int16_t(k >= m ? 0 : value > most ? most : value < -most ? -most : value);
    }
}

/// A sweep between others: α and β are what the one before left.
template <int P> void coarseSweep(ExactWork &work, bool relaxed)
{
    coarsen<P>(work);
    narrow<P>(work.alpha, work.m, work.coarseAlpha);
    narrow<P>(work.beta, work.m, work.coarseBeta);
    coarseAlpha<P>(work, relaxed);
    coarseBeta<P>(work, relaxed);
    widen<P>(work.coarseAlpha, work.alpha);
    widen<P>(work.coarseBeta, work.beta);
}

} // namespace

} // namespace nms
